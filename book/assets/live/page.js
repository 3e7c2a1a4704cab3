// A page that runs: its cells in their order, one Python for all of them, and the line under its title.
import { Cell } from "./cell.js";
import { mark, packed, unpacked } from "./link.js";
import { cleaned, shown } from "./outputs.js";
import { Python, Stopped } from "./python.js";

const LOST = "Stopped. What Python knew is gone; the next run begins with the first cell.";

export class Absent extends Error {
  name = "Absent";
}

export const read = async (url) => {
  const response = await fetch(url).catch(() => null);
  return response?.ok ? response.json() : null;
};

// The notebook's cells, each with its node where the page shows it.
const found = (notebook) => {
  const nodes = [...document.querySelectorAll(".bd-article div.cell")];
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code" && cell.id !== "install");
  const seen = (cell) => !cell.metadata.tags?.includes("remove-cell");
  if (cells.filter(seen).length !== nodes.length) throw new Error("the page's cells are not those of its notebook.");
  let number = 0;
  const made = cells.map((cell, i) => {
    const text = [cell.source].flat().join("");
    return seen(cell) ? new Cell(`c${i}`, ++number, text, nodes[number - 1]) : new Cell(`c${i}`, 0, text, null);
  });
  [...document.querySelectorAll(".bd-article div.exercise")].forEach((exercise, i) => {
    const node = Object.assign(document.createElement("div"), { className: "cell lpu-live-own" });
    (exercise.querySelector(".section") || exercise).append(node);
    const own = new Cell(`e${i}`, `of exercise ${i + 1}`, "", node);
    own.own = true; // a scratch pad: what stands below does not need it
    const after = made.findIndex(
      (cell) => cell.node && node.compareDocumentPosition(cell.node) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    made.splice(after < 0 ? made.length : after, 0, own);
  });
  return made;
};

const megabytes = (bytes) => `${Math.round(bytes / 1e6)}`;

const staged = ({ stage, come, of, name }) => {
  if (stage === "download") return `Fetching Python: ${megabytes(come)} of ${megabytes(of)} MB.`;
  return stage === "compile" ? "Compiling Python." : `Importing ${name || "the library"}.`;
};

export class Page {
  constructor(bar, base, files, cells) {
    const status = bar.querySelector("[role=status]");
    const tell = (text) => {
      status.textContent = text;
    };
    const python = new Python(base, files, (stage) => tell(staged(stage)));
    Object.assign(this, { bar, python, tell, queue: [], works: false });
    this.adopt(cells);
  }

  adopt(cells) {
    this.cells = cells;
    for (const cell of cells.filter((one) => one.node)) {
      cell.onrun = (alone) => this.run(cell, alone);
      cell.onstop = () => this.stop();
      cell.ondraw = (number, value) => this.draw(number, value);
    }
  }

  // What is to run before a cell: all above it from the first on that has not run since it, or something above it, changed.
  before(cell) {
    const above = this.cells.slice(0, this.cells.indexOf(cell)).filter((one) => !one.own && one.source.trim());
    const first = above.findIndex((one) => !one.ran);
    return first < 0 ? [] : above.slice(first);
  }

  async run(cell, alone = false) {
    const wanted = [...(alone ? [] : this.before(cell)), cell];
    for (const one of wanted) if (!this.queue.includes(one)) this.queue.push(one);
    for (const one of wanted) one.state("waits", "waits");
    if (!this.works) await this.go();
  }

  async go() {
    this.works = true;
    try {
      while (this.queue.length) await this.step(this.queue[0]);
    } catch (error) {
      this.forget();
      this.tell(error instanceof Stopped ? LOST : `It did not run: ${error.message}`);
    } finally {
      this.works = false;
    }
  }

  async step(cell) {
    await this.python.start();
    cell.begin();
    cell.state("runs", "runs");
    const what = cell.number ? `Cell ${cell.number}` : "A cell of this page that is not shown";
    this.tell(`${what} runs.`);
    const began = performance.now();
    const fine = await this.python.run(cell.source, cell.number || 0, (message) => cell.hear(message));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    cell.end();
    cell.ran = true;
    cell.state("", fine ? `ran in ${seconds} s` : "stopped at an error");
    this.queue.shift();
    for (const below of this.cells.slice(this.cells.indexOf(cell) + 1)) if (!this.queue.includes(below)) below.ran = false;
    this.tell(
      this.queue.length
        ? ""
        : `${what} ${fine ? `ran in ${seconds} s` : "stopped at an error"}. Change any cell and run it: Shift and Enter.`,
    );
  }

  // The picture of a slider, as nodes; Python does one thing at a time.
  async draw(number, value) {
    if (this.works || !this.python.worker) {
      return [
        this.works ? "A cell runs: move the slider again when it has ended." : "Run this cell again: Python was stopped.",
      ];
    }
    this.works = true;
    try {
      const answer = await this.python.draw(number, value);
      return answer.kind === "drawn" ? cleaned(answer.html) : [shown(answer)];
    } catch (error) {
      this.forget();
      return [error instanceof Stopped ? LOST : `It did not run: ${error.message}`];
    } finally {
      this.works = false;
      if (this.queue.length) this.go();
    }
  }

  stop() {
    this.python.stop();
    if (!this.works) this.forget();
  }

  forget() {
    this.queue = [];
    for (const cell of this.cells) {
      cell.ran = false;
      cell.state("", "");
    }
  }

  reset() {
    this.stop();
    this.forget();
    for (const cell of this.cells) cell.reset();
    this.tell("This is the page's own text and its results. The next run begins with the first cell.");
  }

  async link() {
    const changes = this.cells
      .filter((cell) => cell.node && cell.changed)
      .map((cell) => [cell.name, mark(cell.text), cell.source]);
    if (!changes.length) return this.tell("No cell is changed: the page's own address will do.");
    history.replaceState(null, "", await packed(changes));
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    const cells = `${changes.length} changed cell${changes.length > 1 ? "s" : ""}`;
    return this.tell(`The address of this page now holds ${cells}${copied ? ", and is copied" : ""}.`);
  }

  // Put in what the page's address brings; how much of it has no place any more.
  async take() {
    const changes = (await unpacked(location.hash)) || [];
    let lost = 0;
    for (const [name, was, text] of changes) {
      const cell = this.cells.find((one) => one.node && one.name === name && mark(one.text) === was);
      if (cell) cell.source = text;
      else lost += 1;
    }
    return lost;
  }

  dress(buttons) {
    const button = (text, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
      made.addEventListener("click", act);
      this.bar.querySelector("[role=status]").before(made, " ");
    };
    this.bar.firstElementChild.remove();
    button("Stop", () => this.stop());
    for (const [text, act] of buttons) button(text, act);
  }
}

// What the site has to run Python; and the styles of a page that runs.
export const listed = async (base) => {
  const files = await read(`${base}files.json`);
  if (!files) throw new Absent("This copy of the book was built without the files that run Python.");
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${base}live.css` }));
  return files;
};

export const begin = async (bar, base, source) => {
  const [files, notebook] = await Promise.all([listed(base), read(source)]);
  if (!notebook) throw new Error("the page's notebook is not there.");
  const page = new Page(bar, base, files, found(notebook));
  page.dress([
    ["Reset the page", () => page.reset()],
    ["Link to my changes", () => page.link()],
  ]);
  let lost = 0;
  try {
    lost = await page.take();
  } catch {
    lost = "some";
  }
  // Up to the first result, so that the reader sees one.
  const first = page.cells.find((cell) => cell.statics?.length) || page.cells.find((cell) => cell.node);
  await page.run(first);
  if (lost) page.tell(`Of the link's cells ${lost} did not fit this page, which has changed since or was cut short.`);
};
