// What the drawings have in common: canvases, colours, axes, marks.
(() => {
  "use strict";
  const L = window.LPULab;
  const FONT = "13px system-ui, sans-serif";

  const canvases = {};
  const picture = (name, label) => {
    canvases[name] = L.make("canvas", { role: "img", "aria-label": label });
    return L.make("div", { class: `lab-picture lab-${name}` }, canvases[name]);
  };

  const colours = { ...L.data.colours };
  const readColours = () => {
    colours.text = getComputedStyle(L.root).color;
  };

  // A canvas cleared, in CSS pixels.
  const begin = (name) => {
    const canvas = canvases[name];
    const context = canvas.getContext("2d");
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    return { context, width, height };
  };

  const tidy = (x) => (Math.abs(x) < 1e-9 ? "0" : String(Number(x.toPrecision(2))).replace("-", "−"));

  // About four round ticks within ±limit.
  const ticks = (low, high) => {
    const rough = (high - low) / 4;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const by = [1, 2, 5, 10].map((x) => x * unit).find((x) => x >= rough);
    const first = Math.ceil(low / by - 1e-9);
    return Array.from({ length: Math.floor(high / by + 1e-9) - first + 1 }, (_, i) => (first + i) * by);
  };

  // Axes around a box of the canvas; returns maps from data to pixels.
  const axes = (context, box, xs, ys, xLabel, yLabel, showX = true) => {
    const x = (value) => box.left + ((value - xs[0]) / (xs[1] - xs[0])) * box.width;
    const y = (value) => box.top + box.height - ((value - ys[0]) / (ys[1] - ys[0])) * box.height;
    context.strokeStyle = context.fillStyle = colours.text;
    context.globalAlpha = 1;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(box.left, box.top);
    context.lineTo(box.left, box.top + box.height);
    context.lineTo(box.left + box.width, box.top + box.height);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks(...xs)) {
      context.moveTo(x(value), box.top + box.height);
      context.lineTo(x(value), box.top + box.height + 4);
      if (showX) context.fillText(tidy(value), x(value), box.top + box.height + 6);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(...ys)) {
      context.moveTo(box.left, y(value));
      context.lineTo(box.left - 4, y(value));
      context.fillText(tidy(value), box.left - 6, y(value));
    }
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "bottom";
    if (showX) context.fillText(xLabel, box.left + box.width / 2, box.top + box.height + 38);
    context.save();
    context.translate(box.left - 34, box.top + box.height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(yLabel, 0, 0);
    context.restore();
    return { x, y };
  };

  const marks = {
    attractor: (c, x, y) => {
      c.moveTo(x - 6, y - 6);
      c.lineTo(x + 6, y + 6);
      c.moveTo(x + 6, y - 6);
      c.lineTo(x - 6, y + 6);
    },
    saddle: (c, x, y) => c.rect(x - 5, y - 5, 10, 10),
    repeller: (c, x, y) => {
      c.moveTo(x + 6, y);
      c.arc(x, y, 6, 0, 7);
    },
  };
  const mark = (context, kind, x, y) => {
    context.beginPath();
    marks[kind](context, x, y);
    context.lineWidth = kind === "attractor" ? 6 : 1;
    context.strokeStyle = colours.text;
    context.fillStyle = colours[kind];
    if (kind !== "attractor") context.fill();
    context.stroke();
    if (kind !== "attractor") return;
    context.lineWidth = 3.5;
    context.strokeStyle = colours.attractor;
    context.stroke();
  };

  const legend = (context, entries, x, y) => {
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [text, draw] of entries) {
      draw(x, y);
      context.fillStyle = colours.text;
      context.fillText(text, x + 11, y);
      x += context.measureText(text).width + 30;
    }
  };

  const arrow = (context, x, y, angle, length) => {
    const [dx, dy] = [Math.cos(angle) * length, Math.sin(angle) * length];
    context.moveTo(x - dx / 2, y - dy / 2);
    context.lineTo(x + dx / 2, y + dy / 2);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(x + dx / 2, y + dy / 2);
      context.lineTo(x + dx / 2 + 4 * Math.cos(angle + turn), y + dy / 2 + 4 * Math.sin(angle + turn));
    }
  };

  const clip = (context, box) => {
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
  };

  const here = (context, x, y) => {
    context.beginPath();
    context.arc(x, y, 7, 0, 7);
    context.lineWidth = 2.5;
    context.fillStyle = colours.green;
    context.strokeStyle = colours.text;
    context.fill();
    context.stroke();
  };

  const inner = ({ width, height }, head) => ({ left: 52, top: head, width: width - 64, height: height - head - 42 });

  L.canvas = { canvases, picture, colours, readColours, begin, axes, mark, legend, arrow, clip, here, inner };
})();
