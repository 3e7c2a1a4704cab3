// The latent plane: the flow, its basins and fixed points, and κ with its trail; for one bit, the speed of κ against κ.
(() => {
  "use strict";
  const L = window.LPULab;
  const { inner, axes, clip, arrow, mark, here, legend, line, ring, colours } = L.canvas;
  const TRAIL = 80; // steps that κ leaves behind itself
  const TINTS = ["blue", "vermillion", "green", "pink"];

  const tint = (context, { x, y }, { reach, side, home }) => {
    const size = (2 * reach) / side;
    const [across, down] = [x(size) - x(0), y(0) - y(size)];
    context.globalAlpha = 0.14;
    home.forEach((attractor, i) => {
      if (attractor < 0) return;
      context.fillStyle = colours[TINTS[attractor % TINTS.length]];
      const [a, b] = [-reach + Math.floor(i / side) * size, -reach + (i % side) * size];
      context.fillRect(x(a), y(b) - down, across + 0.6, down + 0.6);
    });
    context.globalAlpha = 1;
  };

  const arrows = (context, { x, y }, flows, length) => {
    const speeds = flows.values.map((flow) => Math.hypot(...flow));
    const fastest = Math.max(...speeds) || 1;
    const count = Math.round(Math.sqrt(speeds.length));
    context.lineWidth = 1.2;
    L.grid([flows.reach, flows.reach], count).forEach((point, i) => {
      const skipped = Math.floor(i / count) % 2 || (i % count) % 2;
      if (skipped || !speeds[i]) return;
      context.globalAlpha = 0.25 + 0.6 * Math.sqrt(speeds[i] / fastest);
      context.beginPath();
      arrow(context, x(point[0]), y(point[1]), Math.atan2(-flows.values[i][1], flows.values[i][0]), length);
      context.stroke();
    });
    context.globalAlpha = 1;
  };

  const stayOfPlane = (lab, view, maps) => {
    const { context } = view;
    const { flows, basins, reach, settings } = lab;
    const box = inner(view, 26);
    Object.assign(maps, axes(context, box, [-reach, reach], [-reach, reach], "κ₁", "κ₂"));
    clip(context, box);
    if (settings.basins === "yes" && basins?.reach === reach) tint(context, maps, basins);
    context.strokeStyle = colours.text;
    if (flows?.values[0].length === 2) {
      arrows(context, maps, flows, box.width / 26);
      if (settings.nullclines === "yes") {
        context.lineWidth = 2;
        [colours.blue, colours.vermillion].forEach((colour, k) => {
          context.strokeStyle = colour;
          context.setLineDash(k ? [6, 4] : []);
          for (const [a, b, c, d] of L.nullclines(flows, k)) {
            line(context, [
              [maps.x(a), maps.y(b)],
              [maps.x(c), maps.y(d)],
            ]);
          }
        });
        context.setLineDash([]);
      }
    }
    context.restore();
  };

  const stayOfLine = (lab, view, maps) => {
    const { context } = view;
    const { flows, reach } = lab;
    const box = inner(view, 26);
    const known = flows?.values[0].length === 1;
    const top = 1.1 * Math.max(1e-3, ...(known ? flows.values.map((flow) => Math.abs(flow[0])) : [0.1]));
    const { x, y } = Object.assign(maps, axes(context, box, [-reach, reach], [-top, top], "κ", "dκ/dt (per ms)"));
    clip(context, box);
    context.globalAlpha = 0.5;
    line(context, [
      [box.left, y(0)],
      [box.left + box.width, y(0)],
    ]);
    context.globalAlpha = 1;
    if (known) {
      const grid = L.grid([flows.reach], flows.values.length);
      context.lineWidth = 2;
      context.strokeStyle = colours.blue;
      line(
        context,
        grid.map(([value], i) => [x(value), y(flows.values[i][0])]),
      );
      context.strokeStyle = colours.text;
      context.lineWidth = 1.4;
      context.beginPath();
      for (let i = 8; i < grid.length; i += 12) {
        arrow(context, x(grid[i][0]), y(0), flows.values[i][0] > 0 ? 0 : Math.PI, box.width / 26);
      }
      context.stroke();
    }
    context.restore();
  };

  // What a neuron hears, m, and says, n, as arrows from the origin of the plane, each to its own scale.
  const tellNeuron = (lab, context, place, i) => {
    [
      ["embedding", colours.green, "m"],
      ["encoding", colours.vermillion, "n"],
    ].forEach(([part, colour, letter]) => {
      const v = lab.net[part].map((column) => column[i]);
      const most = Math.sqrt(Math.max(...lab.net[part].map((column) => column.reduce((a, b) => Math.max(a, b * b), 0))));
      const tip = v.map((value) => (0.8 * lab.reach * value) / (most || 1));
      const [[a, b], [c, d]] = [place(v.map(() => 0)), place(tip)];
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = 3;
      line(context, [
        [a, b],
        [c, d],
      ]);
      context.fillText(letter, c + 8 * Math.sign(c - a || 1), d);
    });
  };

  const moves = (lab, view, maps, share) => {
    const { context } = view;
    const { past, fixed, lost, grabbed, verdict, shown, bits, hovered } = lab;
    const box = inner(view, 26);
    const { x, y } = maps;
    const place = (kappa) => (bits === 2 ? [x(kappa[0]), y(kappa[1])] : [x(kappa[0]), y(0)]);
    const seen = shown === null ? past : past.slice(0, shown + 1);
    const moving =
      grabbed?.at ?? (shown === null ? lab.kappa.map((v, k) => lab.before[k] + share * (v - lab.before[k])) : null);
    const kappaNow = moving ?? past[shown].kappa;
    clip(context, box);
    context.lineWidth = 2.5;
    if (bits === 2) {
      const trail = seen.slice(-TRAIL);
      context.strokeStyle = colours.green;
      for (let i = 1; i < trail.length; i++) {
        context.globalAlpha = 0.1 + (0.8 * i) / trail.length;
        line(context, [place(trail[i - 1].kappa), place(i === trail.length - 1 && !grabbed ? kappaNow : trail[i].kappa)]);
      }
      const twins = trail.filter((entry) => entry.twin);
      context.strokeStyle = colours.pink;
      context.setLineDash([3, 3]);
      context.globalAlpha = 0.8;
      if (twins.length)
        line(
          context,
          twins.map((entry) => place(entry.twin)),
        ); // prettier-ignore
      context.setLineDash([]);
      context.globalAlpha = 1;
    }
    context.globalAlpha = 0.35;
    for (const p of lost) mark(context, p.kind, ...place(p.point));
    context.globalAlpha = 1;
    for (const p of fixed ? fixed.points : []) mark(context, p.kind, ...place(p.point));
    if (grabbed) {
      context.strokeStyle = colours.vermillion;
      context.lineWidth = 2;
      context.setLineDash([6, 4]);
      line(context, [place(grabbed.at), ...grabbed.path.map(place)]);
      context.setLineDash([1, 4]);
      line(context, [place(grabbed.from), place(grabbed.at)]);
      context.setLineDash([]);
    }
    if (hovered !== null) tellNeuron(lab, context, place, hovered);
    if (verdict) {
      context.strokeStyle = colours.pink;
      context.lineWidth = 2.5;
      ring(context, ...place(verdict.twin), 7);
    }
    const at = bits === 2 ? place(kappaNow) : [x(kappaNow[0]), y(L.flow(lab.net, kappaNow, lab.input)[0])];
    here(context, ...at);
    context.restore();
    const entries = L.KINDS.map((kind) => [kind, (a, b) => mark(context, kind, a, b)]);
    if (verdict) {
      const pink = (a, b) => {
        context.strokeStyle = colours.pink;
        ring(context, a, b, 6);
      };
      entries.push(["twin, not kicked", pink]);
    }
    legend(context, entries, box.left + 8, 11, view.width);
  };

  L.plane = (lab) => {
    const view = L.canvas.picture("plane", {
      role: "application",
      tabindex: 0,
      "aria-label":
        "The latent plane: the flow, its fixed points and κ. Press anywhere to put κ there, or move it by the arrow keys; the number keys set the bits or give the inputs.",
    });
    // `share`: how much of the last step to show as done.
    const draw = (share) => {
      const stay = (v) => (lab.bits === 2 ? stayOfPlane : stayOfLine)(lab, v, view.maps);
      view.draw(stay, lab.dirty.field, (v) => moves(lab, v, view.maps, share));
    };
    return { ...view, draw };
  };
})();
