// Shows the claims that the form chooses: the marks at the top and the rows of the tables.
(() => {
  const form = document.querySelector(".lpu-filter");
  const marked = [...document.querySelectorAll("[data-kind]")];
  const of = (mark) => mark.closest("tr") || mark;

  const choose = () => {
    const { kind, outcome } = Object.fromEntries(new FormData(form));
    const fits = (mark) => (!kind || mark.dataset.kind === kind) && (!outcome || mark.dataset.outcome === outcome);
    for (const mark of marked) of(mark).hidden = !fits(mark);
    const rows = marked.filter((mark) => mark.closest("tr"));
    form.querySelector("output").textContent = `${rows.filter(fits).length} of ${rows.length} claims`;
  };

  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  choose();
})();
