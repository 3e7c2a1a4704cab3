// A laboratory in its place: the whole of it, with guide and controls, or a figure with a control or two.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make, button, EXPERIMENTS } = L;
  let number = 0;

  const ALL = {
    Network: ["net", "n", "tau", "redundant", "seed"],
    "Drift and input": ["drift", "sigma", "u1", "u2", "u3", "u4", "noise", "spikes", "p"],
    "Kick neurons": ["bit", "target", "count", "sign", "height", "steps"],
    View: ["basins", "nullclines", "speed"],
  };

  // root: the element to fill.  text: its first settings, as an address has them.  figure: null, or for a figure in a chapter
  // {pictures, controls, kick, pulses, link}.
  L.laboratory = (root, data, text, figure = null) => {
    const lab = L.model(data);
    lab.id = figure ? `lab-figure-${++number}` : "lab";
    lab.search = L.search(lab);
    lab.clock = L.clock(lab);
    lab.words = L.words(lab);
    lab.controls = L.controls(lab);
    const pictures = figure?.pictures ?? ["plane", "scatter", "outputs"];
    lab.views = Object.fromEntries(pictures.map((name) => [name, L[name](lab)]));
    lab.guide = figure ? null : L.guide(lab);
    if (!figure) lab.address = L.address(lab);
    const { clock, words, controls, guide } = lab;
    const note = make("p", { class: "lab-note", role: "status", hidden: "" });
    const panel = make("div", { class: "lab-panel" });

    // The controls that the experiment needs; all of them where none is chosen.
    const layOutPanel = () => {
      const few = figure ?? EXPERIMENTS[lab.settings.try] ?? null;
      controls.forget();
      const rows = few
        ? few.controls.map((name) => controls.control(name, few.ranges?.[name]))
        : Object.entries(ALL).map(([legend, names]) =>
            make("fieldset", {}, make("legend", {}, legend), ...names.map((name) => controls.control(name))),
          );
      const needs = (name) => !few || few[name];
      const draws = !few || few.controls.includes("seed");
      panel.replaceChildren(
        ...(guide ? [guide.chooser, guide.question, guide.goal] : []),
        ...(needs("kick") ? [make("div", { class: "lab-buttons" }, controls.kickButton)] : []),
        ...(needs("pulses") ? [controls.pulseButtons] : []),
        ...rows,
        ...(draws ? [make("div", { class: "lab-buttons" }, controls.drawButton)] : []),
        ...(guide ? [lab.address.row()] : []),
        ...(figure ? [figure.link(lab)] : []),
      );
    };

    const show = () => {
      controls.show();
      past.max = Math.max(0, lab.past.length - 1);
      undoButton.disabled = !lab.undoable.length;
    };

    const begin = ({ settings, problems = [] }) => {
      const tried = lab.net ? lab.settings.try : null;
      lab.begin(settings);
      if (tried !== settings.try) layOutPanel();
      guide?.begin();
      show();
      note.hidden = !problems.length;
      note.textContent = problems.length
        ? `This link is not quite right: ${problems.join("; ")}. The defaults stand in.`
        : "";
      clock.setPlaying(!clock.still.matches);
    };

    const after = () => {
      show();
      note.hidden = true;
      lab.address?.writeSoon();
      clock.wake();
    };
    lab.actions = {
      set: (name, value) => {
        lab.set(name, value);
        after();
      },
      begin: (id) => {
        begin(L.parseSettings(`try=${id}`, lab.spec));
        lab.address?.write();
      },
      apply: begin,
      undo: () => {
        const tried = lab.settings.try;
        if (!lab.undo()) return;
        if (tried !== lab.settings.try) {
          layOutPanel();
          guide?.begin();
        }
        after();
      },
      reset: () => lab.actions.begin(lab.settings.try),
      restart: () => {
        lab.restart();
        guide?.begin();
        clock.wake();
      },
      send: (pulses) => {
        lab.queue(pulses);
        if (!lab.playing) clock.byHand(10);
      },
      // While the clock stands, an input waits for it, so that others may join.
      give: (channel, sign) => {
        L.give(lab, channel, sign);
        const { name, size, ms } = lab.task.inputs[channel];
        if (!lab.playing) lab.tell(`${name}: ${sign < 0 ? "−" : ""}${size} for ${ms} ms, from the next step on.`);
        clock.wake();
      },
      play: () => {
        const steps = lab.play();
        if (lab.playing) clock.wake();
        else clock.byHand(steps);
      },
      kick: () => {
        const steps = L.beginKick(lab);
        if (!steps) return;
        if (lab.playing) clock.wake();
        else clock.byHand(steps);
      },
      // Look at the past: `by` steps on, or back.
      look: (by) => {
        if (!lab.past.length) return;
        clock.setPlaying(false);
        const last = lab.past.length - 1;
        const at = Math.min(last, Math.max(0, (lab.shown ?? last) + by));
        lab.shown = at === last ? null : at;
        past.value = at;
        lab.soil("plane", "outputs");
        clock.wake();
      },
    };

    const undoButton = button("Undo", lab.actions.undo, { "aria-keyshortcuts": "U" });
    const past = make("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Look at the last seconds" });
    past.addEventListener("input", () => lab.actions.look(Number(past.value) - (lab.shown ?? lab.past.length - 1)));
    const time = make(
      "div",
      { class: "lab-buttons lab-time", role: "group", "aria-label": "Clock" },
      clock.playButton,
      button("Step", () => clock.byHand(1), { "aria-keyshortcuts": "." }),
      button("50 steps", () => clock.byHand(50)),
      button("Restart", lab.actions.restart, { "aria-keyshortcuts": "R" }),
      ...(figure ? [] : [undoButton, button("Reset", lab.actions.reset)]),
      make("label", { class: "lab-past" }, "the past", past),
    );

    const stage = make(
      "div",
      { class: "lab-stage" },
      make("div", { class: "lab-pictures" }, ...Object.values(lab.views).map(({ place }) => place)),
      words.readout,
      time,
    );
    const body = make("div", { class: "lab-body" }, stage, panel);
    root.classList.add("lab", figure ? "lab-figure" : "lab-whole");
    root.replaceChildren(note, body, words.status);

    lab.found = () => {
      controls.show();
      clock.wake();
    };
    lab.everyFrame = () => {
      words.write();
      guide?.watch();
      if (lab.playing) {
        words.speakAtTimes();
        past.max = past.value = Math.max(0, lab.past.length - 1);
      }
    };

    L.canvas.readColours(lab, root);
    new MutationObserver(() => {
      L.canvas.readColours(lab, root);
      clock.redraw();
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(() => {
      root.style.setProperty("--lab-stage", `${stage.offsetHeight}px`);
      clock.redraw();
    }).observe(root);
    new IntersectionObserver((entries) => clock.setVisible(entries.at(-1).isIntersecting)).observe(stage);
    document.addEventListener("visibilitychange", clock.wake);
    clock.still.addEventListener("change", () => clock.still.matches && clock.setPlaying(false));
    begin(L.parseSettings(text, lab.spec));
    L.hands(lab, root);
    return lab;
  };
})();
