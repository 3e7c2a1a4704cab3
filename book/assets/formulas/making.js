// Making networks and changing them: design, size, redundant neurons, drift.
(() => {
  "use strict";
  const { columns, nLatents, nNeurons, network, random, require, unpacked, zeros } = window.LPULab;

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
    if (!(net in data.bits)) {
      const trained = net in data.trained ? network(data.trained[net]) : unpacked(data.classics[net]);
      made = (n >= nNeurons(trained) ? resample : observe)(trained, n, random(seed, 1));
    } else {
      const law = { ...data.laws[settings.tau], ...data.design };
      made = designFlipFlop(n, data.bits[net], law, random(seed, 1));
    }
    if (redundant) {
      const { quantile: q, tunedShare } = data.redundancy;
      const amplitude = quantile(
        made.embedding.flatMap((column) => [...column]),
        q,
      );
      made = addRedundantNeurons(made, redundant, random(seed, 2), amplitude, tunedShare);
    }
    if (drift === "none") return made;
    return drifted(made, sampleDrift(made.encoding, drift, 1, random(seed, 3)), sigma);
  };

  Object.assign(window.LPULab, {
    DRIFTS,
    designFlipFlop,
    resample,
    observe,
    addRedundantNeurons,
    sampleDrift,
    drifted,
    quantile,
    largest,
    build,
  });
})();
