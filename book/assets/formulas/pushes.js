// Pushes of the rates, and neurons that fire by chance.
(() => {
  "use strict";
  const { encode, respond } = window.LPULab;

  // The length of the shortest push of the rates that moves κ by `change`: N √(Δκᵀ (NencᵀNenc)⁻¹ Δκ).
  const smallestPush = (net, change) => {
    const [n, other] = net.encoding;
    const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
    if (!other) return (n.length * Math.abs(change[0])) / Math.sqrt(dot(n, n));
    const [a, b, d] = [dot(n, n), dot(n, other), dot(other, other)];
    const [x, y] = change;
    return n.length * Math.sqrt((d * x * x - 2 * b * x * y + a * y * y) / (a * d - b * b));
  };

  // A Poisson number: by its cumulative sum, in parts of at most 30.
  const poisson = (mean, rng) => {
    let count = 0;
    for (let left = mean; left > 0; left -= 30) {
      const part = Math.min(left, 30);
      let chance = Math.exp(-part);
      let below = chance;
      const u = rng.uniform();
      for (let k = 1; u > below && k < 1000; k++) {
        chance *= part / k;
        below += chance;
        count++;
      }
    }
    return count;
  };

  // One step of an LPU that fires by chance: each neuron Poisson spikes of the mean ν Δt (1 + tanh x)/2, into `spikes`; the drive
  // they make, 2s/(νΔt) − 1, takes the place of tanh x.  peak: ν, spikes per second.
  const fire = (net, kappa, current, buffer, peak, rng, spikes) => {
    const [alpha, perStep] = [net.dt / net.tau, (peak * net.dt) / 1000];
    respond(net, kappa, current, buffer);
    for (let i = 0; i < buffer.length; i++) {
      spikes[i] = poisson((perStep / 2) * (1 + buffer[i]), rng);
      buffer[i] = (2 / perStep) * spikes[i] - 1;
    }
    return encode(net, buffer).map((value, k) => (1 - alpha) * kappa[k] + alpha * value);
  };

  Object.assign(window.LPULab, { smallestPush, poisson, fire });
})();
