// The clock: in each frame searches, steps and drawings, as far as there is time and something to do.
(() => {
  "use strict";
  const L = window.LPULab;
  const BUDGET = 7; // ms of a frame for searches, and as many for steps
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  L.clock = (lab) => {
    const { dirty } = lab;
    let [visible, frame, last, owed] = [true, 0, 0, 0];
    const cost = { work: 0, steps: 0, draw: 0, frames: 0 }; // ms, summed over frames

    const wake = () => {
      if (!frame) frame = requestAnimationFrame(tick);
    };

    const tick = (now) => {
      frame = 0;
      const running = lab.playing && visible && !document.hidden && !lab.grabbed;
      const begun = performance.now();
      if (lab.search.isOn()) lab.search.goOn(begun + BUDGET);
      const worked = performance.now();
      if (running) {
        owed += Math.min(0.25, last ? (now - last) / 1000 : 0) * Number(lab.settings.speed);
        const end = worked + BUDGET;
        for (; owed >= 1 && performance.now() < end; owed--) lab.step();
        if (owed >= 1) owed = 0; // the machine is too slow for this speed: drop what is owed
        dirty.plane = dirty.outputs = true;
      }
      last = running ? now : 0;
      const stepped = performance.now();
      if (dirty.plane || dirty.field) lab.views.plane.draw(running ? owed : 1);
      if (dirty.scatter || dirty.marks) lab.views.scatter?.draw();
      if (dirty.outputs) lab.views.outputs?.draw(running ? owed - 1 : 0);
      dirty.field = dirty.plane = dirty.scatter = dirty.marks = dirty.outputs = false;
      lab.everyFrame?.();
      cost.work += worked - begun;
      cost.steps += stepped - worked;
      cost.draw += performance.now() - stepped;
      cost.frames++;
      if (running || lab.search.isOn()) wake();
    };

    const playButton = L.button("Pause", () => setPlaying(!lab.playing), { "aria-keyshortcuts": "Space" });
    const setPlaying = (value) => {
      lab.playing = value;
      lab.shown = value ? null : lab.shown;
      playButton.textContent = value ? "Pause" : "Play";
      wake();
    };
    const setVisible = (value) => {
      visible = value;
      wake();
    };

    const byHand = (count) => {
      setPlaying(false);
      lab.shown = null;
      for (let i = 0; i < count; i++) lab.step();
      lab.soil("plane", "outputs");
      wake();
    };

    const redraw = () => {
      lab.soil("field", "plane", "scatter", "outputs");
      wake();
    };

    return { still, cost, playButton, wake, setPlaying, setVisible, byHand, redraw };
  };
})();
