// The outputs over time, with targets, pulses and kicks.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state } = L;
  const { begin, axes, clip, legend, colours } = L.canvas;

  // `share`: how much of the next step's time has gone by.
  const draw = (share) => {
    const { net, bits, past, reach } = state;
    const view = begin("outputs");
    const { context } = view;
    const dt = net.dt;
    const gap = 16;
    const height = (view.height - 26 - 42 - gap * (bits - 1)) / bits;
    const when = (i) => (i - past.length + 1 - share) * dt;
    for (let k = 0; k < bits; k++) {
      const box = { left: 52, top: 26 + k * (height + gap), width: view.width - 64, height };
      const label = bits === 1 ? "κ" : `κ${"₁₂"[k]}`;
      const lowest = k === bits - 1;
      const { x, y } = axes(context, box, [-L.WINDOW * dt, 0], [-reach, reach], "time from now (ms)", label, lowest);
      clip(context, box);
      const line = (value) => {
        context.beginPath();
        past.forEach((entry, i) => context.lineTo(x(when(i)), y(value(entry))));
        context.stroke();
      };
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.strokeStyle = colours.grey;
      line((entry) => entry.targets[k]);
      context.setLineDash([]);
      past.forEach((entry, i) => {
        if (entry.pushed) {
          context.fillStyle = colours.pink;
          context.globalAlpha = 0.6;
          context.fillRect(x(when(i) - dt), box.top, Math.max(2, x(dt) - x(0)), box.height);
          context.globalAlpha = 1;
        }
        if (!entry.pulses[k]) return;
        context.strokeStyle = colours.vermillion;
        context.lineWidth = 2;
        context.beginPath();
        context.moveTo(x(when(i) - dt), y(0));
        context.lineTo(x(when(i) - dt), y(entry.pulses[k]));
        context.stroke();
      });
      context.strokeStyle = colours.blue;
      context.lineWidth = 2;
      line((entry) => entry.kappa[k]);
      context.restore();
    }
    const stroke =
      (colour, dash = []) =>
      (a, b) => {
        context.setLineDash(dash);
        context.strokeStyle = colour;
        context.lineWidth = 2.5;
        context.beginPath();
        context.moveTo(a - 9, b);
        context.lineTo(a + 7, b);
        context.stroke();
        context.setLineDash([]);
      };
    const entries = [
      ["output", stroke(colours.blue)],
      ["target", stroke(colours.grey, [4, 3])],
      ["pulse", stroke(colours.vermillion)],
      ["kick", stroke(colours.pink)],
    ];
    legend(context, entries, 60, 11);
  };

  L.outputs = { draw };
})();
