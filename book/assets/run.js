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

  // Hand over to a module of the live part, unless this browser or this place may not run it.
  const start = async (status, name, begin) => {
    const problem = why();
    if (problem) {
      status.textContent = problem;
      return false;
    }
    status.textContent = "Starting.";
    try {
      await begin(await import(`${base}${name}`));
    } catch (error) {
      status.textContent = error.name === "Absent" ? error.message : `It did not start: ${error.message}`;
      return false;
    }
    return true;
  };

  const bar = (before, html) => {
    const made = document.createElement("div");
    made.className = "lpu-run";
    made.innerHTML = `${html} <span role="status"></span>`;
    before.after(made);
    return made;
  };

  // Where all cells take a minute or more, which was measured (benchmarks/live.py): how long, to one digit.
  const lasts = () => {
    const seconds = Number(document.querySelector("meta[name=lpu-live-seconds]")?.content ?? 0);
    if (seconds < 60) return "";
    const minutes = Math.round(seconds / 60);
    return `All of its cells take about ${minutes === 1 ? "a minute" : `${minutes} minutes`} in a browser, which has no Numba.`;
  };

  const place = () => {
    const title = document.querySelector(".bd-article h1");
    const source = document.querySelector('a[href^="_sources/"][href$=".ipynb"]');
    if (!title || !source || !document.querySelector(".bd-article div.cell")) return;
    const made = bar(title, '<button type="button" class="lpu-run-start">Run this page here</button>');
    const [button, status] = made.children;
    const edited = /^#live=/.test(location.hash);
    status.textContent = edited
      ? "This link brings changed cells. They are put in at the click, and run when you run them."
      : lasts();
    button.addEventListener("click", async () => {
      button.disabled = true;
      button.disabled = await start(status, "page.js", (page) => page.begin(made, base, source.href));
    });
  };

  // The page that opens a notebook of the reader's.
  const open = () => {
    const box = document.getElementById("lpu-notebook");
    if (!box) return;
    const opens = (file) => start(status, "notebook.js", (page) => page.begin(made, base, file, box));
    const field = '<label class="lpu-run-file">Open a notebook <input type="file" accept=".ipynb,application/json"></label>';
    const made = bar(box, field);
    const [label, status] = made.children;
    label.querySelector("input").addEventListener("change", async ({ target }) => {
      const [file] = target.files;
      if (!file) return;
      target.disabled = true;
      target.disabled = await opens(file);
      target.value = "";
    });
    for (const link of document.querySelectorAll(".lpu-assignments a")) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Open it here" });
      button.setAttribute("aria-label", `Open it here: ${link.textContent}`);
      button.addEventListener("click", async () => {
        const offered = document.querySelectorAll(".lpu-assignments button");
        for (const one of offered) one.disabled = true;
        const came = await fetch(link.href).catch(() => null);
        const opened = came?.ok && (await opens(new File([await came.blob()], link.textContent)));
        if (!came?.ok) status.textContent = `${link.textContent} could not be fetched.`;
        if (opened) box.scrollIntoView();
        else for (const one of offered) one.disabled = false;
      });
      link.before(button, " ");
    }
  };

  const dress = () => {
    place();
    open();
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", dress);
  else dress();
})();
