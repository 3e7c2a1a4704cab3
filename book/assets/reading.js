// Tab stops that the theme leaves out: for who listens to the page, or reads it by keyboard.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const SCROLLERS = "pre, table, .lpu-figure, mjx-container, div.math, .cell_output, .pst-scrollable-table-container";

  // What is wider than its place is pulled into sight: a tab stop, and an edge that fades while there is more (lpu.css).
  const fade = (node) => node.classList.toggle("lpu-more", node.scrollLeft + node.clientWidth < node.scrollWidth - 1);
  const stop = () => {
    const scrolls = (node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "visible";
    const found = all(SCROLLERS, document.querySelector(".bd-article") || document).map((node) => [node, scrolls(node)]);
    for (const [node, yes] of found) {
      if (yes) node.tabIndex = 0;
      else node.removeAttribute("tabindex");
      node.classList.toggle("lpu-pull", yes);
      fade(node);
    }
  };

  let due = 0;
  const tend = () => {
    if (due) return;
    due = requestAnimationFrame(() => {
      due = 0;
      window.LPUFigures?.fit();
      stop();
    });
  };
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target?.closest("details.lpu-checks");
    if (!fold || fold.open) return;
    fold.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open); // a link may lead to a check that is folded away
  addEventListener("load", () => {
    open();
    const article = document.querySelector(".bd-article");
    if (!article) return;
    new MutationObserver(tend).observe(article, { childList: true, subtree: true });
    new ResizeObserver(tend).observe(article); // also when a fold opens
    article.addEventListener("scroll", ({ target }) => fade(target), { capture: true, passive: true });
  });
})();
