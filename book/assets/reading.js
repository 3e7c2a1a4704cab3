// Names and tab stops that the theme and the widgets leave out: for who listens to the page, or reads it by keyboard.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const SCROLLERS =
    "pre, table, .lpu-figure, mjx-container, div.math, .cell_output, .widget-box, .pst-scrollable-table-container";

  const name = () => {
    all(".widget-play").forEach((play) =>
      all("button", play).forEach((button, i) => {
        button.title = ["Play or pause", "Stop", "Repeat"][i];
        button.setAttribute("aria-label", button.title);
      }),
    );
    all(".widget-slider").forEach((slider) => {
      const [label, handle, readout] = [".widget-label", ".noUi-handle", ".widget-readout"].map((part) =>
        slider.querySelector(part),
      );
      handle?.setAttribute("aria-label", label?.textContent || "value");
      if (readout) handle?.setAttribute("aria-valuetext", readout.textContent);
    });
  };
  const stop = () => {
    const scrolls = (node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "visible";
    const found = all(SCROLLERS, document.querySelector(".bd-article") || document).map((node) => [node, scrolls(node)]);
    for (const [node, yes] of found) {
      if (yes) node.tabIndex = 0;
      else node.removeAttribute("tabindex");
    }
  };

  let due = 0;
  const tend = () => {
    if (due) return;
    due = requestAnimationFrame(() => {
      due = 0;
      name();
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
  });
})();
