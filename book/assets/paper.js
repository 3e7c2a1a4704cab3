// A page on paper is light, and the checks under its figures are open (print.css has the rest); then all is as it was.
(() => {
  "use strict";
  const { dataset } = document.documentElement;
  let theme;
  let opened = [];
  addEventListener("beforeprint", () => {
    theme ??= dataset.theme;
    dataset.theme = "light";
    opened = opened.concat([...document.querySelectorAll("details.lpu-checks:not([open])")]);
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    dataset.theme = theme;
    theme = undefined;
    for (const fold of opened.splice(0)) fold.open = false;
  });
})();
