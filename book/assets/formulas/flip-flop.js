// The flip-flop task: its pulses and its accuracy.
(() => {
  "use strict";
  // Pulses of ±1 or 0 on each channel.
  const samplePulses = (channels, probability, rng) =>
    Array.from({ length: channels }, () => (rng.uniform() < probability ? (rng.uniform() < 0.5 ? -1 : 1) : 0));

  // The all-bits accuracy as it goes: of the steps at least `settle` after the latest pulse, none before each channel had
  // one, the share at which every output has the sign of its channel's latest pulse.
  const score = (channels, settle) => {
    const targets = Array(channels).fill(0);
    let [since, counted, right] = [0, 0, 0];
    return {
      targets,
      add(pulses, outputs) {
        since = pulses.some((p) => p !== 0) ? 0 : since + 1;
        pulses.forEach((p, k) => (targets[k] = p ? Math.sign(p) : targets[k]));
        if (targets.includes(0) || since < settle) return;
        counted++;
        if (outputs.every((y, k) => Math.sign(y) === targets[k])) right++;
      },
      restart() {
        [counted, right] = [0, 0];
      },
      get counted() {
        return counted;
      },
      get accuracy() {
        return counted ? right / counted : NaN;
      },
    };
  };

  Object.assign(window.LPULab, { samplePulses, score });
})();
