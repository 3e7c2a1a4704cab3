// What the laboratory says: one line of numbers that all see, with what was just found; and sentences for those who listen.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make, plural, bitsOf } = L;
  const PAUSE = 5000; // ms between two spoken sentences
  const STAYS = 12000; // ms for which a finding stays in sight

  L.words = (lab) => {
    const numbers = make("span", { class: "lab-numbers" });
    const finding = make("strong", { class: "lab-finding" });
    const readout = make("p", { class: "lab-readout" }, numbers, " ", finding);
    const status = make("p", { class: "lab-status", role: "status", "aria-live": "polite" });
    let [told, until] = [-Infinity, 0];

    const counted = () => {
      const { fixed, lost } = lab;
      if (!fixed?.known && !fixed?.points.length) return "looking for fixed points";
      const parts = L.KINDS.map((kind) => [fixed.points.filter((p) => p.kind === kind).length, kind]);
      const seen = parts
        .filter(([count]) => count)
        .map(([count, kind]) => plural(count, kind))
        .join(", ");
      if (!fixed.known) return lost.length ? `${seen}, ${lost.length} gone?` : seen;
      return fixed.complete ? seen : `${seen} (one may be missing)`;
    };
    const accuracy = () => {
      const { tally } = lab;
      return tally.counted ? `${tally.accuracy.toFixed(3)} over ${plural(tally.counted, "step")}` : "not yet";
    };
    const does = () => (lab.task ? L.standing(lab) : holds());
    const right = () => (lab.task ? "" : ` · accuracy ${accuracy()}`);
    const holds = () => {
      const { targets } = lab.tally;
      return targets.includes(0) ? "has not been told its bits" : `holds ${bitsOf(lab.kappa)}, told ${bitsOf(targets)}`;
    };

    const number = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
    const vector = (values) => (values.length === 1 ? number(values[0]) : `(${values.map((x) => number(x)).join(", ")})`);
    const neuron = (i) => {
      const { net, bits, settings } = lab;
      const of = (part) => vector(net[part].map((column) => column[i]));
      const kind = i >= L.nNeurons(net) - settings.redundant ? "redundant neuron" : "neuron";
      return `${kind} ${i + 1}: tuning m = ${of("embedding")}, influence n = ${of("encoding")}${bits > 1 ? ", drawn in the plane" : ""}`;
    };
    const held = ({ at, length, path }) =>
      `κ = ${vector(at)}, by a push of the rates of length ${number(length, 1)} at least; let go, it comes to ${lab.task ? vector(path.at(-1)) : bitsOf(path.at(-1))}`;

    const write = () => {
      const at = lab.shown === null ? lab.kappa : lab.past[lab.shown].kappa;
      const when = lab.shown === null ? "" : `${(lab.past.length - 1 - lab.shown) * lab.net.dt} ms ago: `;
      const usual = () => `${when}κ = ${vector(at)} · ${does()} · ${counted()}${right()}`;
      if (lab.grabbed) numbers.textContent = held(lab.grabbed);
      else if (lab.hovered !== null) numbers.textContent = neuron(lab.hovered);
      else numbers.textContent = usual();
      if (finding.textContent && performance.now() > until) finding.textContent = "";
    };

    // A finding: seen, and spoken.
    const tell = (text) => {
      finding.textContent = text;
      until = performance.now() + STAYS;
      speak(text);
    };
    const speak = (text) => {
      if (text !== status.textContent) status.textContent = text;
      told = performance.now();
    };
    const sentence = () =>
      `${lab.playing ? "Running" : "Paused"}: ${plural(L.nNeurons(lab.net), "neuron")}, ${counted()}. ` +
      (lab.task ? `Of the task: ${does()}.` : `The network ${holds()}. All-bits accuracy: ${accuracy()}.`);
    const speakAtTimes = () => {
      if (performance.now() - told >= PAUSE) speak(sentence());
    };

    lab.tell = tell;
    return { readout, status, write, tell, speak, sentence, speakAtTimes };
  };
})();
