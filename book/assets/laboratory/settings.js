// What a reader may set, and the settings as an address's fragment.
(() => {
  "use strict";
  const { DRIFTS, EXPERIMENTS } = window.LPULab;

  const bounded = (label, low, high, byDefault, more = {}) => ({ label, low, high, default: byDefault, ...more });
  // more: further names, by the group that they are of.
  const choice = (label, names, byDefault, more = {}) => {
    const choices = [names, ...Object.values(more)].flatMap(Object.keys);
    return { label, names, more, choices, default: byDefault };
  };
  const each = (object, value) => Object.fromEntries(Object.entries(object).map(([name, of]) => [name, value(of)]));
  const same = (values) => Object.fromEntries(values.map((value) => [value, value]));
  const whole = { whole: true, by: 1 };
  const number = String.raw`-?\d{1,4}(\.\d{1,4})?`;

  const names = Object.fromEntries(Object.keys(EXPERIMENTS).map((id) => [id, id]));

  // For the numbers of tools/laboratory.py, the `spec` of what follows.
  const settingsSpec = (data) => ({
    net: {
      ...choice(
        "network",
        {
          trained: "2 bits, trained (two steps, fine-tuned)",
          direct: "2 bits, trained directly",
          two: "2 bits, designed",
          one: "1 bit, designed",
        },
        "trained",
        { "Classic tasks": each(data.classics, ({ title }) => title) },
      ),
      sizes: each(data.classics, ({ neurons }) => neurons), // a classic network begins with all of its neurons
    },
    n: bounded("neurons N", 5, 10000, 100, { ...whole, log: true }),
    tau: choice("latent timescale (ms)", same(Object.keys(data.laws)), "20"),
    redundant: bounded("redundant neurons added", 0, 3000, 0, { ...whole, log: true }),
    seed: bounded("draw number", 1, 9999, 1, whole),
    drift: choice("drift of the embedding", { none: "none", ...same(DRIFTS) }, "none"),
    sigma: bounded("drift strength σ", 0, 3, 0.5, { by: 0.01 }),
    u1: bounded("constant input 1", -1, 1, 0, { by: 0.01 }),
    u2: bounded("constant input 2", -1, 1, 0, { by: 0.01 }),
    u3: bounded("constant input 3", -1, 1, 0, { by: 0.01 }),
    u4: bounded("constant input 4", -1, 1, 0, { by: 0.01 }),
    noise: bounded("noise in each neuron's current, s.d. σ_ε", 0, 5, 0, { by: 0.05 }),
    spikes: bounded("spikes: peak rate (per second; 0: rates)", 0, 1000, 0, { by: 10 }),
    p: bounded("chance of a pulse in a step", 0, 0.2, 0, { by: 0.005 }),
    speed: choice("steps a second", same(["5", "20", "60", "240"]), "20"),
    start: { default: "01", pattern: /^[01]{0,2}$/ },
    target: choice(
      "which neurons",
      {
        tuned: "the most tuned, by |m|",
        influential: "the most influential, by |n|",
        redundant: "redundant ones, n = 0",
        drawn: "those in the rectangle you draw",
      },
      "tuned",
    ),
    count: bounded("how many", 1, 10000, 20, { ...whole, log: true }),
    bit: choice("bit", same(["1", "2"]), "1"),
    sign: choice("each pushed along the sign of", { m: "its tuning m", n: "its influence n" }, "m"),
    height: bounded("height of the push", 0, 20, 5, { by: 0.1 }),
    steps: bounded("steps it lasts", 1, 40, 1, whole),
    basins: choice("basins of attraction", { yes: "shaded", no: "not shown" }, "yes"),
    nullclines: choice("nullclines", { no: "not shown", yes: "drawn" }, "no"),
    try: choice("experiment", { free: "all controls", ...names }, "free"),
    rect: { default: "", pattern: new RegExp(`^(${number}(,${number}){3})?$`) },
  });

  // What an address starts from: the defaults, or those of a guided experiment, or of a network.
  const base = (id, net, spec) => {
    const guided = spec.try && Object.hasOwn(EXPERIMENTS, id ?? "") ? { ...EXPERIMENTS[id].settings, try: id } : {};
    const named = spec.net?.choices.includes(net) ? net : guided.net;
    const own = Object.hasOwn(spec.net?.sizes ?? {}, named ?? "") ? { n: spec.net.sizes[named] } : {};
    return { ...each(spec, (rule) => rule.default), ...own, ...guided };
  };

  // `spec`: name → {default, choices} or {default, low, high, whole} or {default, pattern}.  Bad values fall back to their
  // defaults and are named in `problems`.
  const parseSettings = (text, spec) => {
    const problems = [];
    const wanted = new URLSearchParams(text.replace(/^#/, ""));
    const settings = base(wanted.get("try"), wanted.get("net"), spec);
    for (const [name, value] of wanted) {
      const rule = Object.hasOwn(spec, name) ? spec[name] : null;
      if (!rule) {
        problems.push(`there is no setting “${name.slice(0, 20)}”`);
        continue;
      }
      const number = Number(value);
      const isNumber = value.trim() !== "" && Number.isFinite(number);
      const fits = rule.choices
        ? rule.choices.includes(value)
        : rule.pattern
          ? rule.pattern.test(value)
          : isNumber && number >= rule.low && number <= rule.high && (!rule.whole || Number.isInteger(number));
      if (fits) settings[name] = rule.choices || rule.pattern ? value : number;
      else problems.push(`${name} cannot be “${value.slice(0, 20)}”`);
    }
    return { settings, problems };
  };

  // What differs from where an address starts, as its fragment.
  const formatSettings = (settings, spec) => {
    const from = { ...base(settings.try, settings.net, spec), ...(spec.try ? { try: spec.try.default } : {}) };
    const changed = Object.keys(spec).filter((name) => settings[name] !== from[name]);
    return changed
      .sort((a, b) => (b === "try") - (a === "try"))
      .map((name) => `${name}=${settings[name]}`)
      .join("&");
  };

  Object.assign(window.LPULab, { settingsSpec, parseSettings, formatSettings });
})();
