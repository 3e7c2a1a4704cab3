// What Python shows, as nodes of the page.  It may come of a link's cells, so nothing of it may run or reach elsewhere.
const GONE = "script, iframe, object, embed, link, meta, base, form, foreignObject, animate, set";
const LINKS = ["href", "src", "xlink:href", "action", "formaction", "srcset", "poster", "background"];
let pictures = 0;

const harmless = (name, value) => {
  if (name.startsWith("on")) return false;
  if (LINKS.includes(name)) return /^(#|data:image\/(png|jpeg|gif|webp);|https?:\/\/)/i.test(value.trim());
  return !/url\(\s*(?!['"]?#)|expression\(|@import/i.test(value);
};

export const cleaned = (html) => {
  const page = new DOMParser().parseFromString(`<body>${html}`, "text/html");
  for (const node of page.body.querySelectorAll(GONE)) node.remove();
  const own = `live${++pictures}-`;
  const ids = new Set([...page.body.querySelectorAll("svg [id]")].map((node) => node.id));
  for (const node of page.body.querySelectorAll("*")) {
    if (node.localName === "style" && !harmless("style", node.textContent)) node.remove();
    for (const { name, value } of [...node.attributes]) {
      // A picture's own ids are made anew, for the page may hold the same picture already; other ids go.
      const renamed = value
        .replace(/^#(.+)$/, (all, id) => (ids.has(id) ? `#${own}${id}` : all))
        .replace(/url\((['"]?)#([^)'"]+)\1\)/g, (all, _, id) => (ids.has(id) ? `url(#${own}${id})` : all));
      if (!harmless(name, value) || (name === "src" && !value.trim().startsWith("data:"))) node.removeAttribute(name);
      else if (name === "id" && !ids.has(value)) node.removeAttribute(name);
      else if (name === "id") node.setAttribute(name, own + value);
      else if (renamed !== value) node.setAttribute(name, renamed);
    }
  }
  return [...page.body.childNodes].map((node) => document.adoptNode(node));
};

const element = (tag, className, text) => {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

// Pictures drawn beforehand and a slider over them.
const moving = ({ label, names, pictures: drawn, start, live }, draw) => {
  const box = element("div", "lpu-live-moving");
  const line = element("label", "");
  line.append(...cleaned(label), " ");
  const slider = Object.assign(element("input", ""), { type: "range", min: 0, max: names.length - 1, value: start });
  const value = element("output", "");
  value.ariaLive = "off"; // the slider says its value
  const frames = drawn.map((html) => {
    const frame = element("div", "");
    frame.append(...cleaned(html));
    return frame;
  });
  const show = () => {
    value.textContent = names[slider.value];
    slider.setAttribute("aria-valuetext", names[slider.value]);
    frames.forEach((frame, i) => {
      frame.hidden = i !== Number(slider.value);
    });
  };
  slider.addEventListener("input", show);
  line.append(slider, " ", value);
  box.append(line, ...frames);
  if (live && draw) box.append(...anyValue(label, live, draw));
  show();
  return box;
};

// A second slider, for any value: Python draws its picture once the slider rests.
const anyValue = (label, { number, low, high, step }, draw) => {
  const line = element("label", "");
  line.append("any ", ...cleaned(label), " ");
  const slider = Object.assign(element("input", ""), { type: "range", min: low, max: high, step, value: low });
  const value = element("output", "", String(low));
  value.ariaLive = "off";
  const frame = element("div", "lpu-live-any");
  slider.addEventListener("input", () => {
    value.textContent = String(Number(Number(slider.value).toPrecision(4)));
  });
  // One picture at a time, and at last that of where the slider came to rest.
  let busy = false;
  const redraw = async () => {
    if (busy) return;
    busy = true;
    let at = null;
    try {
      while (at !== slider.value) {
        at = slider.value;
        frame.replaceChildren(...(await draw(number, Number(at))));
      }
    } finally {
      busy = false;
    }
  };
  slider.addEventListener("change", redraw);
  line.append(slider, " ", value);
  return [line, frame];
};

// One message of Python's as a node; `draw` asks Python for the picture of a second slider.
export const shown = (message, draw) => {
  if (message.kind === "error") {
    const box = element("div", "lpu-live-error");
    if (message.why) box.append(element("p", "", message.why));
    const fold = element("details", "");
    fold.append(element("summary", "", "What Python said"), element("pre", "", message.text));
    if (!message.why) fold.open = true;
    box.append(fold);
    return box;
  }
  const { mime, data } = message;
  const box = element("div", "output");
  if (mime === "application/vnd.lpu.moving+json") box.append(moving(JSON.parse(data), draw));
  else if (mime === "text/html" || mime === "image/svg+xml") box.append(...cleaned(data));
  else if (mime === "image/png")
    box.append(Object.assign(element("img", ""), { src: `data:image/png;base64,${data}`, alt: "" }));
  else box.append(element("pre", "", data));
  return box;
};
