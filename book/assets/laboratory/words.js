// What the page says: the line of numbers, and the sentences of the spoken status.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state, plural } = L;
  const PAUSE = 5000; // ms between two sentences

  const readout = L.make("p", { class: "lab-readout" });
  const status = L.make("p", { class: "lab-status", role: "status", "aria-live": "polite" });

  const bitsOf = (values) => values.map((x) => (x > 0 ? "1" : "0")).join("");
  const counted = () => {
    const { fixed } = state;
    if (!fixed) return "looking for fixed points";
    const parts = L.KINDS.map((kind) => [fixed.points.filter((p) => p.kind === kind).length, kind]);
    const seen = parts
      .filter(([count]) => count)
      .map(([count, kind]) => plural(count, kind))
      .join(", ");
    return fixed.complete ? seen : `${seen} (one may be missing)`;
  };
  const accuracy = () => {
    const { tally } = state;
    return tally.counted ? `${tally.accuracy.toFixed(3)} over ${plural(tally.counted, "step")}` : "not yet";
  };
  const holds = () => {
    const { targets } = state.tally;
    return targets.includes(0) ? "has not been told its bits" : `holds ${bitsOf(state.kappa)}, told ${bitsOf(targets)}`;
  };

  const write = () => {
    const values = state.kappa.map((x) => x.toFixed(2).replace("-", "−")).join(", ");
    const kappa = state.bits === 1 ? values : `(${values})`;
    readout.textContent = `κ = ${kappa} · ${holds()} · ${counted()} · accuracy ${accuracy()}`;
  };

  let told = -Infinity;
  const tell = (text) => {
    if (text !== status.textContent) status.textContent = text;
    told = performance.now();
  };
  const sentence = () =>
    `${state.playing ? "Running" : "Paused"}: ${plural(L.nNeurons(state.net), "neuron")}, ${counted()}. ` +
    `The network ${holds()}. All-bits accuracy: ${accuracy()}.`;
  const speak = () => {
    if (performance.now() - told >= PAUSE) tell(sentence());
  };
  // The next sentence soon, when something is known.
  const speakSoon = () => {
    told = performance.now() - PAUSE + 1500;
  };

  L.words = { readout, status, write, tell, sentence, speak, speakSoon };
})();
