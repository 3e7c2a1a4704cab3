// The laboratory's theory: lpu_core's formulas in plain functions of arrays, which touch no page.  A classic script, for
// pages opened as files may load no modules.  laboratory-view.js draws; tests/test_laboratory.py compares with lpu_core.
//
// Symbols as there: N neurons, K latents, D inputs; m embedding, n encoding, w input weights, b bias, τ and Δt in ms.  A
// network holds its weights by columns: embedding[k], encoding[k], inputWeights[d] and bias are Float64Arrays of length N.
window.LPULab = (() => {
  "use strict";

  const require = (holds, name, expected, got) => {
    if (!holds) throw new RangeError(`${name}: expected ${expected}, got ${got}`);
  };

  // ---------------------------------------------------------------- chance

  // A seeded stream: sfc32 on a seed and the number of its use, so that no use disturbs another.
  const random = (seed, use = 0) => {
    let [a, b, c, d] = [seed | 0, use | 0, 0x9e3779b9 | 0, 1];
    const bits = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return t >>> 0;
    };
    for (let i = 0; i < 20; i++) bits();
    const uniform = () => (bits() + 0.5) / 2 ** 32; // inside (0, 1)
    let spare = null;
    const normal = () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    };
    const below = (n) => Math.floor(n * uniform()); // 0 … n − 1
    return { uniform, normal, below };
  };

  // ---------------------------------------------------------------- networks

  const zeros = (n) => new Float64Array(n);
  const columns = (count, n) => Array.from({ length: count }, () => zeros(n));

  // From rows, as lpu_core has them: embedding and encoding (N, K), inputWeights (N, D), bias (N).
  const network = ({ embedding, encoding, inputWeights, bias, tau, dt }) => {
    const turned = (rows) => rows[0].map((_, k) => Float64Array.from(rows, (row) => row[k]));
    require(tau > 0 && dt > 0 && dt <= tau, "dt", `a step above 0 and at most tau = ${tau} ms`, dt);
    return {
      embedding: turned(embedding),
      encoding: turned(encoding),
      inputWeights: turned(inputWeights),
      bias: Float64Array.from(bias),
      tau,
      dt,
    };
  };

  const nNeurons = (net) => net.bias.length;
  const nLatents = (net) => net.embedding.length;

  // W_in u + b, (N).
  const drive = (net, u = []) => {
    const current = net.bias.slice();
    u.forEach((value, d) => {
      const w = net.inputWeights[d];
      if (value) for (let i = 0; i < current.length; i++) current[i] += w[i] * value;
    });
    return current;
  };

  // φ(Mκ + c), (N), for currents c; into `out`.
  const respond = (net, kappa, current, out) => {
    out.set(current);
    kappa.forEach((value, k) => {
      const m = net.embedding[k];
      for (let i = 0; i < out.length; i++) out[i] += m[i] * value;
    });
    for (let i = 0; i < out.length; i++) out[i] = Math.tanh(out[i]);
    return out;
  };

  // Nencᵀ r/N, (K).
  const encode = (net, rates) =>
    net.encoding.map((n) => {
      let sum = 0;
      for (let i = 0; i < rates.length; i++) sum += n[i] * rates[i];
      return sum / rates.length;
    });

  // The tuning curves φ(Mκ + W_in u + b) (5, M48).
  const tuning = (net, kappa, u) => respond(net, kappa, drive(net, u), zeros(nNeurons(net)));

  // G(κ) = τ dκ/dt and its Jacobian, rows first, for currents c: one pass over the neurons.
  const velocityAndSlope = (net, kappa, current, buffer) => {
    const r = respond(net, kappa, current, buffer);
    const velocity = encode(net, r).map((value, k) => value - kappa[k]);
    for (let i = 0; i < r.length; i++) r[i] = 1 - r[i] * r[i];
    const slope = net.encoding.map((n, k) =>
      net.embedding.map((m, l) => {
        let sum = 0;
        for (let i = 0; i < r.length; i++) sum += n[i] * r[i] * m[i];
        return sum / r.length - (k === l ? 1 : 0);
      }),
    );
    return { velocity, slope };
  };

  // dκ/dt = (−κ + Nencᵀ φ(Mκ + W_in u + b)/N)/τ, per ms (M32).
  const flow = (net, kappa, u) => encode(net, tuning(net, kappa, u)).map((value, k) => (value - kappa[k]) / net.tau);

  // ∂(dκ/dt)/∂κ = (−I + Nencᵀ diag φ′ M/N)/τ, per ms.
  const jacobian = (net, kappa, u) =>
    velocityAndSlope(net, kappa, drive(net, u), zeros(nNeurons(net))).slope.map((row) => row.map((x) => x / net.tau));

  // κ[t+1] = (1−α) κ[t] + (α/N) Nencᵀ φ(Mκ[t] + c) (M32), for currents c = W_in u + b + ε; α = Δt/τ.
  const step = (net, kappa, current, buffer) => {
    const alpha = net.dt / net.tau;
    return encode(net, respond(net, kappa, current, buffer)).map((value, k) => (1 - alpha) * kappa[k] + alpha * value);
  };

  // Latents after each of the inputs (T, D), (T, K), from κ[0].
  const simulate = (net, inputs, kappa) => {
    const buffer = zeros(nNeurons(net));
    return inputs.map((u) => (kappa = step(net, kappa, drive(net, u), buffer)));
  };

  // ---------------------------------------------------------------- fixed points

  // The box |κ_k| ≤ Σ|n_i|/N, which holds all fixed points.
  const boundingBox = (net) => net.encoding.map((n) => n.reduce((sum, value) => sum + Math.abs(value), 0) / n.length);

  // A regular grid of `count` points along each axis from −reach_k to reach_k, the last axis fastest.
  const grid = (reach, count) => {
    const axis = (a) => Array.from({ length: count }, (_, i) => (count > 1 ? a * ((2 * i) / (count - 1) - 1) : 0));
    return reach.reduce((points, a) => points.flatMap((p) => axis(a).map((x) => [...p, x])), [[]]);
  };

  const norm = (v) => Math.hypot(...v);
  const apart = (p, q) => norm(p.map((x, k) => x - q[k]));

  // A x = y for one or two unknowns.
  const solve = (a, y) => {
    if (y.length === 1) return [y[0] / a[0][0]];
    const det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    return [(a[1][1] * y[0] - a[0][1] * y[1]) / det, (a[0][0] * y[1] - a[1][0] * y[0]) / det];
  };

  // The real and imaginary parts of the eigenvalues, the largest real part first.
  const eigenvalues = (a) => {
    if (a.length === 1) return [[a[0][0], 0]];
    const half = (a[0][0] + a[1][1]) / 2;
    const square = ((a[0][0] - a[1][1]) / 2) ** 2 + a[0][1] * a[1][0];
    const root = Math.sqrt(Math.abs(square));
    return square >= 0 ? [[half + root, 0], [half - root, 0]] : [[half, root], [half, -root]];
  };

  const KINDS = ["attractor", "saddle", "repeller"];
  const STARTS = { 1: 201, 2: 21 };

  // Levenberg–Marquardt on ‖G‖² from one start: where it ends, {x, isRoot}, or null where an end is known already.  Yields at
  // every step.
  function* descend(net, start, current, buffer, ends, size) {
    let x = start;
    let damping = 1e-2;
    let { velocity, slope } = velocityAndSlope(net, x, current, buffer);
    const limit = 1e-13 * Math.max(1, size);
    for (let i = 0; i < 40 && norm(velocity) > limit && damping < 1e4; i++) {
      if (ends.some((end) => apart(end, x) < 1e-5 * size)) return null;
      const normal = x.map((_, k) =>
        x.map((_, l) => slope.reduce((sum, row) => sum + row[k] * row[l], 0) + (k === l ? damping : 0)),
      );
      const change = solve(normal, x.map((_, k) => slope.reduce((sum, row, j) => sum + row[k] * velocity[j], 0)));
      const trial = x.map((value, k) => value - change[k]);
      const there = velocityAndSlope(net, trial, current, buffer);
      const better = norm(there.velocity) < norm(velocity);
      const creeps = better && norm(there.velocity) > 0.999 * norm(velocity); // towards a slow point that is no root
      if (better) ({ velocity, slope } = there);
      if (better) x = trial;
      if (creeps) break;
      damping = Math.max(1e-14, better ? damping / 5 : damping * 5);
      yield;
    }
    return { x, isRoot: norm(velocity) < 1e-9 * Math.max(1, size) };
  }

  const classified = (net, point, current, buffer) => {
    const { velocity, slope } = velocityAndSlope(net, point, current, buffer);
    const values = eigenvalues(slope);
    const kind = values[0][0] < 0 ? "attractor" : values.at(-1)[0] > 0 ? "repeller" : "saddle";
    const det = slope.length === 1 ? -slope[0][0] : slope[0][0] * slope[1][1] - slope[0][1] * slope[1][0];
    const perMs = values.map((value) => value.map((part) => part / net.tau));
    return { point, kind, eigenvalues: perMs, residual: norm(velocity), index: Math.sign(det) };
  };

  // All fixed points in the bounding box under a constant u, as a generator that yields at each step of each search, so
  // that a page may spread the work.  Its result: {points, complete}, attractors first; complete when the indices sum to 1 (Poincaré–
  // Hopf).  While they don't, the grid is doubled, twice at most.
  function* fixedPointSearch(net, u) {
    const current = drive(net, u);
    const buffer = zeros(nNeurons(net));
    const reach = boundingBox(net);
    const size = 2 * norm(reach);
    const [roots, ends] = [[], []];
    const inside = (x) => x.every((value, k) => Math.abs(value) <= reach[k] + 1e-6 * size);
    let found = { points: [], complete: false };
    for (let count = STARTS[reach.length], turn = 0; turn < 3 && !found.complete; count = 2 * count - 1, turn++) {
      for (const start of grid(reach, count)) {
        const end = yield* descend(net, start, current, buffer, ends, size);
        if (end) ends.push(end.x);
        if (end && end.isRoot && inside(end.x) && roots.every((x) => apart(x, end.x) > 1e-6 * size)) roots.push(end.x);
      }
      const points = roots.map((root) => classified(net, root, current, buffer));
      const round = (x) => Math.round(x * 1e6);
      const order = (p) => [KINDS.indexOf(p.kind), ...p.point.map(round)];
      points.sort((p, q) => order(p).map((x, i) => x - order(q)[i]).find((x) => x) || 0);
      found = { points, complete: points.reduce((sum, p) => sum + p.index, 0) === 1 };
    }
    return found;
  }

  const finish = (generator) => {
    let next = generator.next();
    while (!next.done) next = generator.next();
    return next.value;
  };

  const fixedPoints = (net, u) => finish(fixedPointSearch(net, u));

  // dκ/dt at `points` under a constant u; yields after each.
  function* flowSearch(net, points, u) {
    const current = drive(net, u);
    const buffer = zeros(nNeurons(net));
    const flows = [];
    for (const kappa of points) {
      flows.push(encode(net, respond(net, kappa, current, buffer)).map((value, k) => (value - kappa[k]) / net.tau));
      yield;
    }
    return flows;
  }

  // ---------------------------------------------------------------- making and changing networks

  // A flip-flop without training (M84): K groups, each a bistable LPU whose (m, n) are Gaussian with the s.d. and the
  // correlation of `law`; w = pulseGain · m.  law: {embeddingStd, encodingStd, correlation, tau, dt, pulseGain}.
  const designFlipFlop = (n, bits, law, rng) => {
    require(n >= bits, "n", `at least one neuron a bit (${bits})`, n);
    const [embedding, encoding, inputWeights] = [columns(bits, n), columns(bits, n), columns(bits, n)];
    const [shared, own] = [law.correlation, Math.sqrt(1 - law.correlation ** 2)];
    const least = Math.floor(n / bits);
    for (let bit = 0, i = 0; bit < bits; bit++) {
      const size = least + (bit < n % bits ? 1 : 0); // as numpy.array_split
      for (const end = i + size; i < end; i++) {
        const z = rng.normal();
        embedding[bit][i] = law.embeddingStd * z;
        encoding[bit][i] = law.encodingStd * (shared * z + own * rng.normal()) * (n / size);
        inputWeights[bit][i] = law.pulseGain * embedding[bit][i];
      }
    }
    return { embedding, encoding, inputWeights, bias: zeros(n), tau: law.tau, dt: law.dt };
  };

  const takeRows = (net, rows) => {
    const take = (column) => Float64Array.from(rows, (i) => column[i]);
    const { embedding, encoding, inputWeights, bias } = net;
    return {
      ...net,
      embedding: embedding.map(take),
      encoding: encoding.map(take),
      inputWeights: inputWeights.map(take),
      bias: take(bias),
    };
  };

  // A larger network with the very same LPU: copies of neurons share their influence.
  const resample = (net, n, rng) => {
    const old = nNeurons(net);
    require(n >= old, "n", `at least the ${old} neurons there are`, n);
    const rows = Array.from({ length: n }, (_, i) => (i < old ? i : rng.below(old)));
    const copies = zeros(old);
    rows.forEach((i) => copies[i]++);
    const larger = takeRows(net, rows);
    larger.encoding = larger.encoding.map((column) => column.map((x, i) => x * (n / (old * copies[rows[i]]))));
    return larger;
  };

  // The network rebuilt from n of its neurons, drawn without replacement, the mean taken over those (A11, A12).
  const observe = (net, n, rng) => {
    const old = nNeurons(net);
    require(n >= 1 && n <= old, "n", `from 1 to ${old} neurons`, n);
    const rows = Array.from({ length: old }, (_, i) => i);
    for (let i = 0; i < n; i++) {
      const j = i + rng.below(old - i);
      [rows[i], rows[j]] = [rows[j], rows[i]];
    }
    return takeRows(net, rows.slice(0, n));
  };

  // The network with `added` neurons more that are tuned and have no voice, n = w = b = 0 (M73).  Each new m is −a, 0 or a,
  // and `tunedShare` of the neurons have any m ≠ 0.  The others' n grow by N_new/N, for the mean is over more.
  const addRedundantNeurons = (net, added, rng, amplitude, tunedShare) => {
    const silent = (1 - tunedShare) ** (1 / nLatents(net));
    const drawn = () => (rng.uniform() < silent ? 0 : rng.uniform() < 0.5 ? -amplitude : amplitude);
    const extended = (column, fresh) => {
      const longer = zeros(column.length + added);
      longer.set(column);
      for (let i = column.length; i < longer.length; i++) longer[i] = fresh();
      return longer;
    };
    const scale = (nNeurons(net) + added) / nNeurons(net);
    return {
      ...net,
      embedding: net.embedding.map((column) => extended(column, drawn)),
      encoding: net.encoding.map((column) => extended(column, () => 0).map((x) => x * scale)),
      inputWeights: net.inputWeights.map((column) => extended(column, () => 0)),
      bias: extended(net.bias, () => 0),
    };
  };

  const DRIFTS = ["random", "orthogonal", "tangential"];
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const without = (a, unit) => {
    const share = dot(a, unit);
    return a.map((x, i) => x - share * unit[i]);
  };

  // Orthonormal columns that span the encoding vectors: Gram–Schmidt, twice, which is enough.
  const encodingBasis = (encoding) => {
    const basis = [];
    for (const n of encoding) {
      const rest = [...basis, ...basis].reduce(without, n);
      const length = Math.sqrt(dot(rest, rest));
      require(length > 1e-12 * Math.sqrt(dot(n, n)), "encoding", "linearly independent columns", "dependent ones");
      basis.push(rest.map((x) => x / length));
    }
    return basis;
  };

  // ΔM by columns, as lpu_core.drift.sample_drift: Gaussian, projected off or on the span of n, r.m.s. σ a column.
  const sampleDrift = (encoding, kind, sigma, rng) => {
    require(DRIFTS.includes(kind), "kind", `one of ${DRIFTS}`, kind);
    const n = encoding[0].length;
    const drift = columns(encoding.length, n);
    for (let i = 0; i < n; i++) for (const column of drift) column[i] = rng.normal();
    if (kind === "random") return drift.map((column) => column.map((x) => sigma * x));
    require(kind === "tangential" || n > encoding.length, "encoding", "more neurons than columns", n);
    const basis = encodingBasis(encoding);
    return drift.map((column) => {
      const off = [...basis, ...basis].reduce(without, column);
      const part = kind === "orthogonal" ? off : column.map((x, i) => x - off[i]);
      const scale = sigma / Math.sqrt(dot(part, part) / n);
      return part.map((x) => scale * x);
    });
  };

  // The network with the embedding M + σ ΔM and all else as before (M74).
  const drifted = (net, drift, sigma = 1) => ({
    ...net,
    embedding: net.embedding.map((column, k) => column.map((x, i) => x + sigma * drift[k][i])),
  });

  // The q-quantile of |values|, with linear interpolation.
  const quantile = (values, q) => {
    const sorted = Float64Array.from(values, Math.abs).sort();
    const at = q * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (at - Math.floor(at)) * (high - low);
  };

  // The indices of the k largest |values|, largest first, zeros left out.
  const largest = (values, k) =>
    Array.from(values, (_, i) => i)
      .filter((i) => values[i] !== 0)
      .sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]))
      .slice(0, k);

  // What the settings ask for, of `data` (see tools/laboratory.py): a base network of n neurons, redundant ones added to it,
  // then its drift.  Each draw has a stream of its own, so that σ may change and all else stay.
  const build = (settings, data) => {
    const { net, n, redundant, drift, sigma, seed } = settings;
    let made;
    if (net in data.trained) {
      const trained = network(data.trained[net]);
      made = (n >= nNeurons(trained) ? resample : observe)(trained, n, random(seed, 1));
    } else {
      const law = { ...data.laws[settings.tau], ...data.design };
      made = designFlipFlop(n, data.bits[net], law, random(seed, 1));
    }
    if (redundant) {
      const { quantile: q, tunedShare } = data.redundancy;
      const amplitude = quantile(made.embedding.flatMap((column) => [...column]), q);
      made = addRedundantNeurons(made, redundant, random(seed, 2), amplitude, tunedShare);
    }
    if (drift === "none") return made;
    return drifted(made, sampleDrift(made.encoding, drift, 1, random(seed, 3)), sigma);
  };

  // ---------------------------------------------------------------- the flip-flop

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

  // ---------------------------------------------------------------- settings in the address

  // `spec`: name → {default, choices} or {default, low, high, whole} or {default, pattern}.  Bad values fall back to their
  // defaults and are named in `problems`.
  const parseSettings = (text, spec) => {
    const [settings, problems] = [{}, []];
    for (const name of Object.keys(spec)) settings[name] = spec[name].default;
    for (const [name, value] of new URLSearchParams(text.replace(/^#/, ""))) {
      const rule = Object.hasOwn(spec, name) ? spec[name] : null;
      if (!rule) {
        problems.push(`there is no setting “${name.slice(0, 20)}”`);
        continue;
      }
      const number = Number(value);
      const isNumber = value.trim() !== "" && Number.isFinite(number);
      const fits = rule.choices
        ? rule.choices.includes(value)
        : rule.pattern
          ? rule.pattern.test(value)
          : isNumber && number >= rule.low && number <= rule.high && (!rule.whole || Number.isInteger(number));
      if (fits) settings[name] = rule.choices || rule.pattern ? value : number;
      else problems.push(`${name} cannot be “${value.slice(0, 20)}”`);
    }
    return { settings, problems };
  };

  // What differs from the defaults, as an address's fragment.
  const formatSettings = (settings, spec) => {
    const changed = Object.keys(spec).filter((name) => settings[name] !== spec[name].default);
    return changed.map((name) => `${name}=${settings[name]}`).join("&");
  };

  return {
    random, network, nNeurons, nLatents, drive, encode, tuning, flow, jacobian, step, simulate,
    boundingBox, grid, fixedPointSearch, fixedPoints, flowSearch, finish,
    designFlipFlop, resample, observe, addRedundantNeurons, sampleDrift, drifted, quantile, largest, build,
    samplePulses, score, parseSettings, formatSettings, KINDS, DRIFTS,
  };
})();
