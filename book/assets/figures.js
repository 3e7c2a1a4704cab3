// Under each figure: its picture as a file that stands alone, in the colours of paper, and the way to its code, folded above.
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
      button("Show the code", name, () => open(fold)),
    );
    caption.append(tools);
  };
  addEventListener("DOMContentLoaded", () => document.querySelectorAll(".bd-article figure[id]").forEach(equip));
})();
