// The latent plane: the flow, its fixed points, and κ with its trail; for one bit, the speed of κ against κ.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state } = L;
  const { begin, inner, axes, clip, arrow, mark, here, legend, colours } = L.canvas;
  const TRAIL = 80; // steps that κ leaves behind itself
  const maps = { x: null, y: null }; // data → pixels, of the last drawing

  const drawField = (context, box, kappaNow) => {
    const { flows, fixed, past, reach } = state;
    const { x, y } = Object.assign(maps, axes(context, box, [-reach, reach], [-reach, reach], "κ₁", "κ₂"));
    clip(context, box);
    if (flows && flows.values[0].length === 2) {
      const speeds = flows.values.map((flow) => Math.hypot(...flow));
      const fastest = Math.max(...speeds) || 1;
      const grid = L.grid([flows.reach, flows.reach], Math.round(Math.sqrt(flows.values.length)));
      context.lineWidth = 1.2;
      grid.forEach((point, i) => {
        if (!speeds[i]) return;
        context.globalAlpha = 0.25 + 0.6 * Math.sqrt(speeds[i] / fastest);
        context.beginPath();
        arrow(context, x(point[0]), y(point[1]), Math.atan2(-flows.values[i][1], flows.values[i][0]), box.width / 26);
        context.stroke();
      });
    }
    const trail = past.slice(-TRAIL);
    context.strokeStyle = colours.green;
    context.lineWidth = 2.5;
    for (let i = 1; i < trail.length; i++) {
      const last = i === trail.length - 1;
      const end = last ? kappaNow : trail[i].kappa;
      context.globalAlpha = 0.1 + (0.8 * i) / trail.length;
      context.beginPath();
      context.moveTo(x(trail[i - 1].kappa[0]), y(trail[i - 1].kappa[1]));
      context.lineTo(x(end[0]), y(end[1]));
      context.stroke();
    }
    context.globalAlpha = 1;
    for (const p of fixed ? fixed.points : []) mark(context, p.kind, x(p.point[0]), y(p.point[1]));
    here(context, x(kappaNow[0]), y(kappaNow[1]));
    context.restore();
  };

  const drawLine = (context, box, kappaNow) => {
    const { flows, fixed, reach } = state;
    const known = flows && flows.values[0].length === 1;
    const top = 1.1 * Math.max(1e-3, ...(known ? flows.values.map((flow) => Math.abs(flow[0])) : [0.1]));
    const { x, y } = Object.assign(maps, axes(context, box, [-reach, reach], [-top, top], "κ", "dκ/dt (per ms)"));
    clip(context, box);
    context.globalAlpha = 0.5;
    context.beginPath();
    context.moveTo(box.left, y(0));
    context.lineTo(box.left + box.width, y(0));
    context.stroke();
    context.globalAlpha = 1;
    if (known) {
      const grid = L.grid([flows.reach], flows.values.length);
      context.lineWidth = 2;
      context.strokeStyle = colours.blue;
      context.beginPath();
      grid.forEach(([value], i) => context.lineTo(x(value), y(flows.values[i][0])));
      context.stroke();
      context.strokeStyle = colours.text;
      context.lineWidth = 1.4;
      context.beginPath();
      for (let i = 8; i < grid.length; i += 12) {
        arrow(context, x(grid[i][0]), y(0), flows.values[i][0] > 0 ? 0 : Math.PI, box.width / 26);
      }
      context.stroke();
    }
    for (const p of fixed ? fixed.points : []) mark(context, p.kind, x(p.point[0]), y(0));
    here(context, x(kappaNow[0]), y(L.flow(state.net, kappaNow, state.input)[0]));
    context.restore();
  };

  // `share`: how much of the last step to show as done.
  const draw = (share) => {
    const view = begin("plane");
    const { context } = view;
    const box = inner(view, 26);
    const kappaNow = state.kappa.map((x, k) => state.before[k] + share * (x - state.before[k]));
    if (state.bits === 2) drawField(context, box, kappaNow);
    else drawLine(context, box, kappaNow);
    legend(
      context,
      L.KINDS.map((kind) => [kind, (a, b) => mark(context, kind, a, b)]),
      box.left + 8,
      11,
    );
  };

  L.plane = { draw, maps };
})();
