// "Run this page here": a button under the title of each page that has cells.  What runs them is asked for at a click alone.
(() => {
  "use strict";
  const base = new URL("live/", document.currentScript.src).href;
  // A module with a try_table: WebAssembly's exceptions, without which this Python does not run.
  const EXCEPTIONS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 31, 64, 0, 11, 11];

  const why = () => {
    if (location.protocol === "file:")
      return "A page opened from a file may not start Python. Cells run where the book comes from a server, as with make serve.";
    if (typeof WebAssembly !== "object" || !WebAssembly.validate(new Uint8Array(EXCEPTIONS)))
      return "This browser is too old to run Python: it takes Chrome or Edge 137, Firefox 131, Safari 18.4, or a later one.";
    if (!isSecureContext) return "Cells run where the book comes over https, or from this machine.";
    return null;
  };

  const place = () => {
    const title = document.querySelector(".bd-article h1");
    const source = document.querySelector('a[href^="_sources/"][href$=".ipynb"]');
    if (!title || !source || !document.querySelector(".bd-article div.cell")) return;
    const bar = document.createElement("div");
    bar.className = "lpu-run";
    bar.innerHTML = '<button type="button" class="lpu-run-start">Run this page here</button> <span role="status"></span>';
    title.after(bar);
    const [button, status] = bar.children;
    const edited = /^#live=/.test(location.hash);
    status.textContent = edited
      ? "This link brings changed cells. They are put in at the click, and run when you run them."
      : "";
    button.addEventListener("click", async () => {
      const problem = why();
      if (problem) {
        status.textContent = problem;
        return;
      }
      button.disabled = true;
      status.textContent = "Starting.";
      try {
        const page = await import(`${base}page.js`);
        await page.begin(bar, base, source.href);
      } catch (error) {
        button.disabled = false;
        status.textContent = error.name === "Absent" ? error.message : `It did not start: ${error.message}`;
      }
    });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", place);
  else place();
})();
