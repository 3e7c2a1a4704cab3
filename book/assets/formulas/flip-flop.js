// The flip-flop task: its pulses and its accuracy.
(() => {
  "use strict";
  // Pulses of ±1 or 0 on each channel.
  const samplePulses = (channels, probability, rng) =>
    Array.from({ length: channels }, () => (rng.uniform() < probability ? (rng.uniform() < 0.5 ? -1 : 1) : 0));

  // The all-bits accuracy as it goes: of the steps at least `settle` after the latest pulse, none before each channel had
  // one, the share at which every output has the sign of its channel's latest pulse. A restart waits for one on each anew: what
  // a network remembers from before may be wrong for reasons that are gone.
  const score = (channels, settle) => {
    const targets = Array(channels).fill(0);
    const told = Array(channels).fill(false);
    let [since, counted, right] = [0, 0, 0];
    return {
      targets,
      add(pulses, outputs) {
        since = pulses.some((p) => p !== 0) ? 0 : since + 1;
        pulses.forEach((p, k) => {
          if (p) [targets[k], told[k]] = [Math.sign(p), true];
        });
        if (told.includes(false) || since < settle) return;
        counted++;
        if (outputs.every((y, k) => Math.sign(y) === targets[k])) right++;
      },
      restart() {
        [counted, right] = [0, 0];
        told.fill(false);
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
