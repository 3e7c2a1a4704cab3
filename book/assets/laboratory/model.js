// One experiment: its settings, its network, its state, and the steps of time.  It touches no page.
(() => {
  "use strict";
  const L = window.LPULab;
  const REBUILDS = ["net", "n", "tau", "redundant", "seed", "drift", "sigma"];
  const RASTER = 24; // neurons whose spikes are kept
  const WINDOW = 300; // steps that are kept, and shown
  const SAME = 1000; // ms within which changes of one setting are undone together

  L.WINDOW = WINDOW;
  L.signs = (bits) => [...bits].map((bit) => (bit === "1" ? 1 : -1));

  L.model = (data) => {
    const spec = L.settingsSpec(data);
    let [rng, current, buffer, spikes, queued] = [null, null, null, null, null]; // queued: pulses of the next step
    let changed = { name: "", when: 0 };

    const lab = {
      data,
      spec,
      settings: L.parseSettings("", spec).settings,
      undoable: [], // settings that were
      net: null,
      task: null, // the classic task that the network is for, as tools/laboratory_tasks.py has it; null: a flip-flop
      bits: 0, // of the network: its latents
      kappa: null,
      before: null, // κ a step ago
      tally: null, // of the accuracy
      steps: 0, // since the start
      past: [], // the last steps: {kappa, pulses, targets, pushed, twin, spikes}; a target is null where nothing was asked
      given: [], // of a classic task: the inputs by hand, a channel each: {size, left}
      heard: [], // and the sum of all that it hears now beside the constant input
      trial: null, // the example that is played, or was: {number, at, said} and what the task says of it
      answer: null, // what is right, since that was due
      judged: null, // the last trial's end: {number, said, right}
      shown: null, // the step of the past that is looked at; null: now
      grabbed: null, // where a hand holds κ
      pulled: null, // the last time it let go: {from, to, length}
      hovered: null, // the neuron under the pointer
      chosen: [], // neurons that a kick would reach
      rastered: [], // neurons whose spikes are kept
      push: null, // the kick under way: {neurons, values, left}
      verdict: null, // the kick to be judged: {k, twin, most, left, count}
      kicked: null, // the last verdict: {flipped, most, target, sign, count}
      flows: null, // {reach, values}
      fixed: null, // {points, complete}; null until they are known
      lost: [], // fixed points that could not be followed since
      basins: null,
      bifurcations: null,
      reach: L.ROOM, // the plane shows ±reach
      playing: false,
      dirty: { field: true, plane: true, scatter: true, outputs: true }, // to be drawn anew
      tell: () => {}, // says a sentence

      get channels() {
        return lab.net.inputWeights.length;
      },
      // The constant input and, of a classic task, what lasts for a while.
      get input() {
        const { u1, u2, u3, u4 } = lab.settings;
        return [u1, u2, u3, u4].slice(0, lab.channels).map((u, d) => u + (lab.heard[d] ?? 0));
      },
      // The plane shows ±room at least.
      get room() {
        return Math.max(L.ROOM, lab.task?.room ?? 0);
      },
      // The constant input whose bifurcations the experiment wants.
      get axis() {
        return L.EXPERIMENTS[lab.settings.try]?.axis ?? null;
      },
      // The latent that a kick aims at.
      get aim() {
        return Math.min(Number(lab.settings.bit), lab.bits) - 1;
      },
      // The attractors, where all fixed points are known.
      get attractors() {
        return lab.fixed?.known ? lab.fixed.points.filter((p) => p.kind === "attractor").map((p) => p.point) : null;
      },
    };

    const soil = (...names) => {
      for (const name of names) lab.dirty[name] = true;
    };

    // κ of rates near 0.
    const settle = () => {
      lab.kappa = L.encode(
        lab.net,
        buffer.map(() => data.task.initialStd * rng.normal()),
      );
      lab.before = lab.kappa;
    };

    const restart = () => {
      const { bits, settings } = lab;
      rng = L.random(settings.seed, 4);
      settle();
      lab.tally = L.score(bits, data.task.settle);
      lab.past = [];
      lab.steps = 0;
      lab.push = lab.verdict = lab.shown = lab.grabbed = lab.pulled = lab.kicked = null;
      lab.trial = lab.answer = lab.judged = null;
      lab.given = [];
      hear();
      const start = L.signs(settings.start).slice(0, bits);
      queued = start.length === bits && !lab.task ? start : null;
      soil("outputs", "plane");
    };

    // New currents: a new flow, a new count.
    const drive = () => {
      current = L.drive(lab.net, lab.input);
      lab.tally.restart();
      lab.search.begin();
    };

    // What a classic task's network hears from now on: its flow is another one.
    const hear = () => {
      const heard = lab.task ? L.heard(lab) : [];
      if (String(heard) === String(lab.heard)) return;
      lab.heard = heard;
      drive();
    };

    // κ goes on where the new network has as many bits as the old, and the same task.
    const rebuild = () => {
      const task = data.classics[lab.settings.net] ?? null;
      lab.net = L.build(lab.settings, data);
      const again = lab.bits === L.nLatents(lab.net) && lab.task === task;
      lab.task = task;
      lab.bits = L.nLatents(lab.net);
      buffer = new Float64Array(L.nNeurons(lab.net));
      spikes = new Int32Array(buffer.length);
      lab.push = lab.verdict = lab.hovered = lab.bifurcations = null;
      L.chooseNeurons(lab);
      lab.rastered = L.largest(lab.net.embedding[0], RASTER / lab.bits);
      if (lab.bits > 1) lab.rastered.push(...L.largest(lab.net.embedding[1], RASTER / lab.bits));
      if (!again) {
        lab.fixed = lab.basins = null;
        lab.lost = [];
        lab.heard = task ? Array(lab.channels).fill(0) : [];
        restart();
      }
      drive();
    };

    const set = (name, value, { again = false } = {}) => {
      if (lab.settings[name] === value) return;
      const [now, was] = [performance.now(), lab.settings.net];
      if (!again && (changed.name !== name || now - changed.when > SAME)) lab.undoable.push(lab.settings);
      changed = { name, when: now };
      lab.settings = { ...lab.settings, [name]: value };
      if (name === "net" && spec.net.sizes[value] !== spec.net.sizes[was])
        lab.settings.n = spec.net.sizes[value] ?? spec.n.default;
      lab.shown = null;
      if (REBUILDS.includes(name)) rebuild();
      else if (["u1", "u2", "u3", "u4"].includes(name)) {
        if (name !== `u${lab.axis?.d + 1}`) lab.bifurcations = null; // they depend on the other inputs alone
        drive();
      } else if (["noise", "p", "spikes"].includes(name)) lab.tally.restart();
      else if (["basins", "nullclines"].includes(name)) soil("field", "plane");
      else L.chooseNeurons(lab);
      soil("outputs");
    };

    // All settings at once; the network begins anew.
    const begin = (settings) => {
      if (lab.net) lab.undoable.push(lab.settings);
      changed = { name: "", when: 0 };
      lab.settings = settings;
      lab.bits = 0;
      lab.basins = null;
      rebuild();
      soil("field", "plane", "scatter", "outputs");
    };

    // κ goes on from where it is, unless what is undone is another experiment.
    const undo = () => {
      const settings = lab.undoable.pop();
      if (!settings) return false;
      if (settings.try !== lab.settings.try) lab.bits = 0;
      changed = { name: "", when: 0 };
      lab.settings = settings;
      lab.shown = lab.grabbed = null;
      rebuild();
      soil("field", "plane", "scatter", "outputs");
      return true;
    };

    // The next example trial of a classic task; the steps that it takes.
    const play = () => {
      settle();
      return L.beginTrial(lab);
    };

    const queue = (pulses) => {
      queued = pulses.map((p, k) => p || (queued ? queued[k] : 0));
    };

    const remember = (entry) => {
      const targets = lab.task ? lab.kappa.map((_, k) => lab.answer?.[k] ?? null) : [...lab.tally.targets];
      lab.past.push({ kappa: lab.kappa, targets, twin: lab.verdict?.twin ?? null, ...entry });
      if (lab.past.length > WINDOW) lab.past.shift();
    };

    // The flip-flop's pulses of the next step, by hand or by chance.
    const draw = () => {
      const random = L.samplePulses(lab.bits, lab.settings.p, rng);
      const pulses = queued ? queued.map((p, k) => p || random[k]) : random;
      queued = null;
      return pulses;
    };

    const step = () => {
      if (lab.task) hear();
      const { net, settings, push, verdict, task } = lab;
      const pulses = task ? [] : draw();
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
      lab.before = lab.kappa;
      lab.kappa = settings.spikes
        ? L.fire(net, lab.kappa, now, buffer, settings.spikes, rng, spikes)
        : L.step(net, lab.kappa, now, buffer);
      if (task) L.followTrial(lab);
      else lab.tally.add(pulses, lab.kappa);
      remember({
        pulses: task ? lab.heard : pulses,
        pushed,
        spikes: settings.spikes ? lab.rastered.map((i) => spikes[i]) : null,
      });
      lab.steps++;
      if (verdict) L.judgeKick(lab);
    };

    // A hand takes κ, moves it, and lets it go: the smallest push of the rates that does this lies in the encoding subspace.
    const grab = (point) => {
      lab.grabbed ??= { from: lab.kappa };
      lab.grabbed.at = point;
      lab.grabbed.length = L.smallestPush(
        lab.net,
        point.map((x, k) => x - lab.grabbed.from[k]),
      );
      lab.grabbed.path = L.simulate(lab.net, Array(120).fill(lab.input), point);
      lab.shown = null;
      soil("plane");
    };
    const letGo = () => {
      const { from, at, length, path } = lab.grabbed;
      lab.pulled = { from, to: at, length, flipped: L.bitsOf(from) !== L.bitsOf(path.at(-1)) };
      lab.kappa = lab.before = at;
      lab.grabbed = null;
      lab.tally.restart();
      soil("plane", "outputs");
    };

    return Object.assign(lab, { restart, rebuild, set, begin, undo, queue, play, step, grab, letGo, soil });
  };
})();
