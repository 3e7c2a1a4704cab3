// Python in a worker: what the page's cells run in.  It takes {start} once and then {run}, one cell at a time.
// A worker cannot be interrupted from within Python: to stop a cell, the page ends the worker.
import {
  ConsoleStdout,
  Directory,
  File,
  wasi as names,
  OpenDirectory,
  OpenFile,
  PreopenDirectory,
  WASI,
} from "../vendor/wasi/index.js";

const LIBRARY = "/usr/local/lib/python315.zip";
const SETTINGS = [
  "HOME=/tmp",
  "TMPDIR=/tmp",
  "MPLCONFIGDIR=/tmp",
  "MPLBACKEND=agg",
  "PYTHONTZPATH=",
  "LPU_PROGRESS=0",
  "JOBLIB_MULTIPROCESSING=0",
  "OMP_NUM_THREADS=1",
];
// The shim names no rights, and Python then takes every folder for one that it may not write to.
OpenDirectory.prototype.fd_fdstat_get = () => {
  const fdstat = new names.Fdstat(names.FILETYPE_DIRECTORY, 0);
  fdstat.fs_rights_base = fdstat.fs_rights_inherited = (1n << 30n) - 1n;
  return { ret: 0, fdstat };
};
const text = { in: new TextEncoder(), out: new TextDecoder() };
const LIVE = "__import__('live')"; // without a name: the cells' own names are the reader's
let python = null;

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// One file, whole and as the list says, or an error that names it.
const fetched = async (base, name, { bytes, sha256 }, told) => {
  const response = await fetch(new URL(name, base));
  if (!response.ok) throw new Error(`${name} is not there (${response.status}).`);
  const content = new Uint8Array(bytes);
  let at = 0;
  for await (const chunk of stream(response.body)) {
    if (at + chunk.length > bytes) throw new Error(`${name} is not the file that belongs to this page: it is longer.`);
    content.set(chunk, at);
    at += chunk.length;
    told(chunk.length);
  }
  const found = hex(await crypto.subtle.digest("SHA-256", content.subarray(0, at)));
  if (found !== sha256) throw new Error(`${name} is not the file that belongs to this page: its checksum differs.`);
  return content;
};

// Not every browser can loop over a stream.
async function* stream(body) {
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

const unpacked = (content) => new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
const whole = async (content) => new Uint8Array(await new Response(unpacked(content)).arrayBuffer());

// A bundle of tools/live.py as a tree of folders.
const tree = (content) => {
  const length = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  const where = JSON.parse(text.out.decode(content.subarray(4, 4 + length)));
  const root = new Map();
  for (const [name, [start, end]] of Object.entries(where)) {
    const parts = name.split("/");
    let folder = root;
    for (const part of parts.slice(0, -1)) {
      if (!folder.has(part)) folder.set(part, new Directory(new Map()));
      folder = folder.get(part).contents;
    }
    folder.set(parts.at(-1), new File(content.subarray(4 + length + start, 4 + length + end), { readonly: true }));
  }
  return root;
};

const start = async ({ base, files, module }) => {
  const sum = Object.values(files).reduce((all, file) => all + file.bytes, 0);
  let come = 0;
  const told = (bytes) => {
    come += bytes;
    postMessage({ kind: "stage", stage: "download", come, of: sum });
  };
  const get = (name) => fetched(base, name, files[name], told);
  const compiled = get("vendor/python.wasm.gz").then((content) => {
    const headers = { "Content-Type": "application/wasm" };
    return module || WebAssembly.compileStreaming(new Response(unpacked(content), { headers }));
  });
  const [library, drawing, book] = await Promise.all([
    get("vendor/python.zip"),
    get("vendor/matplotlib.gz").then(whole),
    get("book.gz").then(whole),
  ]);
  if (!module) postMessage({ kind: "stage", stage: "compile" });
  const code = await compiled;
  postMessage({ kind: "stage", stage: "import", module: module ? null : code });
  const lines = (name) => ConsoleStdout.lineBuffered((line) => postMessage({ kind: "stream", name, text: `${line}\n` }));
  const open = [
    new OpenFile(new File([])),
    lines("stdout"),
    lines("stderr"),
    new PreopenDirectory("/usr/local/lib", new Map([["python315.zip", new File(library, { readonly: true })]])),
    new PreopenDirectory(`${LIBRARY}/matplotlib/mpl-data`, tree(drawing)),
    new PreopenDirectory(
      "/",
      new Map([
        ["tmp", new Directory(new Map())],
        ["lpu", new Directory(tree(book))],
      ]),
    ),
  ];
  const wasi = new WASI(["/usr/local/bin/python.wasm"], SETTINGS, open, { debug: false });
  const host = { call: (at, length, toAnswer, toLength) => heard(at, length, toAnswer, toLength) };
  const instance = await WebAssembly.instantiate(code, { wasi_snapshot_preview1: wasi.wasiImport, host });
  python = instance.exports;
  wasi.initialize(instance);
  turn("import sys; sys.path.insert(0, '/lpu'); import os; os.chdir('/lpu/book'); import live; live.start()");
  for (const name of ["numpy", "scipy.special", "matplotlib.pyplot", "lpu_core.dynamics", "lpu_book.plotting"]) {
    postMessage({ kind: "stage", stage: "import", name });
    turn(`__import__(${JSON.stringify(name)})`);
  }
  turn(`${LIVE}.dress()`);
  postMessage({ kind: "ready", memory: python.memory.buffer.byteLength });
};

// A message from Python, which expects an answer: an empty one.
const heard = (at, length, toAnswer, toLength) => {
  postMessage(JSON.parse(text.out.decode(new Uint8Array(python.memory.buffer, at, length).slice())));
  const answer = python.host_alloc(1);
  const view = new DataView(python.memory.buffer);
  view.setUint32(toAnswer, answer, true);
  view.setUint32(toLength, 0, true);
  return 0;
};

const turn = (code) => {
  const bytes = text.in.encode(code);
  const at = python.host_alloc(bytes.length) >>> 0;
  new Uint8Array(python.memory.buffer).set(bytes, at);
  return python.turn(at, bytes.length);
};

addEventListener("message", async ({ data }) => {
  try {
    if (data.start) await start(data.start);
    else if (data.texts) {
      turn(`${LIVE}.render(${JSON.stringify(JSON.stringify(data.texts))})`);
      postMessage({ kind: "rest", memory: python.memory.buffer.byteLength });
    } else if (data.draw) {
      turn(`${LIVE}.draw(${data.draw.number}, ${data.draw.value})`);
      postMessage({ kind: "rest", memory: python.memory.buffer.byteLength });
    } else {
      turn(`${LIVE}.run(${JSON.stringify(data.run.source)}, ${JSON.stringify(data.run.number)})`);
      postMessage({ kind: "rest", memory: python.memory.buffer.byteLength });
    }
  } catch (error) {
    postMessage({ kind: "failed", text: String(error?.message || error) });
  }
});
