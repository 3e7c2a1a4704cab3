// Pointers on the drawings: a tap on the plane sends pulses, a rectangle over the neurons chooses them.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state, actions, clock, plane, scatter } = L;

  // The numbers at which an event happened, by the maps of a drawing.
  const inverse = (map, pixel) => (pixel - map(0)) / (map(1) - map(0));
  const at = (event, { maps }) => {
    const box = event.currentTarget.getBoundingClientRect();
    return [inverse(maps.x, event.clientX - box.left), inverse(maps.y, event.clientY - box.top)];
  };

  let from = null; // where the rectangle begins
  const edges = (event) => {
    const to = at(event, scatter);
    const ends = [0, 1].flatMap((k) => [Math.min(from[k], to[k]), Math.max(from[k], to[k])]);
    return ends.map((value) => Number(value.toFixed(4)));
  };
  const end = () => {
    from = scatter.rectangle.edges = null;
    state.dirty.scatter = true;
    clock.wake();
  };

  const listen = () => {
    const { canvases } = L.canvas;
    canvases.plane.addEventListener("click", (event) => {
      const point = at(event, plane).slice(0, state.bits);
      actions.send(point.map((x) => (x < 0 ? -1 : 1)));
    });
    canvases.scatter.addEventListener("pointerdown", (event) => {
      from = at(event, scatter);
      canvases.scatter.setPointerCapture(event.pointerId);
    });
    canvases.scatter.addEventListener("pointermove", (event) => {
      if (!from) return;
      scatter.rectangle.edges = edges(event);
      state.dirty.scatter = true;
      clock.wake();
    });
    canvases.scatter.addEventListener("pointerup", (event) => {
      if (!from) return;
      const [a, b, c, d] = edges(event);
      end();
      if (a === b || c === d) return;
      state.settings = { ...state.settings, rect: [a, b, c, d].join(",") };
      actions.set("target", "drawn");
      L.words.tell(`The rectangle holds ${L.plural(state.chosen.length, "neuron")}.`);
    });
    canvases.scatter.addEventListener("pointercancel", end);
  };

  L.pointers = { listen };
})();
