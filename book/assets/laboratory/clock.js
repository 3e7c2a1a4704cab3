// The clock: in each frame searches, steps and drawings, as far as there is time and something to do.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state, words } = L;
  const { dirty } = state;
  const BUDGET = 7; // ms of a frame for searches, and as many for steps

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let [visible, frame, last, owed] = [true, 0, 0, 0];
  const cost = { work: 0, steps: 0, draw: 0, frames: 0 }; // ms, summed over frames

  const wake = () => {
    if (!frame) frame = requestAnimationFrame(tick);
  };

  const tick = (now) => {
    frame = 0;
    const running = state.playing && visible && !document.hidden;
    const begun = performance.now();
    if (L.search.isOn()) L.search.goOn(begun + BUDGET);
    const worked = performance.now();
    if (running) {
      owed += Math.min(0.25, last ? (now - last) / 1000 : 0) * Number(state.settings.speed);
      const end = worked + BUDGET;
      for (; owed >= 1 && performance.now() < end; owed--) L.experiment.step();
      if (owed >= 1) owed = 0; // the machine is too slow for this speed: drop what is owed
      dirty.plane = dirty.outputs = true;
    }
    last = running ? now : 0;
    const stepped = performance.now();
    if (dirty.plane) L.plane.draw(running ? owed : 1);
    if (dirty.scatter) L.scatter.draw();
    if (dirty.outputs) L.outputs.draw(running ? owed - 1 : 0);
    dirty.plane = dirty.scatter = dirty.outputs = false;
    words.write();
    if (running) words.speak();
    cost.work += worked - begun;
    cost.steps += stepped - worked;
    cost.draw += performance.now() - stepped;
    cost.frames++;
    if (running || L.search.isOn()) wake();
  };

  const playButton = L.button("Pause", () => setPlaying(!state.playing));
  const setPlaying = (value) => {
    state.playing = value;
    playButton.textContent = value ? "Pause" : "Play";
    wake();
  };
  const setVisible = (value) => {
    visible = value;
    wake();
  };

  const byHand = (count) => {
    setPlaying(false);
    const before = words.status.textContent;
    for (let i = 0; i < count; i++) L.experiment.step();
    dirty.plane = dirty.outputs = true;
    if (words.status.textContent === before) words.tell(words.sentence()); // unless a kick had its say
    wake();
  };

  const redraw = () => {
    dirty.plane = dirty.scatter = dirty.outputs = true;
    wake();
  };

  L.clock = { still, cost, playButton, wake, setPlaying, setVisible, byHand, redraw };
})();
