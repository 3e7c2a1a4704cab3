// A notebook of the reader's: its texts drawn, its cells as those of a page, and the way back to a file.
import { Cell } from "./cell.js";
import { mark } from "./link.js";
import { cleaned } from "./outputs.js";
import { listed, Page } from "./page.js";

const joined = (source) => [source].flat().join("");

// Pictures that a text carries along, in the place where it names them.
const attached = (html, attachments = {}) =>
  html.replace(/attachment:([^"\s)]+)/g, (all, name) => {
    const kept = Object.entries(attachments[decodeURIComponent(name)] || {}).find(([mime]) => mime.startsWith("image/"));
    return kept ? `data:${kept[0]};base64,${joined(kept[1])}` : all;
  });

const parsed = async (file) => {
  const notebook = JSON.parse(await file.text());
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) throw new Error("this file is no notebook of version 4.");
  return notebook;
};

const saved = (notebook, name, cells, words) => {
  for (const [i, cell] of cells)
    Object.assign(notebook.cells[i], { source: cell.source, outputs: [], execution_count: null });
  for (const [i, field] of words) notebook.cells[i].source = field.value;
  const blob = new Blob([`${JSON.stringify(notebook, null, 1)}\n`], { type: "application/x-ipynb+json" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
};

// What is written and not saved yet, kept by the browser under the mark of the notebook as it was opened.
const draft = (notebook, cells, words) => {
  const texts = notebook.cells.map((cell) => joined(cell.source));
  const key = `lpu-notebook ${mark(texts.join("\n"))}`;
  const fields = [
    ...[...cells].map(([i, cell]) => [i, cell, "source"]),
    ...[...words].map(([i, field]) => [i, field, "value"]),
  ];
  const changed = () => fields.filter(([i, field, text]) => field[text] !== texts[i]);
  const attempt = (act) => {
    try {
      return act();
    } catch {
      return null; // a browser that keeps nothing, or has no room
    }
  };
  return {
    keep: () =>
      attempt(() => localStorage.setItem(key, JSON.stringify(changed().map(([i, field, text]) => [i, field[text]])))),
    // Forget it, and show the notebook as it was opened.
    drop: () => {
      for (const [i, field, text] of fields) field[text] = texts[i];
      attempt(() => localStorage.removeItem(key));
    },
    // Put back what was left; how many cells.
    restore: () => {
      const left = attempt(() => JSON.parse(localStorage.getItem(key))) || [];
      for (const [i, was] of left) {
        const [, field, text] = fields.find(([one]) => one === i) || [];
        if (field) field[text] = was;
      }
      return left.length;
    },
  };
};

export const begin = async (bar, base, file, box) => {
  const notebook = await parsed(file);
  const files = await listed(base);
  const page = new Page(bar, base, files, []);
  const texts = notebook.cells.map((cell) => (cell.cell_type === "markdown" ? joined(cell.source) : ""));
  const html = await page.python.render(texts);
  const cells = new Map();
  const words = new Map();
  let changed = false;
  let kept = null;
  const note = () => {
    changed = true;
    kept.keep();
  };
  notebook.cells.forEach((cell, i) => {
    const node = document.createElement("div");
    box.append(node);
    const known = cell.metadata?.nbgrader;
    if (cell.cell_type === "code") {
      node.className = "cell";
      const made = new Cell(`n${i}`, cells.size + 1, joined(cell.source), node);
      made.editor.readOnly = cell.metadata?.editable === false;
      made.onchange = note;
      cells.set(i, made);
    } else if (known?.solution) {
      const field = Object.assign(document.createElement("textarea"), { className: "lpu-live-words", rows: 6 });
      field.value = joined(cell.source);
      field.setAttribute("aria-label", "Your answer in words");
      field.addEventListener("input", note);
      node.append(field);
      words.set(i, field);
    } else node.append(...cleaned(attached(html[i], cell.attachments)));
  });
  page.adopt([...cells.values()]);
  page.dress([
    [
      "Save",
      () => {
        saved(notebook, file.name, cells, words);
        changed = false; // what is kept stays: a download can be lost
        page.tell(`${file.name} is among your downloads.`);
      },
    ],
    [
      "Begin anew",
      () => {
        if (!confirm("Every cell goes back to what the file holds. What you wrote since is lost.")) return;
        page.stop();
        page.forget();
        kept.drop();
        changed = false;
        page.tell(`${file.name} is as it was opened.`);
      },
    ],
  ]);
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
  kept = draft(notebook, cells, words);
  const back = kept.restore();
  page.tell(
    back
      ? `${file.name} is open, and what you wrote in this browser before is in it, in ${back} cell${back > 1 ? "s" : ""}. Save it, or begin anew.`
      : `${file.name} is open. Shift and Enter run a cell.`,
  );
  await globalThis.MathJax?.typesetPromise?.([box]);
};
