// The network and its steps: what the settings ask for is built here, and runs.
(() => {
  "use strict";
  const L = window.LPULab;
  const { data, state } = L;
  let [rng, current, buffer, queued] = [null, null, null, null]; // queued: pulses of the next step

  const signs = (bits) => [...bits].map((bit) => (bit === "1" ? 1 : -1));

  const restart = () => {
    const { net, bits, settings } = state;
    rng = L.random(settings.seed, 4);
    state.kappa = L.encode(
      net,
      buffer.map(() => data.task.initialStd * rng.normal()),
    );
    state.before = state.kappa;
    state.tally = L.score(bits, data.task.settle);
    state.past = [];
    state.clock = 0;
    state.push = state.verdict = null;
    const start = signs(settings.start).slice(0, bits);
    queued = start.length === bits ? start : null;
    state.dirty.outputs = state.dirty.plane = true;
  };

  // New currents: a new flow, a new count.
  const drive = () => {
    current = L.drive(state.net, state.input);
    state.tally.restart();
    L.search.begin();
  };

  // κ goes on where the new network has as many bits as the old.
  const rebuild = () => {
    state.net = L.build(state.settings, data);
    const again = state.bits === L.nLatents(state.net);
    state.bits = L.nLatents(state.net);
    buffer = new Float64Array(L.nNeurons(state.net));
    state.push = state.verdict = null;
    L.kicks.choose();
    if (!again) restart();
    drive();
  };

  const queue = (pulses) => {
    queued = pulses.map((p, k) => p || (queued ? queued[k] : 0));
  };

  const step = () => {
    const { net, settings, push, verdict, past } = state;
    const random = L.samplePulses(state.bits, settings.p, rng);
    const pulses = queued ? queued.map((p, k) => p || random[k]) : random;
    queued = null;
    const now = current.slice();
    pulses.forEach((p, d) => {
      const w = net.inputWeights[d];
      if (p) for (let i = 0; i < now.length; i++) now[i] += w[i] * p;
    });
    if (settings.noise) for (let i = 0; i < now.length; i++) now[i] += settings.noise * rng.normal();
    const pushed = push && push.left > 0;
    if (verdict) verdict.twin = L.step(net, verdict.twin, now, buffer);
    if (pushed) {
      push.neurons.forEach((i, j) => (now[i] += push.values[j]));
      push.left--;
    }
    state.before = state.kappa;
    state.kappa = L.step(net, state.kappa, now, buffer);
    state.tally.add(pulses, state.kappa);
    past.push({ kappa: state.kappa, pulses, targets: [...state.tally.targets], pushed });
    if (past.length > L.WINDOW) past.shift();
    state.clock++;
    if (verdict) L.kicks.judge();
  };

  L.experiment = { signs, restart, drive, rebuild, queue, step };
})();
