// The outputs over time, with targets, pulses, kicks and spikes.
(() => {
  "use strict";
  const L = window.LPULab;
  const { axes, clip, legend, line, colours, sub } = L.canvas;
  const GAP = 14;

  const drawBit = (lab, context, box, maps, k, when) => {
    const { past, net, shown } = lab;
    const { x, y } = maps;
    const dt = net.dt;
    clip(context, box);
    // In pieces, where a value is missing between.
    const path = (value) => {
      context.beginPath();
      let last = null;
      past.forEach((entry, i) => {
        const here = value(entry);
        if (here !== null) context[last === null ? "moveTo" : "lineTo"](x(when(i)), y(here));
        last = here;
      });
      context.stroke();
    };
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.strokeStyle = colours.grey;
    path((entry) => entry.targets[k]);
    context.setLineDash([]);
    past.forEach((entry, i) => {
      if (entry.pushed) {
        context.fillStyle = colours.pink;
        context.globalAlpha = 0.6;
        context.fillRect(x(when(i) - dt), box.top, Math.max(2, x(dt) - x(0)), box.height);
        context.globalAlpha = 1;
      }
      if (lab.task || !entry.pulses[k]) return;
      context.strokeStyle = colours.vermillion;
      context.lineWidth = 2;
      line(context, [
        [x(when(i) - dt), y(0)],
        [x(when(i) - dt), y(entry.pulses[k])],
      ]);
    });
    context.strokeStyle = colours.blue;
    context.lineWidth = 2;
    path((entry) => entry.kappa[k]);
    context.strokeStyle = colours.pink;
    context.setLineDash([3, 3]);
    path((entry) => (entry.twin ? entry.twin[k] : null));
    context.setLineDash([]);
    if (shown !== null) {
      context.strokeStyle = colours.text;
      line(context, [
        [x(when(shown)), box.top],
        [x(when(shown)), box.top + box.height],
      ]);
    }
    context.restore();
  };

  // The inputs of a classic task, a row each, up for above 0 and down for below.
  const drawInputs = (lab, context, box, x, when) => {
    const { past, net, channels, task } = lab;
    const high = box.height / channels;
    const most = task.inputs.map((input) => input.size);
    for (let d = 0; d < channels; d++) {
      const middle = box.top + (d + 0.5) * high;
      context.fillStyle = colours.text;
      context.textAlign = "right";
      context.textBaseline = "middle";
      if (high >= 12) context.fillText(`u${"₁₂₃₄"[d]}`, box.left - 6, middle);
      context.globalAlpha = 0.3;
      context.fillRect(box.left, middle, box.width, 1);
      context.globalAlpha = 1;
      clip(context, box);
      context.fillStyle = colours.vermillion;
      past.forEach((entry, i) => {
        const tall = Math.min(1, Math.abs(entry.pulses[d]) / most[d]) * 0.45 * high;
        const up = entry.pulses[d] > 0;
        if (tall) context.fillRect(x(when(i) - net.dt), up ? middle - tall : middle, x(net.dt) - x(0) + 0.5, tall);
      });
      context.restore();
    }
  };

  // Spikes of the most tuned neurons, a row each, a tick for each step in which one fired.
  const drawSpikes = (lab, context, box, x, when) => {
    const rows = lab.rastered.length;
    clip(context, box);
    context.fillStyle = colours.text;
    lab.past.forEach((entry, i) => {
      entry.spikes?.forEach((count, row) => {
        if (count)
          context.fillRect(x(when(i)), box.top + ((row + 0.15) * box.height) / rows, 1.5, (0.7 * box.height) / rows);
      });
    });
    context.restore();
  };

  L.outputs = (lab) => {
    const view = L.canvas.picture("outputs", {
      role: "img",
      "aria-label": "The outputs over time, with targets, pulses and kicks.",
    });

    // `share`: how much of the next step's time has gone by.
    const move = ({ context, width, height: whole }, share) => {
      const { net, bits, past, reach, settings, task, channels } = lab;
      const small = width < 450;
      const [left, foot] = [small ? 40 : 52, small ? 36 : 42];
      const room = whole - 26 - foot;
      const strip = task ? Math.min(14 * channels, 0.4 * room) : 0;
      const raster = settings.spikes ? 0.4 * (room - strip) : 0;
      const height = (room - strip - raster - GAP * (bits - 1)) / bits;
      const when = (i) => (i - past.length + 1 - share) * net.dt;
      for (let k = 0; k < bits; k++) {
        const box = { left, top: 26 + strip + raster + k * (height + GAP), width: width - left - 10, height };
        const maps = axes(
          context,
          box,
          [-L.WINDOW * net.dt, 0],
          [-reach, reach],
          "time from now (ms)",
          `κ${sub(lab, k)}`,
          k === bits - 1,
        );
        if (k === 0) Object.assign(view.maps, maps);
        drawBit(lab, context, box, maps, k, when);
        if (k === 0 && strip) drawInputs(lab, context, { ...box, top: 26, height: strip - 4 }, maps.x, when);
        if (k === 0 && raster) drawSpikes(lab, context, { ...box, top: 26 + strip, height: raster - 6 }, maps.x, when);
      }
      const stroke =
        (colour, dash = []) =>
        (a, b) => {
          context.setLineDash(dash);
          context.strokeStyle = colour;
          context.lineWidth = 2.5;
          line(context, [
            [a - 9, b],
            [a + 7, b],
          ]);
          context.setLineDash([]);
        };
      const entries = [
        ["output", stroke(colours.blue)],
        ["target", stroke(colours.grey, [4, 3])],
        [task ? "input" : "pulse", stroke(colours.vermillion)],
        ["kick", stroke(colours.pink)],
        ["twin", stroke(colours.pink, [3, 3])],
      ];
      legend(context, entries, left + 8, 11, width);
    };
    const draw = (share) =>
      view.draw(
        () => {},
        false,
        (v) => move(v, share),
      ); // prettier-ignore
    return { ...view, draw };
  };
})();
