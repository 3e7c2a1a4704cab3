// The landscape of two latents between the points of a grid: the flow interpolated, basins, nullclines.
(() => {
  "use strict";
  const { bifurcationSearch, fixedPointSearch, flowSearch, grid, nLatents } = window.LPULab;

  const ROOM = 1.75; // the least that a plane shows of ±κ
  const FINE = 37; // points of the flow's grid along an axis

  // Of flows {reach, values} on a square grid, the bilinear flow at (x, y).
  const interpolated = ({ reach, values }) => {
    const count = Math.round(Math.sqrt(values.length));
    const place = (x) => Math.min(count - 1.000001, Math.max(0, ((x / reach + 1) / 2) * (count - 1)));
    return (x, y) => {
      const [a, b] = [place(x), place(y)];
      const [i, j] = [Math.floor(a), Math.floor(b)];
      const [s, t] = [a - i, b - j];
      const at = (k) => (row, column) => values[row * count + column][k];
      return [0, 1].map((k) => {
        const v = at(k);
        return (1 - s) * ((1 - t) * v(i, j) + t * v(i, j + 1)) + s * ((1 - t) * v(i + 1, j) + t * v(i + 1, j + 1));
      });
    };
  };

  // Which attractor a start in each of side × side cells of ±reach comes to, by its index; −1 where it takes too long.
  const basins = (flows, attractors, side = 72) => {
    const flow = interpolated(flows);
    const { reach } = flows;
    const fastest = Math.max(...flows.values.map((v) => Math.hypot(...v))) || 1;
    const home = new Int8Array(side * side).fill(-1);
    if (attractors.length < 2) return { reach, side, home: home.fill(attractors.length - 1) };
    const near = (x, y) => attractors.findIndex(([a, b]) => Math.hypot(x - a, y - b) < 0.08 * reach);
    for (let i = 0; i < side * side; i++) {
      let x = reach * ((2 * (Math.floor(i / side) + 0.5)) / side - 1);
      let y = reach * ((2 * ((i % side) + 0.5)) / side - 1);
      for (let step = 0; step < 400 && home[i] < 0; step++) {
        home[i] = near(x, y);
        const [u, v] = flow(x, y);
        const by = (0.06 * reach) / Math.max(Math.hypot(u, v), 0.02 * fastest); // by length, slower near rest
        [x, y] = [x + by * u, y + by * v];
      }
    }
    return { reach, side, home };
  };

  // Where component k of the flows is zero: segments [x, y, x′, y′], a cell's each, by linear interpolation along its sides.
  const nullclines = ({ reach, values }, k) => {
    const count = Math.round(Math.sqrt(values.length));
    const at = (i) => reach * ((2 * i) / (count - 1) - 1);
    const value = (i, j) => values[i * count + j][k];
    const segments = [];
    for (let i = 0; i < count - 1; i++) {
      for (let j = 0; j < count - 1; j++) {
        const corners = [
          [i, j],
          [i + 1, j],
          [i + 1, j + 1],
          [i, j + 1],
        ]; // prettier-ignore
        const cuts = corners.flatMap((p, c) => {
          const q = corners[(c + 1) % 4];
          const [a, b] = [value(...p), value(...q)];
          if (a > 0 === b > 0) return [];
          const s = a / (a - b);
          return [[at(p[0] + s * (q[0] - p[0])), at(p[1] + s * (q[1] - p[1]))]];
        });
        for (let c = 0; c + 1 < cuts.length; c += 2) segments.push([...cuts[c], ...cuts[c + 1]]);
      }
    }
    return segments;
  };

  // All that a plane of ±room at least shows of a network under a constant u, as it is found: yields nothing, or {flows}, {fixed, flows}, {basins},
  // {bifurcations} of the constant input `axis` {d, low, high}.
  function* landscape({ net, u, axis, room = ROOM }) {
    const bits = nLatents(net);
    const points = (reach) => grid(Array(bits).fill(reach), bits === 1 ? 161 : FINE);
    let flows = { reach: room, values: yield* flowSearch(net, points(room), u) };
    yield { flows };
    const fixed = yield* fixedPointSearch(net, u);
    const furthest = Math.max(0, ...fixed.points.flatMap((p) => p.point.map(Math.abs)));
    const reach = Math.max(room, Math.ceil(11.5 * furthest) / 10);
    if (reach !== room) flows = { reach, values: yield* flowSearch(net, points(reach), u) };
    yield { fixed, flows };
    const attractors = fixed.points.filter((p) => p.kind === "attractor").map((p) => p.point);
    if (bits === 2) yield { basins: basins(flows, attractors) };
    if (axis) yield { bifurcations: yield* bifurcationSearch(net, u, axis.d, axis.low, axis.high) };
  }

  Object.assign(window.LPULab, { ROOM, interpolated, basins, nullclines, landscape });
})();
