// What every part uses: elements, buttons, counts.
(() => {
  "use strict";

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const button = (text, act, attributes = {}) => {
    const node = make("button", { type: "button", ...attributes }, text);
    node.addEventListener("click", act);
    return node;
  };
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const bitsOf = (values) => values.map((x) => (x > 0 ? "1" : "0")).join("");

  Object.assign(window.LPULab, { make, button, plural, bitsOf });
})();
