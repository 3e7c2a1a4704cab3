// Run in the page that holds the whole book, before it is printed (tools/make_pdf.py).
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.dataset.theme = document.documentElement.dataset.mode = "light";
  // The ids of pages meet here: each gets its page's name in front.  Pictures have ids of their own.
  const pages = all("article").map((article) => article.dataset.page);
  for (const article of all("article")) {
    const page = article.dataset.page;
    all("[id]", article)
      .filter((node) => !node.closest("svg, mjx-container"))
      .forEach((node) => (node.id = `${page}--${node.id}`));
    article.id = `${page}--`;
    for (const a of all("a[href]", article)) {
      const [, other, anchor] = a.getAttribute("href").match(/^(?:([\w-]+)\.html)?(?:#(.*))?$/) || [null, null, null];
      if (other === null && anchor === null) continue; // elsewhere
      const card = a.matches(".sd-stretched-link") && a.closest(".sd-card");
      if (other && !pages.includes(other))
        card ? card.remove() : a.replaceWith(...a.childNodes); // a page that is not printed
      else a.href = `#${other || page}--${anchor || ""}`;
    }
  }
  all("details.hide").forEach((fold) => fold.remove()); // the code behind a figure: it is in the notebooks
  all("details").forEach((fold) => (fold.open = true));
  all(".headerlink, .cell_input:empty, .copybtn").forEach((node) => node.remove());
  // A long name in a table parts behind a dot or a dash.
  for (const code of all("td code")) code.innerHTML = code.innerHTML.replace(/(?<=[\w\]>](?:\.|::|_|\())(?=\w)/g, "<wbr>");
  // Code of a third of a page or more may part.
  for (const code of all(".cell_input")) code.classList.toggle("lpu-long", code.offsetHeight > 320);
  // What is wider than the paper shrinks until it fits.
  for (const node of all("mjx-container[display=true], table")) {
    const room = (node.matches("table") ? node.parentElement : node).clientWidth;
    if (node.scrollWidth > room) node.style.fontSize = `${(100 * room) / node.scrollWidth}%`;
  }
})();
