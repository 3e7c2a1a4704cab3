// Hands on the pictures: mouse, finger and keys.  κ is put or pulled, a rectangle chooses neurons, the past is looked at.
(() => {
  "use strict";
  const L = window.LPULab;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const NEAR = 14; // px, to a neuron

  const inverse = (map, pixel) => (pixel - map(0)) / (map(1) - map(0));
  // The numbers at which an event happened, by the maps of a drawing.
  const at = (event, { canvas, maps }) => {
    const box = canvas.getBoundingClientRect();
    return [inverse(maps.x, event.clientX - box.left), inverse(maps.y, event.clientY - box.top)];
  };
  const clamp = (x, most) => Math.min(most, Math.max(-most, x));

  // Follow a pointer from its press to its release.
  const drag = (canvas, { down, move, up }) => {
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      held = event.pointerId;
      canvas.setPointerCapture(held);
      canvas.focus({ preventScroll: true });
      down(event);
    });
    canvas.addEventListener("pointermove", (event) => move(event, event.pointerId === held));
    for (const kind of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, (event) => {
        if (event.pointerId !== held) return;
        held = null;
        up(event, kind === "pointercancel");
      });
    }
  };

  const onPlane = (lab) => {
    const { plane } = lab.views;
    const point = (event) =>
      at(event, plane)
        .slice(0, lab.bits)
        .map((x) => clamp(x, lab.reach));
    const take = (event) => {
      lab.grab(point(event));
      lab.clock.wake();
    };
    const release = () => {
      if (!lab.grabbed) return; // a restart took it away
      lab.letGo();
      lab.clock.wake();
    };
    drag(plane.canvas, {
      down: take,
      move: (event, held) => held && take(event),
      up: () => {
        release();
        if (!lab.playing) lab.clock.setPlaying(!lab.clock.still.matches);
      },
    });
    plane.canvas.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (!way) return;
      event.preventDefault();
      const by = event.shiftKey ? 0.01 : 0.1;
      const from = lab.grabbed?.at ?? lab.kappa;
      lab.grab(from.map((x, k) => clamp(x + by * way[k], lab.reach)));
      lab.clock.wake();
    });
    plane.canvas.addEventListener("keyup", (event) => ARROWS[event.key] && release());
    plane.canvas.addEventListener("blur", release);
  };

  const onScatter = (lab) => {
    const { scatter } = lab.views;
    const { marks, canvas } = scatter;
    const mark = () => {
      lab.soil("marks", "plane");
      lab.clock.wake();
    };
    let from = null; // where the rectangle begins
    const edges = (to) =>
      [0, 1].flatMap((k) => [Math.min(from[k], to[k]), Math.max(from[k], to[k])].map((x) => Number(x.toFixed(4))));
    const nearest = (event) => {
      const box = canvas.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      const [m, n] = [lab.net.embedding[lab.aim], lab.net.encoding[lab.aim]];
      let [best, least] = [null, NEAR];
      for (let i = 0; i < m.length; i++) {
        const away = Math.hypot(scatter.maps.x(m[i]) - px, scatter.maps.y(n[i]) - py);
        if (away < least) [best, least] = [i, away];
      }
      return best;
    };
    const choose = () => {
      const [a, b, c, d] = marks.rectangle;
      marks.rectangle = from = null;
      mark();
      if (a === b || c === d) return;
      lab.actions.set("rect", [a, b, c, d].join(","));
      lab.actions.set("target", "drawn");
      lab.tell(`The rectangle holds ${L.plural(lab.chosen.length, "neuron")}.`);
    };
    drag(canvas, {
      down: (event) => {
        from = at(event, scatter);
        lab.hovered = nearest(event);
        mark();
      },
      move: (event, held) => {
        if (held) marks.rectangle = edges(at(event, scatter));
        else lab.hovered = nearest(event);
        mark();
      },
      up: (_, cancelled) => {
        if (cancelled || !marks.rectangle) [marks.rectangle, from] = [null, null];
        else choose();
        mark();
      },
    });
    canvas.addEventListener("pointerleave", () => {
      lab.hovered = null;
      mark();
    });
    canvas.addEventListener("blur", () => {
      marks.cursor = marks.rectangle = from = lab.hovered = null;
      mark();
    });
    canvas.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (event.key === "Enter" && marks.rectangle) choose();
      if (!way) return;
      event.preventDefault();
      const pixels = event.altKey ? 2 : 10;
      marks.cursor ??= [0, 0];
      if (event.shiftKey) from ??= [...marks.cursor];
      else from = null;
      const step = [scatter.maps.x, (v) => -scatter.maps.y(v)].map((map) => pixels / (map(1) - map(0)));
      marks.cursor = marks.cursor.map((x, k) => x + way[k] * step[k]);
      marks.rectangle = from ? edges(marks.cursor) : null;
      const box = canvas.getBoundingClientRect();
      const [x, y] = [scatter.maps.x(marks.cursor[0]), scatter.maps.y(marks.cursor[1])];
      lab.hovered = nearest({ clientX: box.left + x, clientY: box.top + y });
      mark();
    });
  };

  // Space, full stop, the numbers, T, K, N, R, U and the brackets, anywhere in the laboratory but in a field or on a button.
  const onKeys = (lab, root) => {
    const acts = {
      " ": () => lab.clock.setPlaying(!lab.playing),
      ".": () => lab.clock.byHand(1),
      k: () => lab.actions.kick(),
      n: () => lab.controls.drawButton.click(),
      r: () => lab.actions.restart(),
      t: () => lab.task && lab.actions.play(),
      u: () => lab.actions.undo(),
      "[": () => lab.actions.look(-5),
      "]": () => lab.actions.look(5),
    };
    root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = event.target.closest("input:not([type=range]), select, textarea");
      if (typing || (event.key === " " && event.target.closest("button, summary, a"))) return;
      const act = lab.controls.press(Number(event.key)) ?? acts[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    });
  };

  L.hands = (lab, root) => {
    onPlane(lab);
    if (lab.views.scatter) onScatter(lab);
    onKeys(lab, root);
  };
})();
