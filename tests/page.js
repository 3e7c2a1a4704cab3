// What tests/test_site.py asks of a page.  Each check returns a list of what is wrong.
window.lpu = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const head = (node) => node.outerHTML.slice(0, 160);

  const leftOver = () => {
    const article = document.querySelector(".bd-article").cloneNode(true);
    all("pre, code, script, noscript, style, mjx-container, svg, .highlight", article).forEach((node) => node.remove());
    const raw = /\$[^$\n]{1,200}\$|\\[([]|\\begin\{|\{(?:doc|ref|eq|numref|cite[^}]*)\}`/g;
    return article.textContent.match(raw) || [];
  };

  const broken = () =>
    all(".bd-article img")
      .filter((image) => !(image.complete && image.naturalWidth))
      .map(head);

  const named = (node) => ["alt", "aria-label", "aria-labelledby"].some((name) => node.getAttribute(name));
  const mute = () => {
    const pictures = all(".bd-article img, .bd-article .lpu-figure svg[role=img]").filter((node) => !named(node));
    const figures = all(".lpu-figure").filter((node) => !node.querySelector("img, svg[role=img]"));
    return [...pictures, ...figures].map(head);
  };

  const overflow = () => {
    if (document.scrollingElement.scrollWidth <= innerWidth + 1) return [];
    const sticksOut = (node) => node.getBoundingClientRect().right > innerWidth + 1;
    const held = (node) => node && (getComputedStyle(node).overflowX !== "visible" || held(node.parentElement));
    return all("body *")
      .filter((node) => sticksOut(node) && !held(node))
      .slice(0, 5)
      .map(head);
  };

  // WCAG contrast of our own text, and of figures drawn in currentColor, against what lies behind them.
  const rgba = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    return numbers.length < 4 ? [...numbers, 1] : numbers;
  };
  const luminance = (colour) => {
    const linear = (v) => (v <= 10 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour[3] > 0.9) return colour;
    }
    return [255, 255, 255, 1];
  };
  const faint = () =>
    all(".lpu-claim, .lpu-claim *, .lpu-claim-status, .lpu-figure, .lpu-dial :is(span, output, button)")
      .map((node) => {
        const pair = [luminance(rgba(getComputedStyle(node).color)), luminance(behind(node))];
        return [(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), node];
      })
      .filter(([contrast]) => contrast < 4.5)
      .map(([contrast, node]) => `${contrast.toFixed(1)}: ${head(node)}`);

  const nodes = () => {
    const walker = document.createTreeWalker(document);
    let count = 1;
    while (walker.nextNode()) count++;
    return count;
  };

  // What a reader sees of the pictures in a figure that moves.
  const pictures = (figure) =>
    all("img, svg[role=img], canvas", figure)
      .filter((node) => node.checkVisibility({ visibilityProperty: true }))
      .map((node) => node.src || node.outerHTML)
      .join();

  // Accessibility, by axe-core.  Its time grows with the nodes, so `thin` first takes out what it would see a thousand
  // times: the insides of figures and formulas (their names stay), and every colour of code and of text but its first.
  const thin = () => {
    all(".lpu-figure svg > :not(g)").forEach((part) => part.remove());
    all(".lpu-figure svg > g > *").forEach((part) => part.replaceChildren()); // the panels' groups, which figures.js moves
    const seen = new Set();
    const again = (node) => {
      const kind = `${node.parentElement.className}/${node.nodeName} ${node.className}`;
      return seen.has(kind) || !seen.add(kind);
    };
    const formulas = all("mjx-container").map((node) => [node, node.getBoundingClientRect()]);
    formulas.forEach(([node, { width, height }]) => {
      Object.assign(node.style, { display: "inline-block", width: `${width}px`, height: `${height}px` });
      node.replaceChildren(...(again(node) ? [] : ["x"]));
    });
    all(".highlight pre span, dt.sig :is(span, em), p > cite")
      .filter(again)
      .forEach((node) => node.replaceWith(...node.childNodes));
  };
  // Whose text is to be looked at for its colours: the first of each look, which is a chain of elements with their classes
  // and styles up to the body, a colour, a size and weight, and what lies behind.
  const looks = () => {
    const [seen, chains] = [new Set(), new Map([[document.body, ""]])];
    const own = (node) => `${node.nodeName}.${node.getAttribute("class")};${node.getAttribute("style")}`;
    const chain = (node) => {
      if (!chains.has(node)) chains.set(node, `${chain(node.parentElement)}/${own(node)}`);
      return chains.get(node);
    };
    const says = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const isNew = (node) => {
      const { color, fontSize, fontWeight } = getComputedStyle(node);
      const look = [chain(node), color, fontSize, fontWeight, behind(node)].join(" ");
      return !seen.has(look) && seen.add(look);
    };
    return all("body *").filter((node) => says(node) && node.checkVisibility() && isNew(node));
  };

  // By all rules but some, or by some alone of the texts of each look; never by `region`, which finds moderate barriers
  // only, in a quarter of the time.
  const barriers = async ({ leftOut = [], runOnly }) => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame); // assets/reading.js sets tab stops
    const rules = Object.fromEntries(["region", ...leftOut].map((rule) => [rule, { enabled: false }]));
    const options = { resultTypes: ["violations"], preload: false, ...(runOnly ? { runOnly } : { rules }) };
    const { violations } = await axe.run(runOnly ? { include: looks() } : document, options);
    return violations
      .filter(({ impact }) => ["serious", "critical"].includes(impact))
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.html.slice(0, 160)}`));
  };

  // With a control of the laboratory in sight: the pictures that are not, and whether the control is covered.
  const outOfSight = () =>
    all(".lab-panel :is(button, input, select)")
      .filter((node) => node.checkVisibility())
      .flatMap((node) => {
        node.scrollIntoView({ block: "nearest", behavior: "instant" });
        const { left, top, bottom } = node.getBoundingClientRect();
        const above = document.querySelector(".bd-header-article").getBoundingClientRect().bottom - 1;
        const out = (box) => box.top < above || box.bottom > innerHeight + 1;
        const pictures = all(".lab-picture").filter((picture) => out(picture.getBoundingClientRect()));
        const covered = bottom > innerHeight + 1 || !node.contains(document.elementFromPoint(left + 8, (top + bottom) / 2));
        return [...pictures, ...(covered ? [node] : [])].map((found) => `${found.className}: ${head(node)}`);
      });

  return { outOfSight, leftOver, thin, barriers, broken, mute, nodes, overflow, faint, pictures };
})();
