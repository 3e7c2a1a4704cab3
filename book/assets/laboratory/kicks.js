// Kicks: which neurons they reach, how they push, and what came of it.
(() => {
  "use strict";
  const L = window.LPULab;
  const { state, plural } = L;
  const { tell } = L.words;
  const AFTER = 40; // steps from a kick's end to its verdict

  const isRedundant = (i) => i >= L.nNeurons(state.net) - state.settings.redundant;

  const choose = () => {
    const { net, settings, kicked: k } = state;
    const [m, n] = [net.embedding[k], net.encoding[k]];
    if (settings.target === "drawn") {
      const [a, b, c, d] = settings.rect.split(",").map(Number);
      const inside = (i) => m[i] >= a && m[i] <= b && n[i] >= c && n[i] <= d;
      state.chosen = settings.rect ? [...m.keys()].filter(inside) : [];
    } else if (settings.target === "redundant") {
      state.chosen = L.largest(
        m.map((x, i) => (isRedundant(i) ? x : 0)),
        settings.count,
      );
    } else state.chosen = L.largest(settings.target === "tuned" ? m : n, settings.count);
    state.dirty.scatter = true;
  };

  // Begin to push the chosen neurons towards the other value of the bit; the steps until the verdict, or 0 where the push
  // would do nothing.
  const begin = () => {
    const { net, settings, chosen, kappa, kicked: k } = state;
    const nothing = (why) => {
      tell(why);
      return 0;
    };
    if (!chosen.length) return nothing("There are no such neurons: add redundant ones, or draw a rectangle.");
    const towards = -Math.sign(kappa[k]) || 1;
    const pattern = settings.sign === "m" ? net.embedding[k] : net.encoding[k];
    const values = chosen.map((i) => towards * settings.height * Math.sign(pattern[i]));
    if (values.every((x) => x === 0)) {
      return nothing("This pushes nobody: the height is 0, or the influence, whose sign you chose, is.");
    }
    const left = settings.steps + AFTER;
    state.push = { neurons: chosen, values, left: settings.steps };
    state.verdict = { k, twin: kappa, most: 0, left, count: chosen.length };
    return left;
  };

  // What the kick has done to κ: it against a twin that hears all the same but the kick.
  const judge = () => {
    const { bits, kappa, verdict } = state;
    const { k, twin, count } = verdict;
    verdict.most = Math.max(verdict.most, Math.abs(kappa[k] - twin[k]));
    if (--verdict.left > 0) return;
    const kept = Math.sign(kappa[k]) === Math.sign(twin[k]) ? "the bit held" : "the bit flipped";
    const moved = verdict.most ? `moved by up to ${verdict.most.toPrecision(2)}` : "did not move at all";
    tell(`You kicked ${plural(count, "neuron")}: κ${bits === 1 ? "" : "₁₂"[k]} ${moved}, and ${kept}.`);
    state.verdict = null;
  };

  L.kicks = { choose, begin, judge };
})();
