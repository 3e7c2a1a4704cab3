// What a reader can do: change a setting, take all from an address, send pulses, kick.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state, address, clock, experiment } = L;
  const REBUILDS = ["net", "n", "tau", "redundant", "seed", "drift", "sigma"];

  const note = L.make("p", { class: "lab-note", role: "status", hidden: "" });

  const set = (name, value) => {
    state.settings = { ...state.settings, [name]: value };
    if (REBUILDS.includes(name)) experiment.rebuild();
    else if (["u1", "u2"].includes(name)) experiment.drive();
    else if (["noise", "p"].includes(name)) state.tally.restart();
    else L.kicks.choose();
    L.controls.show();
    note.hidden = true;
    address.writeSoon();
    clock.wake();
  };

  const apply = ({ settings, problems }) => {
    state.settings = settings;
    state.bits = 0; // begin anew, whatever ran before
    experiment.rebuild();
    L.controls.show();
    note.hidden = !problems.length;
    note.textContent = problems.length ? `This link is not quite right: ${problems.join("; ")}. The defaults stand in.` : "";
    address.showLink();
    L.words.speakSoon();
    clock.setPlaying(!clock.still.matches);
  };

  const reset = () => {
    apply(L.parseSettings("", L.spec));
    address.write();
  };

  const restart = () => {
    experiment.restart();
    clock.wake();
  };

  const send = (pulses) => {
    experiment.queue(pulses);
    if (!state.playing) clock.byHand(10);
  };

  const kick = () => {
    const steps = L.kicks.begin();
    if (!steps) return;
    if (state.playing) clock.wake();
    else clock.byHand(steps);
  };

  L.actions = { note, set, apply, reset, restart, send, kick };
})();
