// A cell of the page: its text, which can be changed, its buttons, and what it shows.
import { shown } from "./outputs.js";

const element = (tag, className, text) => {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

export class Cell {
  // A cell that the page does not show has no node; one of the reader's own has no text at first.
  constructor(name, number, text, node) {
    Object.assign(this, { name, number, text, node, ran: false, fresh: false });
    if (node) this.dress();
  }

  get source() {
    return this.editor ? this.editor.value : this.text;
  }

  set source(text) {
    this.editor.value = text;
    this.grow();
  }

  get changed() {
    return this.source !== this.text;
  }

  // Put an editor in the place of the page's code, buttons below it, and a place for what it will show.
  dress() {
    const highlight = this.node.querySelector(".cell_input .highlight");
    const editor = element("textarea", "lpu-live-editor");
    Object.assign(editor, { value: this.text, spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off" });
    editor.setAttribute("aria-label", `Code of cell ${this.number}. Shift and Enter run it; Escape, then Tab, leaves it.`);
    this.editor = editor;
    if (highlight) {
      highlight.hidden = true;
      highlight.after(editor);
    }
    editor.addEventListener("keydown", (event) => this.key(event));
    editor.addEventListener("input", () => {
      this.ran = false;
      this.grow();
      this.onchange?.();
    });
    this.bar = element("div", "lpu-live-bar");
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", `Cell ${this.number}`);
    const button = (text, title, act) => {
      const made = Object.assign(element("button", "", text), { type: "button", title });
      made.setAttribute("aria-label", `${text}, cell ${this.number}`);
      made.addEventListener("click", act);
      this.bar.append(made);
      return made;
    };
    this.runs = button("Run", "Run this cell, and before it what above has not run", () => this.onrun(false));
    this.alone = button("Run alone", "Run this cell and nothing else", () => this.onrun(true));
    this.stops = button("Stop", "End Python; its variables are lost", () => this.onstop());
    this.resets = button("Reset", "Back to the page's text and result", () => this.reset());
    this.said = element("span", "lpu-live-said");
    this.bar.append(this.said);
    const input = this.node.querySelector(".cell_input");
    const fold = input?.closest("details.hide");
    if (input) (fold && this.node.contains(fold) ? fold : input).after(this.bar);
    else this.node.prepend(this.bar);
    if (!highlight && !input) this.node.prepend(editor);
    let output = this.node.querySelector(".cell_output");
    if (!output) {
      output = element("div", "cell_output docutils container lpu-live-added");
      this.node.append(output);
    }
    const frame = output.querySelector(":scope > figure") || output;
    this.statics = [...frame.children].filter((child) => child.localName !== "figcaption");
    this.live = element("div", "lpu-live-output");
    this.live.setAttribute("aria-live", "off");
    frame.prepend(this.live);
    this.state("");
    this.grow();
  }

  key(event) {
    const { editor } = this;
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.onrun(false);
    } else if (event.key === "Tab" && !event.shiftKey && !this.leaves) {
      event.preventDefault();
      editor.setRangeText("    ", editor.selectionStart, editor.selectionEnd, "end");
      editor.dispatchEvent(new Event("input"));
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault(); // as far in as the line above, and further behind a colon
      const line = editor.value.slice(0, editor.selectionStart).split("\n").at(-1);
      const indent = line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? "    " : "");
      editor.setRangeText(`\n${indent}`, editor.selectionStart, editor.selectionEnd, "end");
      editor.dispatchEvent(new Event("input"));
    }
    this.leaves = event.key === "Escape";
  }

  grow() {
    this.editor.rows = Math.max(1, this.editor.value.split("\n").length);
    this.resets.hidden = !this.changed && !this.fresh;
  }

  // idle "", "waits" or "runs"; and a word behind the buttons.
  state(state, said = "") {
    if (!this.node) return;
    this.runs.disabled = this.alone.disabled = state !== "";
    this.stops.hidden = state === "";
    this.node.classList.toggle("lpu-live-runs", state === "runs");
    this.said.textContent = said;
  }

  // A run begins: what is shown stays until something new is there.
  begin() {
    this.fresh = false;
  }

  hear(message) {
    if (!this.node) return;
    if (!this.fresh) this.live.replaceChildren();
    this.fresh = true;
    if (message.kind === "stream") {
      const last = this.live.lastElementChild;
      const same = last?.classList.contains("lpu-live-stream") && last.dataset.name === message.name;
      const pre = same ? last : element("pre", "lpu-live-stream", "");
      pre.dataset.name = message.name;
      if (pre.textContent.length < 100000) pre.append(message.text);
      if (!same) this.live.append(pre);
    } else this.live.append(shown(message, this.ondraw));
    // After an error the page's own result stays in sight.
    if (message.kind !== "error") for (const node of this.statics) node.hidden = true;
    this.resets.hidden = false;
  }

  end() {
    if (!this.node) return;
    if (!this.fresh) this.live.replaceChildren(); // it showed nothing this time
  }

  reset() {
    Object.assign(this, { ran: false, fresh: false });
    if (!this.node) return;
    this.live.replaceChildren();
    for (const node of this.statics) node.hidden = false;
    this.source = this.text;
    this.said.textContent = "";
    this.onchange?.();
  }
}
