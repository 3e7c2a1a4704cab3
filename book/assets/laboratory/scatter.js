// The neurons, each by its tuning and its influence.
(() => {
  "use strict";
  const L = window.LPULab;
  const { inner, axes, clip, legend, ring, colours, sub } = L.canvas;

  const stay = (lab, view, maps) => {
    const { net, settings, chosen, aim: k } = lab;
    const { context } = view;
    const box = inner(view, 26);
    const [m, n] = [net.embedding[k], net.encoding[k]];
    const most = (values) => 1.08 * (values.reduce((top, x) => Math.max(top, Math.abs(x)), 0) || 1);
    const [mm, nn] = [most(m), most(n)];
    const labels = [`tuning m${sub(lab, k)}`, `influence n${sub(lab, k)}`];
    const { x, y } = Object.assign(maps, axes(context, box, [-mm, mm], [-nn, nn], ...labels));
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
    context.restore();
    const dot = (colour) => (a, b) => {
      context.fillStyle = colour;
      context.fillRect(a - 3, b - 3, 6, 6);
    };
    const entries = [
      ["neuron", dot(colours.green)],
      [`kicked: ${chosen.length}`, (a, b) => ring(context, a, b, 4.5)],
    ];
    if (settings.redundant) entries.push(["redundant", dot(colours.vermillion)]);
    legend(context, entries, box.left + 8, 11, view.width);
  };

  // The rectangle, the cursor of the keys, and the neuron under the pointer.
  const move = (lab, view, { x, y }, marks) => {
    const { context } = view;
    const { net, settings, hovered, aim: k } = lab;
    const box = inner(view, 26);
    clip(context, box);
    context.strokeStyle = colours.text;
    context.lineWidth = 1.4;
    const asked = settings.target === "drawn" && settings.rect && settings.rect.split(",").map(Number);
    const edges = marks.rectangle || asked;
    if (edges) {
      const [a, b, c, d] = edges;
      context.setLineDash([4, 3]);
      context.strokeRect(x(a), y(d), x(b) - x(a), y(c) - y(d));
      context.setLineDash([]);
    }
    if (marks.cursor) {
      const [a, b] = [x(marks.cursor[0]), y(marks.cursor[1])];
      context.beginPath();
      for (const [dx, dy] of [
        [9, 0],
        [0, 9],
      ]) {
        // prettier-ignore
        context.moveTo(a - dx, b - dy);
        context.lineTo(a + dx, b + dy);
      }
      context.stroke();
    }
    if (hovered !== null) {
      context.strokeStyle = colours.vermillion;
      context.lineWidth = 2.5;
      ring(context, x(net.embedding[k][hovered]), y(net.encoding[k][hovered]), 7);
    }
    context.restore();
  };

  L.scatter = (lab) => {
    const view = L.canvas.picture("scatter", {
      role: "application",
      tabindex: 0,
      "aria-label":
        "Each neuron by its tuning m and its influence n. Draw a rectangle to choose neurons, or move the cross by the arrow keys and draw with Shift; Enter takes it.",
    });
    const marks = { rectangle: null, cursor: null };
    const draw = () =>
      view.draw(
        (v) => stay(lab, v, view.maps),
        lab.dirty.scatter,
        (v) => move(lab, v, view.maps, marks),
      );
    return { ...view, draw, marks };
  };
})();
