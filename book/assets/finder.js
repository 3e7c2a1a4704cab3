// The search page: finds statements, equations, figures, terms, claims, exercises and sections by number, name or words, in
// the index that tools/finder.py made, and shows them above what Sphinx finds.  Sphinx's excerpts get formulas in plain text.
(() => {
  const { kinds, pages, entries, signs, accents } = window.lpuFinder;
  const SHOWN = 10;
  const FILLERS = new Set(
    "a an and are can do does how i in is it of on or the to what when where which why with".split(" "),
  );
  const SAME = { equation: "eq", eqn: "eq", figure: "fig", thm: "theorem", prop: "proposition", def: "definition" };

  // A formula as plain text: signs for commands, no braces.
  const INDEX = { _: "₀₁₂₃₄₅₆₇₈₉", "^": "⁰¹²³⁴⁵⁶⁷⁸⁹" };
  const formula = (tex) =>
    tex
      .replace(/\\(?:begin|end)\{\w+\}|&/g, "")
      .replace(/\\[td]?frac\s*(\{[^{}]*\}|\S)\s*(\{[^{}]*\}|\\?\w+)/g, "$1/$2")
      .replace(/\\([a-z]+)\s*\{?(\\[A-Za-z]+|\S)\}?/g, (all, name, base) => (accents[name] ? base + accents[name] : all))
      .replace(/\\([A-Za-z]+)/g, (_, name) => signs[name] ?? name)
      .replace(/\\[,;:!> \\]/g, " ")
      .replace(/[{}\\]/g, "")
      .replace(/([_^])(\d)(?![\w.])/g, (_, place, digit) => INDEX[place][digit])
      .replace(/\s+/g, " ")
      .trim();
  const plain = (text) => text.replace(/\\\((.*?)\\\)/gs, (_, tex) => formula(tex));

  // Words and numbers in one form: "Figures 2H" is "fig 2h", "Eq. (1.6)" is "eq 1.6", "κ" is "kappa".
  const GREEK = Object.fromEntries(
    Object.entries(signs)
      .filter(([, sign]) => /^\p{Script=Greek}$/u.test(sign))
      .map(([name, sign]) => [sign, name]),
  );
  const words = (text) =>
    (text.toLowerCase().match(/[\p{L}\p{M}]+(?:[’'][\p{L}]+)*|\p{N}+(?:\.\p{N}+)*\p{L}?\b/gu) || []).map((word) => {
      const one = word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
      return SAME[one] || GREEK[one] || one;
    });
  const asked = (text) => {
    const all = words(text);
    const said = all.filter((word) => !FILLERS.has(word));
    return said.length ? said : all;
  };

  const prepared = (entry) => {
    const names = [entry.label, entry.title, entry.label.split(": ")[0]].map(words);
    return { ...entry, names, all: words(`${entry.label} ${entry.title} ${entry.text}`) };
  };
  const known = entries.map(([kind, page, anchor, label, title, text]) =>
    prepared({ kind, page, anchor, label: plain(label), title: plain(title), text: plain(text) }),
  );
  const whole = pages.map(([, label], page) => prepared({ kind: -1, page, anchor: "", label, title: "", text: "" }));
  const begins = (name, query) =>
    query.every((word, i) => (i < query.length - 1 ? name[i] === word : name[i]?.startsWith(word)));
  const within = (name, query) => name.some((_, i) => query.every((word, j) => name[i + j] === word));
  const holds = (all, query) => query.every((word) => all.includes(word));
  const hints = (all, query) => query.every((word) => all.some((other) => other.startsWith(word)));
  // The better the higher: the whole name, its beginning, a part of it, all words somewhere, beginnings of words.
  const worth = ({ names, all }, query) => {
    if (names.some((name) => name.length === query.length && within(name, query))) return 6;
    if (names.some((name) => begins(name, query))) return 5;
    if (names.some((name) => within(name, query))) return 4;
    if (holds(names.flat(), query)) return 3;
    if (within(all, query)) return 2.5;
    if (holds(all, query)) return 2;
    return hints(all, query) ? 1 : 0;
  };
  const ranked = (query) => {
    const found = [...whole, ...known].map((entry) => ({ entry, score: worth(entry, query) })).filter(({ score }) => score);
    return found.sort((a, b) => b.score - a.score || a.entry.kind - b.entry.kind).map(({ entry }) => entry);
  };
  const find = (text) => {
    const query = asked(text);
    const found = query.length ? ranked(query) : [];
    if (found.length || query.length < 3) return found;
    return [...new Set(query.flatMap((left) => ranked(query.filter((word) => word !== left))))]; // all words but one
  };

  const make = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });
  const shown = ({ kind, page, anchor, label, title, text }) => {
    const [name, chapter] = pages[page];
    const item = document.createElement("li");
    const link = make("a", [label, title].filter(Boolean).join(": "));
    link.href = `${name}.html${anchor && `#${anchor}`}`;
    const where = anchor ? `${kinds[kind]}, ${chapter}` : "page";
    item.append(link, make("span", ` ${where}`, "lpu-find-where"), make("p", text));
    return item;
  };
  const list = (found) => {
    const made = document.createElement("ul");
    made.append(...found.map(shown));
    return made;
  };
  const show = () => {
    const place = document.getElementById("lpu-finds");
    const found = find(new URLSearchParams(location.search).get("q") || "");
    if (!found.length) return;
    const title = make("h2", "In the book");
    title.id = "lpu-finds-title";
    place.append(title, list(found.slice(0, SHOWN)));
    if (found.length > SHOWN) {
      const more = document.createElement("details");
      more.append(make("summary", `${found.length - SHOWN} more`), list(found.slice(SHOWN, 100)));
      place.append(more);
    }
    place.hidden = false;
  };
  show();

  // Sphinx's excerpts: from a file a browser fetches none; else without code, lists of contents and LaTeX.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const LEFT_OUT = "script, style, svg, pre, nav, details.above-input, .headerlink, .toctree-wrapper, .eqno, .lpu-filter";
  Search.htmlToText = (text, anchor) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    page.querySelectorAll(LEFT_OUT).forEach((node) => node.remove());
    page.querySelectorAll(".math").forEach((node) => {
      node.textContent = formula(node.textContent.replace(/\\[([\])]/g, " "));
    });
    const article = page.querySelector(".bd-article");
    return ((anchor && article?.querySelector(anchor)) || article)?.textContent.replace(/\s+/g, " ") || "";
  };
})();
