// What the page's scripts share: the page's numbers, and the state of the one experiment that runs.
(() => {
  "use strict";
  const L = window.LPULab;

  L.data = JSON.parse(document.getElementById("laboratory-data").textContent);
  L.spec = L.settingsSpec(L.data);
  L.WINDOW = 300; // steps that the outputs' plot shows
  L.ROOM = 1.75; // the least that the plane shows of ±κ

  L.state = {
    settings: L.parseSettings("", L.spec).settings,
    net: null,
    bits: 0, // of the network: its latents and its channels
    kappa: null,
    before: null, // κ a step ago
    tally: null, // of the accuracy
    clock: 0,
    past: [], // the last steps: {kappa, pulses, targets, pushed}
    chosen: [], // neurons that a kick would reach
    push: null, // the kick under way: {neurons, values, left}
    verdict: null, // the kick to be judged: {k, twin, most, left, count}
    flows: null, // {reach, values}, over the grid of the plane
    fixed: null, // {points, complete}; null until they are known
    reach: L.ROOM, // the plane shows ±reach
    playing: false,
    dirty: { plane: true, scatter: true, outputs: true }, // to be drawn anew

    // The constant input.
    get input() {
      return [this.settings.u1, this.settings.u2].slice(0, this.bits);
    },
    // The latent that a kick aims at.
    get kicked() {
      return Math.min(Number(this.settings.bit), this.bits) - 1;
    },
  };
})();
