// Networks and their dynamics.  The scripts of this folder are lpu_core's formulas in plain functions of arrays, which touch no
// page; tests/test_laboratory.py compares them with lpu_core.  They are classic scripts that share LPULab, for pages opened as
// files may load no modules; this one comes first.
//
// Symbols as there: N neurons, K latents, D inputs; m embedding, n encoding, w input weights, b bias, τ and Δt in ms.  A
// network holds its weights by columns: embedding[k], encoding[k], inputWeights[d] and bias are Float64Arrays of length N.
window.LPULab = (() => {
  "use strict";

  const require = (holds, name, expected, got) => {
    if (!holds) throw new RangeError(`${name}: expected ${expected}, got ${got}`);
  };

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

  // From columns of float32, little end first, in base64.
  const unpacked = ({ weights, tau, dt }) => {
    const column = (text) => {
      const view = new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
      return Float64Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
    };
    const { embedding, encoding, inputWeights, bias } = weights;
    return {
      embedding: embedding.map(column),
      encoding: encoding.map(column),
      inputWeights: inputWeights.map(column),
      bias: column(bias),
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

  return {
    require,
    zeros,
    columns,
    network,
    unpacked,
    nNeurons,
    nLatents,
    drive,
    respond,
    encode,
    tuning,
    velocityAndSlope,
    flow,
    jacobian,
    step,
    simulate,
  };
})();
