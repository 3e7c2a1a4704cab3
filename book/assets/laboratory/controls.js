// The controls: one for each setting, and the buttons for pulses and kicks.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make, button } = L;

  L.controls = (lab) => {
    const { spec } = lab;
    let shown = {}; // name → {show(), row}

    const numberControl = (name, rule, range) => {
      const id = `${lab.id}-${name}`;
      const exact = make("input", {
        type: "number",
        id,
        min: rule.low,
        max: rule.high,
        step: rule.whole ? 1 : "any",
        inputmode: "decimal",
      });
      const log = rule.log && !range;
      const { low, high, by } = { ...rule, ...range };
      const to = log ? (value) => Math.log(value + 1) : (value) => value;
      const from = log ? (x) => Number((Math.exp(x) - 1).toPrecision(2)) : (x) => Number(x.toFixed(4));
      const limit = (value) => Math.min(rule.high, Math.max(rule.low, rule.whole ? Math.round(value) : value));
      const slider = make("input", {
        type: "range",
        min: to(low),
        max: to(high),
        step: log ? 0.01 : by,
        "aria-label": rule.label,
      });
      slider.addEventListener("input", () => lab.actions.set(name, limit(from(Number(slider.value)))));
      exact.addEventListener("change", () => {
        const value = Number(exact.value);
        lab.actions.set(name, exact.value.trim() && Number.isFinite(value) ? limit(value) : lab.settings[name]);
        show();
      });
      const marks = make("datalist", { id: `${id}-marks` });
      slider.setAttribute("list", marks.id);
      const ticks = make("div", { class: "lab-ticks", role: "group", "aria-label": `marked values of ${rule.label}` });
      const row = make("div", { class: "lab-row" }, make("label", { for: id }, rule.label), slider, exact, marks, ticks);
      const tickAt = (values) => {
        if (ticks.dataset.values === String(values)) return; // else a button would go from under a finger
        ticks.dataset.values = values;
        marks.replaceChildren(...values.map((value) => make("option", { value })));
        ticks.replaceChildren(...values.map((value) => button(String(value), () => lab.actions.set(name, value))));
      };
      const show = () => {
        slider.value = to(lab.settings[name]);
        slider.setAttribute("aria-valuetext", lab.settings[name]);
        if (document.activeElement !== exact) exact.value = lab.settings[name];
      };
      return { show, row, tickAt };
    };

    const choiceControl = (name, rule) => {
      const select = make("select", { id: `${lab.id}-${name}` });
      const options = (names) => Object.entries(names).map(([value, text]) => make("option", { value }, text));
      select.append(...options(rule.names));
      for (const [label, names] of Object.entries(rule.more)) {
        if (Object.keys(names).length) select.append(make("optgroup", { label }, ...options(names)));
      }
      select.addEventListener("change", () => lab.actions.set(name, select.value));
      const show = () => (select.value = lab.settings[name]);
      return { show, row: make("div", { class: "lab-row" }, make("label", { for: select.id }, rule.label), select) };
    };

    const control = (name, range) => {
      shown[name] = (spec[name].choices ? choiceControl : numberControl)(name, spec[name], range);
      return shown[name].row;
    };
    const forget = () => (shown = {});

    const kickButton = button("Kick", () => lab.actions.kick(), { class: "lab-strong", "aria-keyshortcuts": "K" });
    const drawButton = button(
      "Draw anew",
      () => lab.actions.set("seed", (lab.settings.seed % spec.seed.high) + 1),
      { "aria-keyshortcuts": "N" }, // prettier-ignore
    );
    const pulseButtons = make("div", { class: "lab-buttons", role: "group", "aria-label": "Pulses" });
    let offered = null; // what they are for
    let keyed = []; // what the keys 1, 2, … do

    // Of a classic task: an input and its sign each, and an example trial.
    const offerInputs = ({ question, inputs }) => {
      const gives = inputs.flatMap(({ name, size, ms, signs }, channel) =>
        signs.map((sign) => ({
          text: `${sign < 0 ? "−" : signs.length > 1 ? "+" : ""} ${name}`.trim(),
          told: `${sign < 0 ? "−" : ""}${size} for ${ms} ms`,
          act: () => lab.actions.give(channel, sign),
        })),
      );
      keyed = gives.map(({ act }) => act);
      pulseButtons.replaceChildren(
        make("p", { class: "lab-task" }, question),
        ...gives.map(({ text, told, act }, i) =>
          button(text, act, { "aria-label": `${text}: ${told}`, title: told, "aria-keyshortcuts": String(i + 1) }),
        ),
        button("A trial", () => lab.actions.play(), { class: "lab-strong", "aria-keyshortcuts": "T" }),
      );
    };

    const offerPulses = (bits) => {
      const values = bits === 1 ? ["0", "1"] : ["00", "01", "10", "11"];
      const pulse = (k, sign) => Array.from({ length: bits }, (_, l) => (l === k ? sign : 0));
      const single = Array.from({ length: bits }, (_, k) =>
        [-1, 1].map((sign) =>
          button(`${sign < 0 ? "−" : "+"} on ${k + 1}`, () => lab.actions.send(pulse(k, sign)), {
            "aria-label": `${sign < 0 ? "−" : "+"} on ${k + 1}: a pulse of ${sign < 0 ? "−1" : "+1"} on channel ${k + 1}`,
          }),
        ),
      );
      keyed = values.map((value) => () => lab.actions.send(L.signs(value)));
      pulseButtons.replaceChildren(
        ...values.map((value, i) => button(`Set ${value}`, keyed[i], { "aria-keyshortcuts": String(i + 1) })),
        ...(bits > 1 && lab.settings.try === "free" ? single.flat() : []),
      );
    };

    // Bring the controls to the settings and the network.
    const show = () => {
      const { settings, bits, bifurcations, axis, task, channels } = lab;
      const wanted = `${bits} ${settings.try} ${task?.title}`;
      if (wanted !== offered) {
        if (task) offerInputs(task);
        else offerPulses(bits);
        offered = wanted;
      }
      kickButton.textContent = `Kick ${L.plural(lab.chosen.length, "neuron")}`;
      for (const { show } of Object.values(shown)) show();
      if (axis) shown[`u${axis.d + 1}`]?.tickAt((bifurcations ?? []).map((a) => Number(a.toFixed(4))));
      const designed = settings.net in lab.data.bits;
      const visibleIf = {
        tau: designed,
        u2: channels > 1,
        u3: channels > 2,
        u4: channels > 3,
        p: !task,
        bit: bits === 2,
        basins: bits === 2,
        nullclines: bits === 2,
        sigma: settings.drift !== "none",
        count: settings.target !== "drawn",
      };
      for (const [name, holds] of Object.entries(visibleIf)) if (shown[name]) shown[name].row.hidden = !holds;
    };

    return { control, forget, kickButton, drawButton, pulseButtons, show, press: (number) => keyed[number - 1] };
  };
})();
