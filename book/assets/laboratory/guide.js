// The guided experiments: their words, taken from the list on the page, their few controls, and whether the goal is reached.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make, button, EXPERIMENTS } = L;

  const wordsOf = (id) => document.querySelector(`[data-experiment="${id}"]`)?.closest("li");

  L.guide = (lab) => {
    const ids = Object.keys(EXPERIMENTS).filter(wordsOf);
    let memo = {};
    let done = false;

    const select = make("select", { id: `${lab.id}-try` });
    for (const [i, id] of ids.entries()) {
      select.append(make("option", { value: id }, `${i + 1}. ${wordsOf(id).querySelector("a").textContent}`));
    }
    select.append(make("option", { value: "free" }, "Free: all controls"));
    const go = (id) => lab.actions.begin(id);
    select.addEventListener("change", () => go(select.value));
    const step = (by) => {
      const at = ids.indexOf(lab.settings.try);
      go(ids[(at + by + ids.length) % ids.length]);
    };
    const chooser = make(
      "div",
      { class: "lab-buttons lab-chooser" },
      make("label", { for: select.id }, "Experiment"),
      button("‹", () => step(lab.settings.try === "free" ? 0 : -1), { "aria-label": "Previous experiment" }),
      select,
      button("›", () => step(1), { "aria-label": "Next experiment" }),
    );

    const question = make("div", { class: "lab-question" });
    const goal = make("p", { class: "lab-goal" });

    const begin = () => {
      [memo, done] = [{}, false];
      select.value = lab.settings.try;
      const words = wordsOf(lab.settings.try)?.cloneNode(true);
      for (const link of words?.querySelectorAll("a[data-experiment]") ?? []) link.replaceWith(link.textContent);
      question.replaceChildren(...(words?.childNodes ?? []));
      goal.hidden = lab.settings.try === "free";
      goal.textContent = "Goal: not reached yet.";
      goal.classList.remove("lab-reached");
    };

    const watch = () => {
      const experiment = EXPERIMENTS[lab.settings.try];
      if (!experiment || done || lab.grabbed) return;
      if (!experiment.reached(lab, memo)) return;
      done = true;
      goal.textContent = "✓ Goal reached. What did you expect?";
      goal.classList.add("lab-reached");
      lab.words.speak("Goal reached.");
    };

    return { chooser, question, goal, begin, watch };
  };
})();
