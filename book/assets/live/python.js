// Python as the page sees it: one worker, which runs one cell at a time and is ended to stop it.
export class Stopped extends Error {}

export class Python {
  // base: where the files lie; files: their sizes and checksums; told: hears of the stages of a start.
  constructor(base, files, told) {
    Object.assign(this, { base, files, told, worker: null, module: null, memory: 0, heard: null, settle: null });
  }

  // Start unless it runs already.
  async start() {
    if (this.worker) return;
    this.worker = new Worker(`${this.base}worker.js`, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.hear(data));
    this.worker.addEventListener("error", (event) => this.fail(event.message || "its script could not be loaded"));
    const { base, files, module } = this;
    try {
      await this.ask({ start: { base, files, module } }, () => {});
    } catch (error) {
      this.end();
      throw error;
    }
  }

  // Run a cell; `heard` gets what it tells.  True where it came to its end, false after an error.  Throws Stopped.
  async run(source, number, heard) {
    await this.start();
    let fine = false;
    await this.ask({ run: { source, number } }, (message) => {
      if (message.kind === "done") fine = true;
      else heard(message);
    });
    return fine;
  }

  // Texts in Markdown as HTML.
  async render(texts) {
    await this.start();
    let html = [];
    await this.ask({ texts }, (message) => {
      if (message.kind === "rendered") html = message.html;
    });
    return html;
  }

  // The picture of a second slider at a value, or what went wrong.
  async draw(number, value) {
    let answer = null;
    await this.ask({ draw: { number, value } }, (message) => {
      if (message.kind !== "stream") answer = message;
    });
    return answer;
  }

  // End the worker, in whatever loop it is.  What Python knew is gone.
  stop() {
    const { settle } = this;
    this.end();
    settle?.no(new Stopped("stopped"));
  }

  end() {
    this.worker?.terminate();
    Object.assign(this, { worker: null, heard: null, settle: null });
  }

  ask(message, heard) {
    return new Promise((yes, no) => {
      Object.assign(this, { heard, settle: { yes, no } });
      this.worker.postMessage(message);
    });
  }

  fail(text) {
    const { settle } = this;
    this.end();
    settle?.no(new Error(text));
  }

  hear(message) {
    if (message.memory) this.memory = message.memory;
    if (message.kind === "stage") {
      if (message.module) this.module = message.module; // compiled once, also for the next start
      this.told(message);
    } else if (message.kind === "failed") this.fail(message.text);
    else if (message.kind === "ready" || message.kind === "rest") this.settle.yes();
    else this.heard(message);
  }
}
