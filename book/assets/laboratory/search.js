// The flow over the plane and its fixed points, searched in slices of frames.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state } = L;
  let work = null;

  const points = () => L.grid(Array(state.bits).fill(state.reach), state.bits === 1 ? 161 : 19);

  function* searching() {
    const { net, input, dirty } = state;
    const flows = yield* L.flowSearch(net, points(), input);
    state.flows = { reach: state.reach, values: flows };
    dirty.plane = true;
    const found = yield* L.fixedPointSearch(net, input);
    const furthest = Math.max(0, ...found.points.flatMap((p) => p.point.map(Math.abs)));
    const room = Math.max(L.ROOM, Math.ceil(11.5 * furthest) / 10);
    state.fixed = found;
    dirty.plane = true;
    if (room === state.reach) return;
    state.reach = room;
    state.flows = { reach: room, values: yield* L.flowSearch(net, points(), input) };
    dirty.plane = dirty.outputs = true;
  }

  const begin = () => {
    state.fixed = null;
    work = searching();
  };
  const isOn = () => work !== null;
  const goOn = (until) => {
    do {
      if (work.next().done) work = null;
    } while (work && performance.now() < until);
  };

  L.search = { begin, isOn, goOn };
})();
