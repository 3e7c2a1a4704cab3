// On a narrow screen a figure of several panels becomes a column of them.
window.LPUFigures = (() => {
  const NARROW = 560; // px of a screen on which figures stack
  const GAP = 6; // points between rows
  let printing = false;

  // Views (lpu_book/panels.py) side by side as far as there is room, in points: rows of {x, y, width, height, parts, scale}.
  // One that is wider even at its least scale is pulled (reading.js).
  const rows = (svg, room) => {
    const found = [];
    let free = 0;
    for (const text of svg.dataset.panels.split(";")) {
      const [x, y, width, height, least, ...parts] = text.split(" ").map(Number);
      const scale = Math.min(1, Math.max(least, room / width));
      if (width > free) {
        found.push([]);
        free = room;
      }
      free -= width * scale;
      found.at(-1).push({ x, y, width: width * scale, height: height * scale, parts, scale });
    }
    return found;
  };
  const inner = (svg) => [...svg.querySelector(":scope > g").children];
  const stack = (svg, room) => {
    const laid = rows(svg, room);
    const long = (row) => row.reduce((sum, view) => sum + view.width, 0);
    const width = Math.max(room, ...laid.map(long));
    const groups = inner(svg);
    let top = -GAP;
    for (const row of laid) {
      top += GAP;
      let left = (width - long(row)) / 2;
      for (const { x, y, parts, scale, ...view } of row) {
        for (const part of parts)
          groups[part].setAttribute("transform", `translate(${left - x * scale} ${top - y * scale}) scale(${scale})`);
        left += view.width;
      }
      top += Math.max(...row.map((view) => view.height));
    }
    for (const axis of svg.querySelectorAll(".again")) axis.removeAttribute("display");
    svg.dataset.whole ||= [svg.getAttribute("viewBox"), svg.getAttribute("style")].join("|");
    svg.setAttribute("viewBox", `0 0 ${width} ${top}`);
    Object.assign(svg.style, { width: `${width}pt`, minWidth: `${width}pt`, aspectRatio: `${width} / ${top}` });
  };
  const unstack = (svg) => {
    if (!svg.dataset.whole) return;
    const [box, style] = svg.dataset.whole.split("|");
    svg.setAttribute("viewBox", box);
    svg.setAttribute("style", style);
    for (const group of inner(svg)) group.removeAttribute("transform");
    for (const axis of svg.querySelectorAll(".again")) axis.setAttribute("display", "none");
    delete svg.dataset.whole;
    delete svg.dataset.room;
  };

  // The room that a picture has, in points: that of its frame or, where this one is hidden, of what is around it.
  const room = (svg) => {
    let place = svg.parentElement;
    while (place && !place.clientWidth) place = place.parentElement;
    return Math.floor(place?.clientWidth * 0.75);
  };
  const fit = () => {
    const found = [...document.querySelectorAll(".lpu-figure > svg[data-panels]")].map((svg) => [svg, room(svg)]);
    for (const [svg, free] of found) {
      const narrow = !printing && innerWidth <= NARROW && free < Number.parseFloat(svg.getAttribute("width"));
      if (!narrow) unstack(svg);
      else if (svg.dataset.room !== `${free}`) {
        stack(svg, free);
        svg.dataset.room = free;
      }
    }
  };
  addEventListener("DOMContentLoaded", fit); // again as the page changes: reading.js
  for (const [event, yes] of [
    ["beforeprint", true],
    ["afterprint", false],
  ])
    addEventListener(event, () => {
      printing = yes;
      fit();
    });
  return { fit, unstack };
})();

// Under each figure: its picture as a file that stands alone, in the colours of paper, what it shows as a table, and the way to
// its code, folded above.
(() => {
  const INK = "#1f2328";
  const page =
    location.pathname
      .split("/")
      .pop()
      .replace(/\.html$/, "") || "index";
  const shown = (figure) => [...figure.querySelectorAll("svg[role=img]")].find((svg) => svg.checkVisibility());

  const alone = (svg) => {
    const copy = svg.cloneNode(true);
    window.LPUFigures.unstack(copy);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("style", `color:${INK};background:#fff`);
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = svg.getAttribute("aria-label");
    copy.prepend(title);
    return new XMLSerializer().serializeToString(copy);
  };
  const save = (figure) => {
    const svg = shown(figure);
    if (!svg) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([alone(svg)], { type: "image/svg+xml" }));
    link.download = `${page}-${figure.id}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const open = (fold) => {
    fold.open = true;
    fold.scrollIntoView({ block: "start" });
    fold.querySelector("summary").focus({ preventScroll: true });
  };
  const button = (text, name, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", `${text}: ${name}`);
    made.addEventListener("click", act);
    return made;
  };

  const link = (text, name, href) => {
    const made = document.createElement("a");
    Object.assign(made, { href, download: "", textContent: text });
    made.setAttribute("aria-label", `${text}: ${name}`);
    return made;
  };

  const equip = (figure) => {
    const caption = figure.querySelector("figcaption");
    const name = caption?.querySelector(".caption-number")?.textContent.trim();
    const fold = figure.closest(".cell")?.querySelector("details.above-input");
    if (name) figure.setAttribute("aria-label", name); // else its name is the whole caption, which is read out twice
    if (!name || !fold) return;
    fold.querySelector(".collapsed").textContent = `Show the code of ${name}`;
    fold.querySelector(".expanded").textContent = `Hide the code of ${name}`;
    const tools = document.createElement("p");
    tools.className = "lpu-figure-tools";
    tools.append(
      button("Save as SVG", name, () => save(figure)),
      link("Save the data", name, `data/${page}-${figure.id}.csv`),
      button("Show the code", name, () => open(fold)),
    );
    caption.append(tools);
  };
  addEventListener("DOMContentLoaded", () => document.querySelectorAll(".bd-article figure[id]").forEach(equip));
})();
