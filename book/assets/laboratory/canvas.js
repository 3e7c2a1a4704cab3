// What the drawings have in common: canvases, colours, axes, marks.
(() => {
  "use strict";
  const L = window.LPULab;
  const FONT = "13px system-ui, sans-serif";

  const colours = {};
  const readColours = (lab, root) => {
    Object.assign(colours, lab.data.colours, { text: getComputedStyle(root).color });
  };

  const fit = (canvas, width, height) => {
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    const other = canvas.width !== across || canvas.height !== down;
    if (other) [canvas.width, canvas.height] = [across, down];
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = FONT;
    return { context, other };
  };

  // A picture of two layers: what stays is drawn once, on a canvas that nobody sees, and copied under what moves.
  // draw(stay, anew, move): `stay` and `move` get {context, width, height}.
  const picture = (name, attributes) => {
    const canvas = L.make("canvas", attributes);
    const [under, place] = [document.createElement("canvas"), L.make("div", { class: `lab-picture lab-${name}` }, canvas)];
    const draw = (stay, anew, move) => {
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      if (!width || !height) return;
      const below = fit(under, width, height);
      if (anew || below.other) {
        below.context.clearRect(0, 0, width, height);
        stay({ context: below.context, width, height });
      }
      const { context } = fit(canvas, width, height);
      context.clearRect(0, 0, width, height);
      context.drawImage(under, 0, 0, width, height);
      move({ context, width, height });
    };
    return { canvas, place, draw, maps: { x: null, y: null } }; // maps: data → pixels, of the last drawing
  };

  const tidy = (x) => (Math.abs(x) < 1e-9 ? "0" : String(Number(x.toPrecision(2))).replace("-", "−"));

  // Some `count` round ticks from `low` to `high`.
  const ticks = (low, high, count) => {
    const rough = (high - low) / count;
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
    for (const value of ticks(...xs, box.width < 200 ? 3 : 4)) {
      context.moveTo(x(value), box.top + box.height);
      context.lineTo(x(value), box.top + box.height + 4);
      if (showX) context.fillText(tidy(value), x(value), box.top + box.height + 6);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(...ys, box.height < 45 ? 2 : 4)) {
      context.moveTo(box.left, y(value));
      context.lineTo(box.left - 4, y(value));
      context.fillText(tidy(value), box.left - 6, y(value));
    }
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "bottom";
    if (showX) context.fillText(xLabel, box.left + box.width / 2, box.top + box.height + 37);
    context.save();
    context.translate(box.left - Math.min(34, box.left - 12), box.top + box.height / 2);
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

  const legend = (context, entries, x, y, room) => {
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [text, draw] of entries) {
      if (x + 11 + context.measureText(text).width > room) return;
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

  const line = (context, points) => {
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
  };

  const ring = (context, x, y, radius) => {
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.stroke();
  };

  // The box inside the axes; a small picture has small margins.
  const inner = ({ width, height }, head) => {
    const [left, foot] = width < 300 ? [40, 38] : [52, 42];
    return { left, top: head, width: width - left - 10, height: height - head - foot };
  };

  const sub = (lab, k) => (lab.bits === 1 ? "" : "₁₂"[k]);

  L.canvas = { picture, colours, readColours, axes, mark, legend, arrow, clip, here, line, ring, inner, sub };
})();
