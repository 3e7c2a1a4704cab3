// A look ahead: what a link leads to (a statement, an equation, a figure, a claim, a word, a paper, a section) opens beside it
// while the pointer or the keyboard is on it, from other pages, too.  Escape closes it.  A page opened from a file may not read
// others: there the search page's index says what is behind the link.
(() => {
  const KINDS = "div.math, .proof, .exercise, .solution, figure, .citation, .lpu-claim";
  const UNWANTED = ".headerlink, .lpu-figure-tools, .toggle-button, script, details.above-input";
  const ROOT = document.documentElement.dataset.content_root || "./";
  const pages = {};
  let tip = null;
  let due = 0;
  let next = null; // the link that will be shown in a moment
  let wanted = null; // the link that is shown, or read for

  const own = (url) => url.pathname === location.pathname;
  const read = async (url) => {
    const text = await (await fetch(url)).text();
    return new DOMParser().parseFromString(text.replace(/<script[^>]*widget-state.*?<\/script>/s, ""), "text/html");
  };
  const page = (url) => {
    if (own(url)) return document;
    pages[url.pathname] ||= read(url).catch(() => null);
    return pages[url.pathname];
  };
  const load = (source) =>
    new Promise((done) => {
      const script = document.createElement("script");
      Object.assign(script, { src: source, onload: done, onerror: done });
      document.head.append(script);
    });

  // What of the page stands for a target: all of a box, the beginning of a section, a word's or a function's first paragraph.
  const beginning = (head, paragraph) => [head, paragraph].filter(Boolean);
  const parts = (found) => {
    if (!found) return [];
    if (found.matches(KINDS)) return [found];
    if (found.matches("dt.sig")) return beginning(found, found.nextElementSibling?.querySelector("p"));
    if (found.matches("dt")) return beginning(found.nextElementSibling);
    if (found.matches("span:empty")) return parts(found.closest("section") || found.nextElementSibling);
    if (!found.matches("section")) return [];
    return beginning(found.querySelector(":scope > :is(h1, h2, h3, h4)"), found.querySelector(":scope > p"));
  };
  const fromPage = async (url) => {
    const there = await page(url);
    return parts(there?.getElementById(decodeURIComponent(url.hash.slice(1)))).map((part) => {
      const copy = part.cloneNode(true);
      copy.querySelectorAll(UNWANTED).forEach((node) => node.remove());
      if (!own(url))
        copy.querySelectorAll("a[href^='#']").forEach((link) => (link.href = new URL(link.getAttribute("href"), url)));
      return copy;
    });
  };
  const fromIndex = async (url) => {
    pages.index ||= load(`${ROOT}_static/finder-index.js`);
    await pages.index;
    const { pages: names = [], entries = [] } = window.lpuFinder || {};
    const name = url.pathname
      .split("/")
      .pop()
      .replace(/\.html$/, "");
    const at = names.findIndex(([known]) => known === name);
    const entry = entries.find(([, number, anchor]) => number === at && `#${anchor}` === url.hash);
    return (
      entry
        ? [
            ["strong", [entry[3], entry[4]].filter(Boolean).join(": ")],
            ["p", entry[5]],
          ]
        : []
    ).map(([tag, text]) => Object.assign(document.createElement(tag), { textContent: text }));
  };
  const typeset = async (node) => {
    if (!/\\[([]/.test(node.textContent)) return;
    if (!document.querySelector("script[src*=mathjax]")) await load(`${ROOT}_static/vendor/mathjax/tex-chtml-full.js`);
    await window.MathJax?.startup?.promise;
    await window.MathJax?.typesetPromise?.([node]);
  };

  const close = () => {
    clearTimeout(due);
    wanted?.removeAttribute("aria-describedby");
    next = wanted = null;
    tip?.remove();
    tip = null;
  };
  const place = (link) => {
    const at = link.getBoundingClientRect();
    const below = at.bottom + 6 + tip.offsetHeight < innerHeight || at.top < tip.offsetHeight + 6;
    tip.style.top = `${below ? at.bottom + 6 : at.top - 6 - tip.offsetHeight}px`;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
  };
  const open = async (link) => {
    close();
    const { top, bottom } = link.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) return;
    wanted = link;
    const url = new URL(link.href);
    const found = own(url) || location.protocol.startsWith("http") ? await fromPage(url) : await fromIndex(url);
    if (!found.length || wanted !== link) return;
    tip = document.createElement("div");
    Object.assign(tip, { className: "lpu-preview", role: "tooltip" });
    tip.append(...found);
    tip.querySelectorAll(":not(svg *)[id]").forEach((node) => node.removeAttribute("id"));
    tip.id = "lpu-preview";
    tip.addEventListener("mouseleave", later);
    tip.addEventListener("mouseenter", () => clearTimeout(due));
    document.body.append(tip);
    link.setAttribute("aria-describedby", tip.id);
    place(link);
    await typeset(tip);
    if (tip && wanted === link) place(link);
  };
  const start = (link) => {
    next = link;
    due = setTimeout(() => open(link), 250);
  };
  const soon = (event) => {
    const link = event.target.closest?.(".bd-article a[href*='#'], #lpu-finds a[href*='#']");
    if (!link || link.matches(".headerlink") || new URL(link.href).host !== location.host) return;
    clearTimeout(due);
    if (link !== wanted) start(link);
  };
  const later = () => {
    clearTimeout(due);
    due = setTimeout(close, 250);
  };

  // What has the keyboard's focus, which may have scrolled there, is shown once the page rests.
  const rest = () => {
    const link = wanted || next;
    close();
    if (link?.matches(":focus")) start(link);
  };

  for (const begin of ["mouseover", "focusin"]) document.addEventListener(begin, soon);
  for (const end of ["mouseout", "focusout"])
    document.addEventListener(end, (event) => event.target.closest?.("a[href*='#']") && later());
  addEventListener("scroll", rest, { passive: true });
  addEventListener("keydown", (event) => event.key === "Escape" && close());
})();
