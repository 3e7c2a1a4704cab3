// Fixed points and the flow, as generators, so that a page may spread the search over frames.
(() => {
  "use strict";
  const { drive, encode, nNeurons, respond, velocityAndSlope, zeros } = window.LPULab;

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
    return square >= 0
      ? [
          [half + root, 0],
          [half - root, 0],
        ]
      : [
          [half, root],
          [half, -root],
        ];
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
      const change = solve(
        normal,
        x.map((_, k) => slope.reduce((sum, row, j) => sum + row[k] * velocity[j], 0)),
      );
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
        if (end?.isRoot && inside(end.x) && roots.every((x) => apart(x, end.x) > 1e-6 * size)) roots.push(end.x);
      }
      const points = roots.map((root) => classified(net, root, current, buffer));
      const round = (x) => Math.round(x * 1e6);
      const order = (p) => [KINDS.indexOf(p.kind), ...p.point.map(round)];
      points.sort(
        (p, q) =>
          order(p)
            .map((x, i) => x - order(q)[i])
            .find((x) => x) || 0,
      );
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

  Object.assign(window.LPULab, { KINDS, boundingBox, grid, fixedPointSearch, fixedPoints, flowSearch, finish });
})();
