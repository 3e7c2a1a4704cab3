// The laboratory's page: controls, drawings and the clock, on the theory of laboratory.js.
(() => {
  "use strict";
  const L = window.LPULab;
  const root = document.getElementById("lpu-laboratory");
  const data = JSON.parse(document.getElementById("laboratory-data").textContent);
  const BUDGET = 7; // ms of a frame for searches that may wait
  const WINDOW = 300; // steps that the outputs' plot shows
  const TRAIL = 80; // steps that κ leaves behind itself
  const AFTER = 40; // steps from a kick's end to its verdict
  const ROOM = 1.75; // the least that the plane shows of ±κ
  const PAUSE = 5000; // ms between two sentences of the spoken status

  // ---------------------------------------------------------------- settings

  const bounded = (label, low, high, byDefault, more = {}) => ({ label, low, high, default: byDefault, ...more });
  const choice = (label, names, byDefault) => ({ label, names, choices: Object.keys(names), default: byDefault });
  const same = (values) => Object.fromEntries(values.map((value) => [value, value]));
  const whole = { whole: true, by: 1 };
  const number = String.raw`-?\d{1,4}(\.\d{1,4})?`;

  const SPEC = {
    net: choice("network", {
      trained: "2 bits, trained (two steps, fine-tuned)",
      direct: "2 bits, trained directly",
      two: "2 bits, designed",
      one: "1 bit, designed",
    }, "trained"),
    n: bounded("neurons N", 5, 10000, 100, { ...whole, log: true }),
    tau: choice("latent timescale (ms)", same(Object.keys(data.laws)), "20"),
    redundant: bounded("redundant neurons added", 0, 3000, 0, { ...whole, log: true }),
    seed: bounded("draw number", 1, 9999, 1, whole),
    drift: choice("drift of the embedding", { none: "none", ...same(L.DRIFTS) }, "none"),
    sigma: bounded("drift strength σ", 0, 3, 0.5, { by: 0.01 }),
    u1: bounded("constant input 1", -1, 1, 0, { by: 0.01 }),
    u2: bounded("constant input 2", -1, 1, 0, { by: 0.01 }),
    noise: bounded("noise, s.d. a neuron", 0, 5, 0, { by: 0.05 }),
    p: bounded("chance of a pulse", 0, 0.2, data.task.pulseProbability, { by: 0.005 }),
    speed: choice("steps a second", same(["5", "20", "60", "240"]), "20"),
    start: { default: "01", pattern: /^[01]{0,2}$/ },
    target: choice("which neurons", {
      tuned: "the most tuned, by |m|",
      influential: "the most influential, by |n|",
      redundant: "redundant ones, n = 0",
      drawn: "those in the rectangle you draw",
    }, "tuned"),
    count: bounded("how many", 1, 10000, 20, { ...whole, log: true }),
    bit: choice("bit", same(["1", "2"]), "1"),
    sign: choice("each pushed along the sign of", { m: "its tuning m", n: "its influence n" }, "m"),
    height: bounded("height of the push", 0, 20, 5, { by: 0.1 }),
    steps: bounded("steps it lasts", 1, 40, 1, whole),
    rect: { default: "", pattern: new RegExp(`^(${number}(,${number}){3})?$`) },
  };
  const GROUPS = [
    ["Network", ["net", "n", "tau", "redundant", "seed"]],
    ["Drift and input", ["drift", "sigma", "u1", "u2", "noise"]],
    ["Kick neurons", ["bit", "target", "count", "sign", "height", "steps"]],
  ];
  const REBUILDS = ["net", "n", "tau", "redundant", "seed", "drift", "sigma"];

  let settings = L.parseSettings("", SPEC).settings;
  const controls = {}; // name → {show(), row}

  // ---------------------------------------------------------------- the page's parts

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const button = (text, act, attributes = {}) => {
    const node = make("button", { type: "button", ...attributes }, text);
    node.addEventListener("click", act);
    return node;
  };

  const canvases = {};
  const picture = (name, label) => {
    canvases[name] = make("canvas", { role: "img", "aria-label": label });
    return make("div", { class: `lab-picture lab-${name}` }, canvases[name]);
  };

  const numberControl = (name, rule) => {
    const exact = make("input", {
      type: "number", id: `lab-${name}`, min: rule.low, max: rule.high, step: rule.whole ? 1 : "any", inputmode: "decimal",
    });
    const to = rule.log ? (value) => Math.log(value + 1) : (value) => value;
    const from = rule.log ? (x) => Number((Math.exp(x) - 1).toPrecision(2)) : (x) => Number(x.toFixed(4));
    const limit = (value) => Math.min(rule.high, Math.max(rule.low, rule.whole ? Math.round(value) : value));
    const slider = make("input", {
      type: "range", min: to(rule.low), max: to(rule.high), step: rule.log ? 0.01 : rule.by, "aria-label": rule.label,
    });
    slider.addEventListener("input", () => set(name, limit(from(Number(slider.value)))));
    exact.addEventListener("change", () => {
      const value = Number(exact.value);
      set(name, exact.value.trim() && Number.isFinite(value) ? limit(value) : settings[name]);
    });
    const show = () => {
      slider.value = to(settings[name]);
      slider.setAttribute("aria-valuetext", settings[name]);
      exact.value = settings[name];
    };
    return { show, row: make("div", { class: "lab-row" }, make("label", { for: exact.id }, rule.label), slider, exact) };
  };

  const choiceControl = (name, rule) => {
    const select = make("select", { id: `lab-${name}` });
    for (const [value, text] of Object.entries(rule.names)) select.append(make("option", { value }, text));
    select.addEventListener("change", () => set(name, select.value));
    const show = () => (select.value = settings[name]);
    return { show, row: make("div", { class: "lab-row" }, make("label", { for: select.id }, rule.label), select) };
  };

  const control = (name) => {
    controls[name] = (SPEC[name].choices ? choiceControl : numberControl)(name, SPEC[name]);
    return controls[name].row;
  };

  const playButton = button("Pause", () => setPlaying(!playing));
  const link = make("input", { type: "text", readonly: "", id: "lab-link" });
  const note = make("p", { class: "lab-note", role: "status", hidden: "" });
  const readout = make("p", { class: "lab-readout" });
  const status = make("p", { class: "lab-status", role: "status", "aria-live": "polite" });
  const pulseButtons = make("div", { class: "lab-buttons", role: "group", "aria-label": "Pulses" });
  const kickButton = button("Kick", () => kick(), { class: "lab-strong" });

  const copyLink = async () => {
    writeAddress();
    link.value = location.href;
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {
      link.select(); // an old browser, or no leave to write: select it, and try the old way
      document.execCommand("copy");
    }
    tell("The link is copied.");
  };

  const layOut = () => {
    const group = ([legend, names], ...more) =>
      make("fieldset", {}, make("legend", {}, legend), ...names.map(control), ...more);
    const another = button("Draw anew", () => set("seed", (settings.seed % SPEC.seed.high) + 1));
    root.replaceChildren(
      note,
      make("div", { class: "lab-pictures" },
        picture("plane", "The latent plane: the flow, its fixed points and κ. Tap a corner to send its pulses."),
        picture("outputs", "The outputs over time, with targets, pulses and kicks."),
        make("div", { class: "lab-bar" },
          readout,
          make("div", { class: "lab-buttons", role: "group", "aria-label": "Clock" },
            playButton,
            button("Step", () => byHand(1)),
            button("50 steps", () => byHand(50)),
            button("Restart", () => restart()),
            button("Reset all", () => {
              apply(L.parseSettings("", SPEC));
              writeAddress();
            }),
          ),
          pulseButtons,
          make("div", { class: "lab-buttons" }, kickButton),
          make("div", { class: "lab-groups" }, control("p"), control("speed")),
          status,
        ),
        picture("scatter", "Each neuron by its tuning m and its influence n. Draw a rectangle to choose neurons."),
      ),
      make("div", { class: "lab-groups" },
        group(GROUPS[0], another), group(GROUPS[1]), group(GROUPS[2])),
      make("div", { class: "lab-row lab-share" },
        make("label", { for: "lab-link" }, "this experiment"), link, button("Copy link", copyLink)),
    );
  };

  const layOutPulses = () => {
    const bits = L.nLatents(net);
    const states = bits === 1 ? ["0", "1"] : ["00", "01", "10", "11"];
    const pulse = (k, sign) => Array.from({ length: bits }, (_, l) => (l === k ? sign : 0));
    const single = Array.from({ length: bits }, (_, k) => [-1, 1].map((sign) =>
      button(`${sign < 0 ? "−" : "+"} on ${k + 1}`, () => send(pulse(k, sign)), {
        "aria-label": `${sign < 0 ? "−" : "+"} on ${k + 1}: a pulse of ${sign < 0 ? "−1" : "+1"} on channel ${k + 1}`,
      })));
    pulseButtons.replaceChildren(
      ...states.map((state) => button(`Set ${state}`, () => send(signs(state)))),
      ...(bits > 1 ? single.flat() : []),
    );
  };

  // ---------------------------------------------------------------- the network and its state

  let net, bits, targets, tally, kappa, before, rng, current, buffer, clock, past, queued, push, chosen, verdict;
  let [flows, fixed, reach, work] = [null, null, ROOM, null];

  const signs = (state) => [...state].map((bit) => (bit === "1" ? 1 : -1));
  const bitsOf = (values) => values.map((x) => (x > 0 ? "1" : "0")).join("");
  const kicked = () => Math.min(Number(settings.bit), bits) - 1;
  const input = () => [settings.u1, settings.u2].slice(0, bits);

  const rebuild = () => {
    net = L.build(settings, data);
    const again = bits === L.nLatents(net);
    bits = L.nLatents(net);
    buffer = new Float64Array(L.nNeurons(net));
    [push, verdict] = [null, null];
    choose();
    if (!again) {
      layOutPulses();
      restart();
    }
    drive();
  };

  // New currents: a new flow, a new count.
  const drive = () => {
    current = L.drive(net, input());
    tally.restart();
    search();
  };

  const restart = () => {
    rng = L.random(settings.seed, 4);
    kappa = L.encode(net, buffer.map(() => data.task.initialStd * rng.normal()));
    before = kappa;
    tally = L.score(bits, data.task.settle);
    targets = tally.targets;
    past = [];
    clock = 0;
    [push, verdict] = [null, null];
    const start = signs(settings.start).slice(0, bits);
    queued = start.length === bits ? start : null;
    dirty.outputs = dirty.plane = true;
    wake();
  };

  const step = () => {
    const random = L.samplePulses(bits, settings.p, rng);
    const pulses = queued ? queued.map((p, k) => p || random[k]) : random;
    queued = null;
    const now = current.slice();
    pulses.forEach((p, d) => {
      const w = net.inputWeights[d];
      if (p) for (let i = 0; i < now.length; i++) now[i] += w[i] * p;
    });
    if (settings.noise) for (let i = 0; i < now.length; i++) now[i] += settings.noise * rng.normal();
    const pushed = push && push.left > 0;
    if (verdict) verdict.twin = L.step(net, verdict.twin, now, buffer);
    if (pushed) {
      push.neurons.forEach((i, j) => (now[i] += push.values[j]));
      push.left--;
    }
    before = kappa;
    kappa = L.step(net, kappa, now, buffer);
    tally.add(pulses, kappa);
    past.push({ kappa, pulses, targets: [...targets], pushed });
    if (past.length > WINDOW) past.shift();
    clock++;
    if (verdict) judge();
  };

  const send = (pulses) => {
    queued = pulses.map((p, k) => p || (queued ? queued[k] : 0));
    if (!playing) byHand(10);
  };

  // ---------------------------------------------------------------- kicks

  const isRedundant = (i) => i >= L.nNeurons(net) - settings.redundant;

  // The neurons that a kick would reach.
  const choose = () => {
    const k = kicked();
    const [m, n] = [net.embedding[k], net.encoding[k]];
    if (settings.target === "drawn") {
      const [a, b, c, d] = settings.rect.split(",").map(Number);
      chosen = settings.rect ? [...m.keys()].filter((i) => m[i] >= a && m[i] <= b && n[i] >= c && n[i] <= d) : [];
    } else if (settings.target === "redundant") {
      chosen = L.largest(m.map((x, i) => (isRedundant(i) ? x : 0)), settings.count);
    } else chosen = L.largest(settings.target === "tuned" ? m : n, settings.count);
    kickButton.textContent = `Kick ${plural(chosen.length, "neuron")}`;
    dirty.scatter = true;
  };

  // A push of the chosen neurons towards the other value of the bit.
  const kick = () => {
    const k = kicked();
    if (!chosen.length) return tell("There are no such neurons: add redundant ones, or draw a rectangle.");
    const towards = -Math.sign(kappa[k]) || 1;
    const pattern = settings.sign === "m" ? net.embedding[k] : net.encoding[k];
    const values = chosen.map((i) => towards * settings.height * Math.sign(pattern[i]));
    if (values.every((x) => x === 0)) return tell("This pushes nobody: the height is 0, or the influence, whose sign you chose, is.");
    push = { neurons: chosen, values, left: settings.steps };
    verdict = { k, twin: kappa, most: 0, left: settings.steps + AFTER, count: chosen.length };
    if (!playing) byHand(settings.steps + AFTER);
    else wake();
  };

  // What the kick has done to κ: it against a twin that hears all the same but the kick.
  const judge = () => {
    const { k, twin, count } = verdict;
    verdict.most = Math.max(verdict.most, Math.abs(kappa[k] - twin[k]));
    if (--verdict.left > 0) return;
    const kept = Math.sign(kappa[k]) === Math.sign(twin[k]) ? "the bit held" : "the bit flipped";
    const moved = verdict.most ? `moved by up to ${verdict.most.toPrecision(2)}` : "did not move at all";
    tell(`You kicked ${plural(count, "neuron")}: κ${bits === 1 ? "" : "₁₂"[k]} ${moved}, and ${kept}.`);
    verdict = null;
  };

  // ---------------------------------------------------------------- flow and fixed points, spread over frames

  const points = () => L.grid(Array(bits).fill(reach), bits === 1 ? 161 : 19);

  function* searching() {
    const u = input();
    const seen = yield* L.flowSearch(net, points(), u);
    flows = { reach, values: seen };
    dirty.plane = true;
    const found = yield* L.fixedPointSearch(net, u);
    const furthest = Math.max(0, ...found.points.flatMap((p) => p.point.map(Math.abs)));
    const room = Math.max(ROOM, Math.ceil(11.5 * furthest) / 10);
    fixed = found;
    dirty.plane = true;
    if (room === reach) return;
    reach = room;
    flows = { reach, values: yield* L.flowSearch(net, points(), u) };
    dirty.plane = dirty.outputs = true;
  }

  const search = () => {
    fixed = null;
    work = searching();
    wake();
  };

  const doWork = (end) => {
    do {
      if (work.next().done) work = null;
    } while (work && performance.now() < end);
  };

  // ---------------------------------------------------------------- drawing

  let colours = {};
  const readColours = () => {
    const style = getComputedStyle(root);
    colours = { ...data.colours, text: style.color, ground: style.getPropertyValue("--pst-color-background").trim() || "white" };
    dirty.plane = dirty.scatter = dirty.outputs = true;
  };

  const dirty = { plane: true, scatter: true, outputs: true };
  const FONT = "13px system-ui, sans-serif";

  // A canvas cleared, in CSS pixels.
  const begin = (name) => {
    const canvas = canvases[name];
    const context = canvas.getContext("2d");
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    return { context, width, height };
  };

  const tidy = (x) => (Math.abs(x) < 1e-9 ? "0" : String(Number(x.toPrecision(2))).replace("-", "−"));

  // About four round ticks within ±limit.
  const ticks = (low, high) => {
    const rough = (high - low) / 4;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const by = [1, 2, 5, 10].map((x) => x * unit).find((x) => x >= rough);
    const first = Math.ceil(low / by - 1e-9);
    return Array.from({ length: Math.floor(high / by + 1e-9) - first + 1 }, (_, i) => (first + i) * by);
  };

  // Axes around a box of the canvas; returns maps from data to pixels.
  const axes = (context, box, xs, ys, xLabel, yLabel, showX = true) => {
    const x = (value) => box.left + ((value - xs[0]) / (xs[1] - xs[0])) * box.width;
    const y = (value) => box.top + box.height - ((value - ys[0]) / (ys[1] - ys[0])) * box.height;
    context.strokeStyle = context.fillStyle = colours.text;
    context.globalAlpha = 1;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(box.left, box.top);
    context.lineTo(box.left, box.top + box.height);
    context.lineTo(box.left + box.width, box.top + box.height);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks(...xs)) {
      context.moveTo(x(value), box.top + box.height);
      context.lineTo(x(value), box.top + box.height + 4);
      if (showX) context.fillText(tidy(value), x(value), box.top + box.height + 6);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(...ys)) {
      context.moveTo(box.left, y(value));
      context.lineTo(box.left - 4, y(value));
      context.fillText(tidy(value), box.left - 6, y(value));
    }
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "bottom";
    if (showX) context.fillText(xLabel, box.left + box.width / 2, box.top + box.height + 38);
    context.save();
    context.translate(box.left - 34, box.top + box.height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(yLabel, 0, 0);
    context.restore();
    return { x, y };
  };

  const marks = {
    attractor: (c, x, y) => {
      c.moveTo(x - 6, y - 6);
      c.lineTo(x + 6, y + 6);
      c.moveTo(x + 6, y - 6);
      c.lineTo(x - 6, y + 6);
    },
    saddle: (c, x, y) => c.rect(x - 5, y - 5, 10, 10),
    repeller: (c, x, y) => {
      c.moveTo(x + 6, y);
      c.arc(x, y, 6, 0, 7);
    },
  };
  const mark = (context, kind, x, y) => {
    context.beginPath();
    marks[kind](context, x, y);
    context.lineWidth = kind === "attractor" ? 6 : 1;
    context.strokeStyle = colours.text;
    context.fillStyle = colours[kind];
    if (kind !== "attractor") context.fill();
    context.stroke();
    if (kind !== "attractor") return;
    context.lineWidth = 3.5;
    context.strokeStyle = colours.attractor;
    context.stroke();
  };

  const legend = (context, entries, x, y) => {
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [text, draw] of entries) {
      draw(x, y);
      context.fillStyle = colours.text;
      context.fillText(text, x + 11, y);
      x += context.measureText(text).width + 30;
    }
  };
  const kindsLegend = (context, x, y) =>
    legend(context, L.KINDS.map((kind) => [kind, (a, b) => mark(context, kind, a, b)]), x, y);

  const plane = { x: null, y: null }; // data → pixels, of the last drawing
  const inner = ({ width, height }, head) => ({ left: 52, top: head, width: width - 64, height: height - head - 42 });

  const drawPlane = (share) => {
    const view = begin("plane");
    const { context } = view;
    const box = inner(view, 26);
    const kappaNow = kappa.map((x, k) => before[k] + share * (x - before[k]));
    if (bits === 2) drawField(context, box, kappaNow);
    else drawLine(context, box, kappaNow);
    kindsLegend(context, box.left + 8, 11);
  };

  const arrow = (context, x, y, angle, length) => {
    const [dx, dy] = [Math.cos(angle) * length, Math.sin(angle) * length];
    context.moveTo(x - dx / 2, y - dy / 2);
    context.lineTo(x + dx / 2, y + dy / 2);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(x + dx / 2, y + dy / 2);
      context.lineTo(x + dx / 2 + 4 * Math.cos(angle + turn), y + dy / 2 + 4 * Math.sin(angle + turn));
    }
  };

  const clip = (context, box) => {
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
  };

  const here = (context, x, y) => {
    context.beginPath();
    context.arc(x, y, 7, 0, 7);
    context.lineWidth = 2.5;
    context.fillStyle = colours.green;
    context.strokeStyle = colours.text;
    context.fill();
    context.stroke();
  };

  const drawField = (context, box, kappaNow) => {
    const { x, y } = Object.assign(plane, axes(context, box, [-reach, reach], [-reach, reach], "κ₁", "κ₂"));
    clip(context, box);
    if (flows && flows.values[0].length === 2) {
      const speeds = flows.values.map((flow) => Math.hypot(...flow));
      const fastest = Math.max(...speeds) || 1;
      const grid = L.grid([flows.reach, flows.reach], Math.round(Math.sqrt(flows.values.length)));
      context.lineWidth = 1.2;
      grid.forEach((point, i) => {
        if (!speeds[i]) return;
        context.globalAlpha = 0.25 + 0.6 * Math.sqrt(speeds[i] / fastest);
        context.beginPath();
        arrow(context, x(point[0]), y(point[1]), Math.atan2(-flows.values[i][1], flows.values[i][0]), box.width / 26);
        context.stroke();
      });
    }
    const trail = past.slice(-TRAIL);
    context.strokeStyle = colours.green;
    context.lineWidth = 2.5;
    for (let i = 1; i < trail.length; i++) {
      const last = i === trail.length - 1;
      const end = last ? kappaNow : trail[i].kappa;
      context.globalAlpha = 0.1 + (0.8 * i) / trail.length;
      context.beginPath();
      context.moveTo(x(trail[i - 1].kappa[0]), y(trail[i - 1].kappa[1]));
      context.lineTo(x(end[0]), y(end[1]));
      context.stroke();
    }
    context.globalAlpha = 1;
    for (const p of fixed ? fixed.points : []) mark(context, p.kind, x(p.point[0]), y(p.point[1]));
    here(context, x(kappaNow[0]), y(kappaNow[1]));
    context.restore();
  };

  const drawLine = (context, box, kappaNow) => {
    const known = flows && flows.values[0].length === 1;
    const top = 1.1 * Math.max(1e-3, ...(known ? flows.values.map((flow) => Math.abs(flow[0])) : [0.1]));
    const { x, y } = Object.assign(plane, axes(context, box, [-reach, reach], [-top, top], "κ", "dκ/dt (per ms)"));
    clip(context, box);
    context.globalAlpha = 0.5;
    context.beginPath();
    context.moveTo(box.left, y(0));
    context.lineTo(box.left + box.width, y(0));
    context.stroke();
    context.globalAlpha = 1;
    if (known) {
      const grid = L.grid([flows.reach], flows.values.length);
      context.lineWidth = 2;
      context.strokeStyle = colours.blue;
      context.beginPath();
      grid.forEach(([value], i) => context.lineTo(x(value), y(flows.values[i][0])));
      context.stroke();
      context.strokeStyle = colours.text;
      context.lineWidth = 1.4;
      context.beginPath();
      for (let i = 8; i < grid.length; i += 12) {
        arrow(context, x(grid[i][0]), y(0), flows.values[i][0] > 0 ? 0 : Math.PI, box.width / 26);
      }
      context.stroke();
    }
    for (const p of fixed ? fixed.points : []) mark(context, p.kind, x(p.point[0]), y(0));
    here(context, x(kappaNow[0]), y(L.flow(net, kappaNow, input())[0]));
    context.restore();
  };

  const scatter = { x: null, y: null, drag: null };

  const drawScatter = () => {
    const view = begin("scatter");
    const { context } = view;
    const box = inner(view, 26);
    const k = kicked();
    const [m, n] = [net.embedding[k], net.encoding[k]];
    const most = (values) => 1.08 * (values.reduce((top, x) => Math.max(top, Math.abs(x)), 0) || 1);
    const sub = bits === 1 ? "" : "₁₂"[k];
    const [mm, nn] = [most(m), most(n)];
    const { x, y } = Object.assign(scatter, axes(context, box, [-mm, mm], [-nn, nn], `tuning m${sub}`, `influence n${sub}`));
    const size = m.length > 3000 ? 2 : m.length > 500 ? 3 : 5;
    clip(context, box);
    context.globalAlpha = m.length > 1000 ? 0.5 : 0.8;
    const square = (i, side) => context.fillRect(x(m[i]) - side / 2, y(n[i]) - side / 2, side, side);
    const coding = m.length - settings.redundant;
    context.fillStyle = colours.green;
    for (let i = 0; i < coding; i++) square(i, size);
    context.globalAlpha = 1;
    context.fillStyle = colours.vermillion;
    for (let i = coding; i < m.length; i++) square(i, 6); // on the line n = 0
    context.strokeStyle = colours.text;
    context.lineWidth = 1.2;
    context.beginPath();
    for (const i of chosen) {
      context.moveTo(x(m[i]) + 4.5, y(n[i]));
      context.arc(x(m[i]), y(n[i]), 4.5, 0, 7);
    }
    context.stroke();
    context.setLineDash([4, 3]);
    const edges = scatter.drag || (settings.target === "drawn" && settings.rect && settings.rect.split(",").map(Number));
    if (edges) {
      const [a, b, c, d] = edges;
      context.strokeRect(x(a), y(d), x(b) - x(a), y(c) - y(d));
    }
    context.setLineDash([]);
    context.restore();
    const dot = (colour) => (a, b) => {
      context.fillStyle = colour;
      context.fillRect(a - 3, b - 3, 6, 6);
    };
    const ring = (a, b) => {
      context.beginPath();
      context.arc(a, b, 4.5, 0, 7);
      context.stroke();
    };
    const entries = [["neuron", dot(colours.green)], [`kicked: ${chosen.length}`, ring]];
    if (settings.redundant) entries.push(["redundant", dot(colours.vermillion)]);
    legend(context, entries, box.left + 8, 11);
  };

  const drawOutputs = (share) => {
    const view = begin("outputs");
    const { context } = view;
    const dt = net.dt;
    const gap = 16;
    const height = (view.height - 26 - 42 - gap * (bits - 1)) / bits;
    const when = (i) => (i - past.length + 1 - share) * dt;
    for (let k = 0; k < bits; k++) {
      const box = { left: 52, top: 26 + k * (height + gap), width: view.width - 64, height };
      const label = bits === 1 ? "κ" : `κ${"₁₂"[k]}`;
      const lowest = k === bits - 1;
      const { x, y } = axes(context, box, [-WINDOW * dt, 0], [-reach, reach], "time from now (ms)", label, lowest);
      clip(context, box);
      const line = (value) => {
        context.beginPath();
        past.forEach((entry, i) => context.lineTo(x(when(i)), y(value(entry))));
        context.stroke();
      };
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.strokeStyle = colours.grey;
      line((entry) => entry.targets[k]);
      context.setLineDash([]);
      past.forEach((entry, i) => {
        if (entry.pushed) {
          context.fillStyle = colours.pink;
          context.globalAlpha = 0.6;
          context.fillRect(x(when(i) - dt), box.top, Math.max(2, x(dt) - x(0)), box.height);
          context.globalAlpha = 1;
        }
        if (!entry.pulses[k]) return;
        context.strokeStyle = colours.vermillion;
        context.lineWidth = 2;
        context.beginPath();
        context.moveTo(x(when(i) - dt), y(0));
        context.lineTo(x(when(i) - dt), y(entry.pulses[k]));
        context.stroke();
      });
      context.strokeStyle = colours.blue;
      context.lineWidth = 2;
      line((entry) => entry.kappa[k]);
      context.restore();
    }
    const stroke = (colour, dash = []) => (a, b) => {
      context.setLineDash(dash);
      context.strokeStyle = colour;
      context.lineWidth = 2.5;
      context.beginPath();
      context.moveTo(a - 9, b);
      context.lineTo(a + 7, b);
      context.stroke();
      context.setLineDash([]);
    };
    const entries = [["output", stroke(colours.blue)], ["target", stroke(colours.grey, [4, 3])],
      ["pulse", stroke(colours.vermillion)], ["kick", stroke(colours.pink)]];
    legend(context, entries, 60, 11);
  };

  // ---------------------------------------------------------------- words

  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const counted = () => {
    if (!fixed) return "looking for fixed points";
    const parts = L.KINDS.map((kind) => [fixed.points.filter((p) => p.kind === kind).length, kind]);
    const seen = parts.filter(([count]) => count).map(([count, kind]) => plural(count, kind)).join(", ");
    return fixed.complete ? seen : `${seen} (one may be missing)`;
  };
  const accuracy = () => (tally.counted ? `${tally.accuracy.toFixed(3)} over ${plural(tally.counted, "step")}` : "not yet");
  const holds = () => (targets.includes(0) ? "has not been told its bits" : `holds ${bitsOf(kappa)}, told ${bitsOf(targets)}`);

  const write = () => {
    const values = kappa.map((x) => x.toFixed(2).replace("-", "−")).join(", ");
    readout.textContent = `κ = ${bits === 1 ? values : `(${values})`} · ${holds()} · ${counted()} · accuracy ${accuracy()}`;
  };

  let [toTell, told] = [null, -Infinity];
  const tell = (text, atOnce = true) => {
    toTell = text;
    if (atOnce) told = -Infinity;
    speak();
  };
  const sentence = () =>
    `${playing ? "Running" : "Paused"}: ${plural(L.nNeurons(net), "neuron")}, ${counted()}. ` +
    `The network ${holds()}. All-bits accuracy: ${accuracy()}.`;
  const speak = () => {
    const now = performance.now();
    if (now - told < PAUSE) return;
    const text = toTell || sentence();
    if (text !== status.textContent) status.textContent = text;
    [toTell, told] = [null, now];
  };

  // ---------------------------------------------------------------- the clock

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let [playing, visible, frame, last, owed] = [!still.matches, true, 0, 0, 0];
  const cost = { work: 0, steps: 0, draw: 0, frames: 0 }; // ms, summed over frames

  const wake = () => {
    if (!frame) frame = requestAnimationFrame(tick);
  };

  const tick = (now) => {
    frame = 0;
    const running = playing && visible && !document.hidden;
    const begun = performance.now();
    if (work) doWork(begun + BUDGET);
    const worked = performance.now();
    if (running) {
      owed += Math.min(0.25, last ? (now - last) / 1000 : 0) * Number(settings.speed);
      const end = worked + BUDGET;
      for (; owed >= 1 && performance.now() < end; owed--) step();
      if (owed >= 1) owed = 0; // the machine is too slow for this speed: drop what is owed
      dirty.plane = dirty.outputs = true;
    }
    last = running ? now : 0;
    const stepped = performance.now();
    const share = running ? owed : 1;
    if (dirty.plane) drawPlane(share);
    if (dirty.scatter) drawScatter();
    if (dirty.outputs) drawOutputs(running ? owed - 1 : 0);
    dirty.plane = dirty.scatter = dirty.outputs = false;
    write();
    if (running) speak();
    cost.work += worked - begun;
    cost.steps += stepped - worked;
    cost.draw += performance.now() - stepped;
    cost.frames++;
    if (running || work) wake();
  };

  const byHand = (count) => {
    setPlaying(false);
    const before = status.textContent;
    for (let i = 0; i < count; i++) step();
    dirty.plane = dirty.outputs = true;
    if (!toTell && status.textContent === before) tell(sentence()); // unless a kick had its say
    wake();
  };

  const setPlaying = (value) => {
    playing = value;
    playButton.textContent = playing ? "Pause" : "Play";
    wake();
  };

  // ---------------------------------------------------------------- settings come and go

  let writing = 0;
  const address = () => {
    const text = L.formatSettings(settings, SPEC);
    return text ? `#${text}` : location.pathname + location.search;
  };
  const writeAddress = () => {
    clearTimeout(writing);
    history.replaceState(null, "", address());
    link.value = location.href;
  };
  const show = () => {
    for (const { show } of Object.values(controls)) show();
    const designed = !(settings.net in data.trained);
    const visibleIf = { tau: designed, u2: bits === 2, bit: bits === 2, sigma: settings.drift !== "none",
      count: settings.target !== "drawn" };
    for (const [name, holds] of Object.entries(visibleIf)) controls[name].row.hidden = !holds;
  };

  const set = (name, value) => {
    settings = { ...settings, [name]: value };
    if (REBUILDS.includes(name)) rebuild();
    else if (["u1", "u2"].includes(name)) drive();
    else if (["noise", "p"].includes(name)) tally.restart();
    else choose();
    show();
    note.hidden = true;
    clearTimeout(writing);
    writing = setTimeout(writeAddress, 200);
    wake();
  };

  const apply = ({ settings: wanted, problems }) => {
    settings = wanted;
    bits = 0; // begin anew, whatever ran before
    rebuild();
    show();
    note.hidden = !problems.length;
    note.textContent = problems.length ? `This link is not quite right: ${problems.join("; ")}. The defaults stand in.` : "";
    link.value = location.href;
    [toTell, told] = [null, performance.now() - PAUSE + 1500]; // the next sentence soon, when something is known
    setPlaying(!still.matches);
  };

  const isSettings = () => location.hash.includes("=");

  // ---------------------------------------------------------------- pointers

  const at = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const inverse = (map, pixel) => (pixel - map(0)) / (map(1) - map(0));

  const listen = () => {
    canvases.plane.addEventListener("click", (event) => {
      const [px, py] = at(event);
      const point = [inverse(plane.x, px), inverse(plane.y, py)].slice(0, bits);
      send(point.map((x) => (x < 0 ? -1 : 1)));
    });

    let from = null;
    const edges = (event) => {
      const [px, py] = at(event);
      const [a, b] = [from, [inverse(scatter.x, px), inverse(scatter.y, py)]];
      const ends = [0, 1].flatMap((k) => [Math.min(a[k], b[k]), Math.max(a[k], b[k])]);
      return ends.map((value) => Number(value.toFixed(4)));
    };
    canvases.scatter.addEventListener("pointerdown", (event) => {
      const [px, py] = at(event);
      from = [inverse(scatter.x, px), inverse(scatter.y, py)];
      canvases.scatter.setPointerCapture(event.pointerId);
    });
    canvases.scatter.addEventListener("pointermove", (event) => {
      if (!from) return;
      scatter.drag = edges(event);
      dirty.scatter = true;
      wake();
    });
    canvases.scatter.addEventListener("pointerup", (event) => {
      if (!from) return;
      const [a, b, c, d] = edges(event);
      from = scatter.drag = null;
      if (a === b || c === d) return;
      settings = { ...settings, rect: [a, b, c, d].join(",") };
      set("target", "drawn");
      tell(`The rectangle holds ${plural(chosen.length, "neuron")}.`);
    });
    canvases.scatter.addEventListener("pointercancel", () => {
      from = scatter.drag = null;
      dirty.scatter = true;
      wake();
    });

    const enter = () => {
      apply(L.parseSettings(location.hash, SPEC));
      writeAddress();
      root.scrollIntoView({ behavior: still.matches ? "instant" : "smooth", block: "start" });
      root.focus({ preventScroll: true });
    };
    window.addEventListener("hashchange", () => isSettings() && enter());
    for (const link of document.querySelectorAll("a[data-settings]")) {
      const settingsOf = `#${link.dataset.settings}`;
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, "", settingsOf);
        enter();
      });
      // Not before the page has loaded: the theme then takes the fragment of every link for a selector, and would throw.
      window.addEventListener("load", () => setTimeout(() => (link.href = settingsOf)));
    }
    new MutationObserver(() => {
      readColours();
      wake();
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(() => {
      dirty.plane = dirty.scatter = dirty.outputs = true;
      wake();
    }).observe(root);
    new IntersectionObserver((entries) => {
      visible = entries.at(-1).isIntersecting;
      wake();
    }).observe(root.querySelector(".lab-pictures"));
    document.addEventListener("visibilitychange", wake);
    still.addEventListener("change", () => still.matches && setPlaying(false));
  };

  // ---------------------------------------------------------------- begin

  layOut();
  readColours();
  listen();
  apply(L.parseSettings(isSettings() ? location.hash : "", SPEC));
  if (isSettings()) writeAddress();

  L.page = {
    spec: SPEC,
    settings: () => ({ ...settings }),
    state: () => ({ kappa: [...kappa], before: [...before], clock, playing, targets: [...targets], reach, chosen: [...chosen] }),
    network: () => net,
    fixed: () => fixed,
    pixels: (point) => [plane.x(point[0]), plane.y(point[1])],
    scatterPixels: (m, n) => [scatter.x(m), scatter.y(n)],
    // Mean ms of a frame: searches, steps of the network, drawing; and over how many frames.
    frameCost: () => Object.fromEntries(Object.entries(cost).map(([k, v]) => [k, k === "frames" ? v : v / cost.frames])),
  };
})();
