// The guided experiments: what each sets up, which controls it needs, and when its goal is reached.  Their words stand on the
// page, in the list items with the same names.
//
// settings: beside the defaults.  controls: in sight.  ranges: of sliders, narrower than a setting's own.  axis: the constant
// input whose bifurcations are wanted.  pulses, kick: whether those buttons are in sight.  reached(lab, memo): asked at every
// frame; memo is its own, empty at the start.
(() => {
  "use strict";
  const { bitsOf } = window.LPULab;

  const settled = ({ attractors, kappa }) =>
    attractors?.some((point) => Math.hypot(...point.map((x, k) => x - kappa[k])) < 0.05) ?? false;
  const stable = (lab) => lab.attractors?.length ?? null; // null: not known yet
  const isSquare = (attractors, off) =>
    attractors?.length === 4 && attractors.flat().every((x) => Math.abs(Math.abs(x) - 1) < off);

  const EXPERIMENTS = {
    hold: {
      settings: { net: "trained" },
      controls: ["p"],
      pulses: true,
      reached: (lab, memo) => {
        memo.seen ??= new Set();
        if (settled(lab)) memo.seen.add(bitsOf(lab.kappa));
        return memo.seen.size === 4;
      },
    },
    tilt: {
      settings: { net: "trained", start: "01" },
      controls: ["u1"],
      ranges: { u1: { low: 0, high: 0.02, by: 0.0001 } },
      axis: { d: 0, low: 0, high: 0.02 },
      pulses: true,
      reached: (lab, memo) => {
        if (stable(lab) === 4 && lab.settings.u1 === 0 && settled(lab)) {
          memo.first ??= bitsOf(lab.kappa);
          return memo.lost === true && bitsOf(lab.kappa) !== memo.first;
        }
        if (stable(lab) !== null && stable(lab) < 4) memo.lost = true;
        return false;
      },
    },
    push: {
      settings: { net: "trained" },
      controls: ["noise"],
      reached: ({ pulled }, memo) => {
        if (pulled && pulled !== memo.last) {
          memo.last = pulled;
          if (pulled.flipped) memo.lengths = [...(memo.lengths ?? []), pulled.length];
        }
        const lengths = memo.lengths ?? [];
        return lengths.length > 1 && Math.min(...lengths) < 0.5 * Math.max(...lengths);
      },
    },
    half: {
      settings: { net: "trained", n: 50 },
      controls: ["n", "seed"],
      ranges: { n: { low: 10, high: 300, by: 1 } },
      reached: (lab) => lab.settings.n <= 60 && stable(lab) === 4,
    },
    slow: {
      settings: { net: "two", n: 300, tau: "200", p: 0.02 },
      controls: ["n", "tau", "seed"],
      reached: (lab) => Number(lab.settings.tau) >= 200 && isSquare(lab.attractors, 0.2),
    },
    rescale: {
      settings: { net: "two", n: 3000, drift: "orthogonal", sigma: 0 },
      controls: ["sigma"],
      pulses: true,
      reached: (lab) =>
        lab.settings.drift === "orthogonal" &&
        stable(lab) === 4 &&
        lab.attractors.every((point) => Math.hypot(...point) < 0.85),
    },
    destroy: {
      settings: { net: "two", n: 3000, drift: "tangential", sigma: 0 },
      controls: ["sigma"],
      ranges: { sigma: { low: 0, high: 0.3, by: 0.001 } },
      pulses: true,
      reached: (lab, memo) => {
        const count = stable(lab);
        if (lab.settings.drift !== "tangential" || count === null) return false;
        if (count === 4) memo.kept = Math.max(memo.kept ?? 0, lab.settings.sigma);
        else memo.gone = Math.min(memo.gone ?? Infinity, lab.settings.sigma);
        return memo.gone - memo.kept <= 0.0051;
      },
    },
    anyway: {
      settings: { net: "two", n: 300, drift: "random", sigma: 1 },
      controls: ["n", "sigma", "seed"],
      reached: (lab) => lab.settings.drift === "random" && lab.settings.sigma >= 1 && stable(lab) === 4,
    },
    redundant: {
      settings: { net: "trained", redundant: 100, target: "redundant", count: 100, steps: 20 },
      controls: ["target"],
      kick: true,
      pulses: true,
      reached: ({ kicked }, memo) => {
        if (kicked?.target === "redundant" && kicked.most === 0) memo.none = true;
        if (kicked && kicked.target !== "redundant" && kicked.most > 0) memo.some = true;
        return memo.none === true && memo.some === true;
      },
    },
    all: {
      settings: { net: "trained", count: 100 },
      controls: ["sign"],
      kick: true,
      pulses: true,
      reached: ({ kicked }, memo) => {
        if (kicked?.count === 100) memo[kicked.sign] = kicked.flipped;
        return memo.m === false && memo.n === true;
      },
    },
    noise: {
      settings: { net: "trained", noise: 0.3, p: 0.05 },
      controls: ["noise", "n"],
      reached: ({ settings, tally }) => settings.noise >= 0.3 && tally.counted >= 300 && tally.accuracy >= 0.99,
    },
    spikes: {
      settings: { net: "two", n: 1000, spikes: 100, p: 0.02 },
      controls: ["spikes", "n"],
      pulses: true,
      reached: ({ settings, tally }, memo) => {
        if (!settings.spikes || tally.counted < 300) return false;
        if (tally.accuracy < 0.9) memo.bad = true;
        if (tally.accuracy >= 0.99) memo.good = true;
        return memo.bad === true && memo.good === true;
      },
    },
    context: {
      settings: { net: "context" },
      controls: ["noise"],
      pulses: true,
      reached: ({ past }, memo) => {
        for (const { pulses, kappa } of past) {
          const [one, other, firstCue, secondCue] = pulses;
          if (!(one > 0 && other < 0)) continue;
          if (firstCue && !secondCue && kappa[0] > 0.3) memo.first = true;
          if (secondCue && !firstCue && kappa[0] < -0.3) memo.second = true;
        }
        return memo.first === true && memo.second === true;
      },
    },
  };

  Object.assign(window.LPULab, { EXPERIMENTS });
})();
