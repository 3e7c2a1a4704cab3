// Kicks: which neurons they reach, how they push, and what came of it.
(() => {
  "use strict";
  const L = window.LPULab;
  const AFTER = 40; // steps from a kick's end to its verdict

  L.chooseNeurons = (lab) => {
    const { net, settings, aim } = lab;
    const [m, n] = [net.embedding[aim], net.encoding[aim]];
    const isRedundant = (i) => i >= L.nNeurons(net) - settings.redundant;
    if (settings.target === "drawn") {
      const [a, b, c, d] = settings.rect.split(",").map(Number);
      const inside = (i) => m[i] >= a && m[i] <= b && n[i] >= c && n[i] <= d;
      lab.chosen = settings.rect ? [...m.keys()].filter(inside) : [];
    } else if (settings.target === "redundant") {
      lab.chosen = L.largest(
        m.map((x, i) => (isRedundant(i) ? x : 0)),
        settings.count,
      );
    } else lab.chosen = L.largest(settings.target === "tuned" ? m : n, settings.count);
    lab.dirty.scatter = true;
  };

  // Begin to push the chosen neurons towards the other value of the bit; the steps until the verdict, or 0 where the push
  // would do nothing.
  L.beginKick = (lab) => {
    const { net, settings, chosen, kappa, aim } = lab;
    const nothing = (why) => {
      lab.tell(why);
      return 0;
    };
    if (!chosen.length) return nothing("There are no such neurons: add redundant ones, or draw a rectangle.");
    const towards = -Math.sign(kappa[aim]) || 1;
    const pattern = settings.sign === "m" ? net.embedding[aim] : net.encoding[aim];
    const values = chosen.map((i) => towards * settings.height * Math.sign(pattern[i]));
    if (values.every((x) => x === 0)) {
      return nothing("This pushes nobody: the height is 0, or the influence, whose sign you chose, is.");
    }
    const left = settings.steps + AFTER;
    lab.push = { neurons: chosen, values, left: settings.steps };
    lab.verdict = { k: aim, twin: kappa, most: 0, left, count: chosen.length };
    return left;
  };

  // What the kick has done to κ: it against a twin that hears all the same but the kick.
  L.judgeKick = (lab) => {
    const { bits, kappa, verdict, settings } = lab;
    const { k, twin, count } = verdict;
    verdict.most = Math.max(verdict.most, Math.abs(kappa[k] - twin[k]));
    if (--verdict.left > 0) return;
    const flipped = Math.sign(kappa[k]) !== Math.sign(twin[k]);
    const moved = verdict.most ? `moved by up to ${verdict.most.toPrecision(2)}` : "did not move at all";
    const end = flipped ? "the bit flipped" : "the bit held";
    lab.tell(`You kicked ${L.plural(count, "neuron")}: κ${bits === 1 ? "" : "₁₂"[k]} ${moved}, and ${end}.`);
    lab.kicked = { flipped, most: verdict.most, target: settings.target, sign: settings.sign, count };
    lab.verdict = null;
  };
})();
