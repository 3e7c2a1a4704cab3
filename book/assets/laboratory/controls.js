// The controls: one for each setting, and the buttons for pulses and kicks.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make, button, state, spec } = L;
  const controls = {}; // name → {show(), row}

  const numberControl = (name, rule) => {
    const exact = make("input", {
      type: "number",
      id: `lab-${name}`,
      min: rule.low,
      max: rule.high,
      step: rule.whole ? 1 : "any",
      inputmode: "decimal",
    });
    const to = rule.log ? (value) => Math.log(value + 1) : (value) => value;
    const from = rule.log ? (x) => Number((Math.exp(x) - 1).toPrecision(2)) : (x) => Number(x.toFixed(4));
    const limit = (value) => Math.min(rule.high, Math.max(rule.low, rule.whole ? Math.round(value) : value));
    const slider = make("input", {
      type: "range",
      min: to(rule.low),
      max: to(rule.high),
      step: rule.log ? 0.01 : rule.by,
      "aria-label": rule.label,
    });
    slider.addEventListener("input", () => L.actions.set(name, limit(from(Number(slider.value)))));
    exact.addEventListener("change", () => {
      const value = Number(exact.value);
      L.actions.set(name, exact.value.trim() && Number.isFinite(value) ? limit(value) : state.settings[name]);
    });
    const show = () => {
      slider.value = to(state.settings[name]);
      slider.setAttribute("aria-valuetext", state.settings[name]);
      exact.value = state.settings[name];
    };
    return { show, row: make("div", { class: "lab-row" }, make("label", { for: exact.id }, rule.label), slider, exact) };
  };

  const choiceControl = (name, rule) => {
    const select = make("select", { id: `lab-${name}` });
    for (const [value, text] of Object.entries(rule.names)) select.append(make("option", { value }, text));
    select.addEventListener("change", () => L.actions.set(name, select.value));
    const show = () => (select.value = state.settings[name]);
    return { show, row: make("div", { class: "lab-row" }, make("label", { for: select.id }, rule.label), select) };
  };

  const control = (name) => {
    controls[name] = (spec[name].choices ? choiceControl : numberControl)(name, spec[name]);
    return controls[name].row;
  };

  const kickButton = button("Kick", () => L.actions.kick(), { class: "lab-strong" });
  const pulseButtons = make("div", { class: "lab-buttons", role: "group", "aria-label": "Pulses" });
  let offered = 0; // the channels that they are for

  const offerPulses = (bits) => {
    offered = bits;
    const values = bits === 1 ? ["0", "1"] : ["00", "01", "10", "11"];
    const pulse = (k, sign) => Array.from({ length: bits }, (_, l) => (l === k ? sign : 0));
    const single = Array.from({ length: bits }, (_, k) =>
      [-1, 1].map((sign) =>
        button(`${sign < 0 ? "−" : "+"} on ${k + 1}`, () => L.actions.send(pulse(k, sign)), {
          "aria-label": `${sign < 0 ? "−" : "+"} on ${k + 1}: a pulse of ${sign < 0 ? "−1" : "+1"} on channel ${k + 1}`,
        }),
      ),
    );
    pulseButtons.replaceChildren(
      ...values.map((value) => button(`Set ${value}`, () => L.actions.send(L.experiment.signs(value)))),
      ...(bits > 1 ? single.flat() : []),
    );
  };

  // Bring the controls to the settings and the network.
  const show = () => {
    const { settings, bits } = state;
    if (bits !== offered) offerPulses(bits);
    kickButton.textContent = `Kick ${L.plural(state.chosen.length, "neuron")}`;
    for (const { show } of Object.values(controls)) show();
    const designed = !(settings.net in L.data.trained);
    const visibleIf = {
      tau: designed,
      u2: bits === 2,
      bit: bits === 2,
      sigma: settings.drift !== "none",
      count: settings.target !== "drawn",
    };
    for (const [name, holds] of Object.entries(visibleIf)) controls[name].row.hidden = !holds;
  };

  L.controls = { control, kickButton, pulseButtons, show };
})();
