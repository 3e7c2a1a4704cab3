// The neurons, each by its tuning and its influence.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state } = L;
  const { begin, inner, axes, clip, legend, colours } = L.canvas;
  const maps = { x: null, y: null }; // data → pixels, of the last drawing
  const rectangle = { edges: null }; // while a pointer draws one

  const draw = () => {
    const { net, bits, settings, chosen, kicked: k } = state;
    const view = begin("scatter");
    const { context } = view;
    const box = inner(view, 26);
    const [m, n] = [net.embedding[k], net.encoding[k]];
    const most = (values) => 1.08 * (values.reduce((top, x) => Math.max(top, Math.abs(x)), 0) || 1);
    const sub = bits === 1 ? "" : "₁₂"[k];
    const [mm, nn] = [most(m), most(n)];
    const { x, y } = Object.assign(maps, axes(context, box, [-mm, mm], [-nn, nn], `tuning m${sub}`, `influence n${sub}`));
    const size = m.length > 3000 ? 2 : m.length > 500 ? 3 : 5;
    clip(context, box);
    context.globalAlpha = m.length > 1000 ? 0.5 : 0.8;
    const square = (i, side) => context.fillRect(x(m[i]) - side / 2, y(n[i]) - side / 2, side, side);
    const coding = m.length - settings.redundant;
    context.fillStyle = colours.green;
    for (let i = 0; i < coding; i++) square(i, size);
    context.globalAlpha = 1;
    context.fillStyle = colours.vermillion;
    for (let i = coding; i < m.length; i++) square(i, 6); // on the line n = 0
    context.strokeStyle = colours.text;
    context.lineWidth = 1.2;
    context.beginPath();
    for (const i of chosen) {
      context.moveTo(x(m[i]) + 4.5, y(n[i]));
      context.arc(x(m[i]), y(n[i]), 4.5, 0, 7);
    }
    context.stroke();
    context.setLineDash([4, 3]);
    const asked = settings.target === "drawn" && settings.rect && settings.rect.split(",").map(Number);
    const edges = rectangle.edges || asked;
    if (edges) {
      const [a, b, c, d] = edges;
      context.strokeRect(x(a), y(d), x(b) - x(a), y(c) - y(d));
    }
    context.setLineDash([]);
    context.restore();
    const dot = (colour) => (a, b) => {
      context.fillStyle = colour;
      context.fillRect(a - 3, b - 3, 6, 6);
    };
    const ring = (a, b) => {
      context.beginPath();
      context.arc(a, b, 4.5, 0, 7);
      context.stroke();
    };
    const entries = [
      ["neuron", dot(colours.green)],
      [`kicked: ${chosen.length}`, ring],
    ];
    if (settings.redundant) entries.push(["redundant", dot(colours.vermillion)]);
    legend(context, entries, box.left + 8, 11);
  };

  L.scatter = { draw, maps, rectangle };
})();
