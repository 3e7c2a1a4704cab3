// The changed cells of a page in its address, behind the #: deflated, in letters that an address may hold.
const NAME = "#live=";

const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

// A short mark of a text, by which a link knows whether the page still has the cell that was changed.
export const mark = (text) => {
  let hash = 5381;
  for (const letter of text) hash = (Math.imul(hash, 33) ^ letter.codePointAt(0)) >>> 0;
  return hash.toString(36);
};

// changes: [name of the cell, mark of its text on the page, new text] each.
export const packed = async (changes) => {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(changes)), new CompressionStream("deflate-raw"));
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return NAME + letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

// What an address brings: null where it brings none, an error where it is damaged.
export const unpacked = async (hash) => {
  if (!hash.startsWith(NAME)) return null;
  const letters = atob(hash.slice(NAME.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = await through(
    Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
    new DecompressionStream("deflate-raw"),
  );
  const changes = JSON.parse(new TextDecoder().decode(bytes));
  const strings = (change) =>
    Array.isArray(change) && change.length === 3 && change.every((part) => typeof part === "string");
  if (!Array.isArray(changes) || !changes.every(strings)) throw new Error("no list of cells");
  return changes;
};
