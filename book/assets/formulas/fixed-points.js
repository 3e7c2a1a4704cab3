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
  const STARTS = { 1: 201, 2: 41 }; // corners of the first grid along an axis

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

  // The centres of those cells of a grid over ±reach at whose corners every component of the flow takes both signs, or none:
  // where nullclines of all latents pass.  Yields after each corner.
  function* crossings(net, reach, count, current, buffer) {
    const bits = reach.length;
    const corners = grid(reach, count);
    const signs = [];
    for (const corner of corners) {
      const response = encode(net, respond(net, corner, current, buffer));
      signs.push(response.map((value, k) => Math.sign(value - corner[k])));
      yield;
    }
    const strides = corners[0].map((_, k) => count ** (bits - 1 - k)); // the last axis is the fastest
    const [first, second = 0] = strides;
    const around = [0, first, second, first + second];
    const inside = (i) => strides.every((stride) => Math.floor(i / stride) % count < count - 1);
    const turns = (i, k) => new Set(around.map((s) => signs[i + s][k])).size > 1 || signs[i][k] === 0;
    const middle = (i) => corners[i].map((x, k) => x + reach[k] / (count - 1));
    return corners.flatMap((corner, i) => (inside(i) && corner.every((_, k) => turns(i, k)) ? [middle(i)] : []));
  }

  const sorted = (points) => {
    const round = (x) => Math.round(x * 1e6);
    const order = (p) => [KINDS.indexOf(p.kind), ...p.point.map(round)];
    const first = (p, q) => order(p).map((x, i) => x - order(q)[i]);
    return points.sort((p, q) => first(p, q).find((x) => x) || 0);
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
      for (const start of yield* crossings(net, reach, count, current, buffer)) {
        const end = yield* descend(net, start, current, buffer, ends, size);
        if (end) ends.push(end.x);
        if (end?.isRoot && inside(end.x) && roots.every((x) => apart(x, end.x) > 1e-6 * size)) roots.push(end.x);
      }
      const points = sorted(roots.map((root) => classified(net, root, current, buffer)));
      found = { points, complete: points.reduce((sum, p) => sum + p.index, 0) === 1 };
    }
    return found;
  }

  // Where fixed points have gone when weights or inputs changed a little, by Newton from where they were: {points, lost}.
  const followed = (net, old, u) => {
    const current = drive(net, u);
    const buffer = zeros(nNeurons(net));
    const size = 2 * norm(boundingBox(net));
    const [points, lost] = [[], []];
    for (const was of old) {
      let x = was.point;
      let { velocity, slope } = velocityAndSlope(net, x, current, buffer);
      for (let i = 0; i < 8 && norm(velocity) > 1e-10 * size; i++) {
        const change = solve(slope, velocity);
        x = x.map((value, k) => value - change[k]);
        if (!x.every(Number.isFinite) || apart(x, was.point) > 0.15 * size) break;
        ({ velocity, slope } = velocityAndSlope(net, x, current, buffer));
      }
      const arrived = norm(velocity) <= 1e-8 * size && points.every((p) => apart(p.point, x) > 1e-6 * size);
      if (arrived) points.push(classified(net, x, current, buffer));
      else lost.push(was);
    }
    return { points: sorted(points), lost };
  };

  // The constant inputs a from `low` to `high` on channel `d`, beside `u`, at which fixed points appear or vanish: a scan of
  // `count` places, halved where their number differs.  Yields as its searches do.
  function* bifurcationSearch(net, u, d, low, high, count = 25, tolerance = 1e-5) {
    const at = (a) => u.map((value, k) => (k === d ? a : value));
    function* numberAt(a) {
      return (yield* fixedPointSearch(net, at(a))).points.length;
    }
    function* between(a, b, before, after) {
      if (before === after) return [];
      if (b - a <= tolerance) return [(a + b) / 2];
      const middle = (a + b) / 2;
      const number = yield* numberAt(middle);
      return [...(yield* between(a, middle, before, number)), ...(yield* between(middle, b, number, after))];
    }
    const places = Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
    const events = [];
    let before = yield* numberAt(low);
    for (let i = 1; i < count; i++) {
      const after = yield* numberAt(places[i]);
      events.push(...(yield* between(places[i - 1], places[i], before, after)));
      before = after;
    }
    return events;
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

  Object.assign(window.LPULab, {
    KINDS,
    boundingBox,
    grid,
    fixedPointSearch,
    fixedPoints,
    followed,
    bifurcationSearch,
    flowSearch,
    finish,
  });
})();
