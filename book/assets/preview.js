// A look ahead: what a link leads to (an equation, a theorem, a figure, a word, a paper) opens beside it while the pointer
// or the keyboard is on it.  Escape closes it.  From a file:// page only links within the page do so.
(() => {
  const KINDS = "div.math, .admonition.proof, .proof, .exercise, figure, dt, .citation";
  const pages = {};
  let tip = null;
  let due = 0;

  const page = async (url) => {
    if (url.pathname === location.pathname) return document;
    if (!location.protocol.startsWith("http") || !/(glossary|references)\.html$/.test(url.pathname)) return null;
    pages[url.pathname] ||= fetch(url).then((answer) => answer.text());
    return new DOMParser().parseFromString(await pages[url.pathname], "text/html");
  };
  const target = async (link) => {
    const url = new URL(link.href);
    const found = (await page(url))?.getElementById(decodeURIComponent(url.hash.slice(1)));
    if (!found?.matches(KINDS)) return null;
    return [found.matches("dt") ? found.nextElementSibling : found, url.pathname !== location.pathname];
  };

  const close = () => {
    clearTimeout(due);
    tip?.remove();
    tip = null;
  };
  const open = async (link) => {
    const [found, foreign] = (await target(link)) || [];
    if (!found || !link.matches(":hover, :focus")) return;
    close();
    tip = document.createElement("div");
    tip.className = "lpu-preview";
    tip.setAttribute("role", "tooltip");
    tip.append(found.cloneNode(true));
    tip.querySelectorAll(".headerlink").forEach((node) => node.remove());
    tip.querySelectorAll(":not(svg *)[id]").forEach((node) => node.removeAttribute("id"));
    tip.addEventListener("mouseleave", later);
    tip.addEventListener("mouseenter", () => clearTimeout(due));
    document.body.append(tip);
    if (foreign || tip.querySelector(".math:not(:has(mjx-container))")) await window.MathJax?.typesetPromise?.([tip]);
    if (!tip) return;
    const at = link.getBoundingClientRect();
    const below = at.bottom + 6 + tip.offsetHeight < innerHeight || at.top < tip.offsetHeight + 6;
    tip.style.top = `${below ? at.bottom + 6 : at.top - 6 - tip.offsetHeight}px`;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
  };
  const soon = (event) => {
    const link = event.target.closest?.(".bd-article a.internal[href*='#']");
    if (!link) return;
    clearTimeout(due);
    due = setTimeout(() => open(link), 250);
  };
  const later = () => {
    clearTimeout(due);
    due = setTimeout(close, 250);
  };

  for (const begin of ["mouseover", "focusin"]) document.addEventListener(begin, soon);
  for (const end of ["mouseout", "focusout"])
    document.addEventListener(end, (event) => event.target.closest?.("a.internal") && later());
  addEventListener("scroll", close, { passive: true });
  addEventListener("keydown", (event) => event.key === "Escape" && close());
})();
