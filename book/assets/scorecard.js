// Shows the claims that the form chooses, in the order that it names.  Without it all are shown, as in the book.
(() => {
  const form = document.querySelector(".lpu-filter");
  const lists = [...document.querySelectorAll(".lpu-cards")];
  const cards = lists.flatMap((list) => [...list.querySelectorAll(".lpu-card")].map((node) => ({ node, list })));
  for (const card of cards) {
    const { kind, outcome } = card.node.dataset;
    const panel = card.node.querySelector("p").textContent;
    Object.assign(card, { kind, outcome, panel, page: card.list.dataset.page, words: card.node.textContent.toLowerCase() });
  }
  const OUTCOMES = ["differs", "undecided", "not run", "holds"];
  const rank = {
    outcome: (card) => OUTCOMES.indexOf(card.outcome),
    kind: (card) => [...form.kind.options].findIndex((option) => option.value === card.kind),
  };
  const by = {
    outcome: (a, b) => rank.outcome(a) - rank.outcome(b),
    kind: (a, b) => rank.kind(a) - rank.kind(b),
    panel: (a, b) => a.panel.localeCompare(b.panel, "en", { numeric: true }),
  };

  const arrange = (order) => {
    const sorted = by[order] ? [...cards].sort(by[order]) : cards;
    for (const card of sorted) (by[order] ? lists[0] : card.list).append(card.node);
  };
  const choose = () => {
    const { outcome, kind, page, words } = Object.fromEntries(new FormData(form));
    const sought = words.toLowerCase().split(/\s+/);
    const fits = (card) =>
      (!kind || card.kind === kind) && (!page || card.page === page) && sought.every((word) => card.words.includes(word));
    const others = cards.filter(fits);
    for (const option of form.outcome)
      option.parentElement.querySelector("span").textContent = others.filter(
        (card) => !option.value || card.outcome === option.value,
      ).length;
    for (const card of cards) card.node.hidden = !(fits(card) && (!outcome || card.outcome === outcome));
    for (const list of lists) {
      const shown = list.querySelectorAll(".lpu-card:not([hidden])").length;
      list.parentElement.hidden = !shown;
      list.parentElement.classList.toggle("lpu-mixed", Boolean(form.order.value)); // no chapter's alone
    }
    form.querySelector("output").textContent =
      `${cards.filter(({ node }) => !node.hidden).length} of ${cards.length} claims`;
  };
  const clear = () => {
    form.reset();
    arrange("");
    choose();
  };
  const land = () => {
    const card = cards.find(({ node }) => `#${node.id}` === decodeURIComponent(location.hash));
    if (!card) return;
    clear();
    card.node.scrollIntoView();
  };

  form.hidden = false;
  form.addEventListener("input", choose);
  form.order.addEventListener("input", () => {
    arrange(form.order.value);
    choose();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () =>
    setTimeout(() => {
      arrange(form.order.value);
      choose();
    }),
  );
  document.querySelector(".lpu-differing").addEventListener("click", () => {
    clear();
    form.outcome.value = "differs";
    choose();
  });
  for (const link of document.querySelectorAll(".lpu-card-link"))
    link.addEventListener("click", () => {
      navigator.clipboard?.writeText(link.href).catch(() => {}); // refused where the page comes from a file
    });
  addEventListener("hashchange", land);
  choose();
  land();
})();
