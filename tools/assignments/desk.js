// The lecturer's desk: each card keeps its points and comment as soon as they are entered, and tries until they are kept.
globalThis.MathJax = { tex: { packages: { "[-]": ["html", "require", "autoload"] } }, options: { enableMenu: false } };
(() => {
  "use strict";
  const root = document.currentScript.dataset.root;
  const WAIT = 600; // ms after the last key
  const AGAIN = 3000; // ms until the next try, where the desk does not answer
  const unsaved = new Set();

  const numbers = (card) => [...card.querySelectorAll(".rubric:checked")].map((box) => Number(box.value));
  const rubric = (card) =>
    [...card.querySelectorAll(".rubric")].map((box) => `${box.checked ? "✓" : "✗"} ${box.nextElementSibling.textContent}`);

  const entered = (card) => {
    const { assignment, student, question } = card.dataset;
    const points = card.querySelector(".points").value;
    const own = card.querySelector(".comment").value.trim();
    const ticked = numbers(card).length ? rubric(card) : [];
    return {
      assignment,
      student,
      question,
      points: points === "" ? null : Number(points),
      comment: [...ticked, own].filter(Boolean).join("\n"),
      reason: card.querySelector(".reason")?.value || "",
    };
  };

  const count = () => {
    const place = document.getElementById("unread");
    if (place) place.textContent = document.querySelectorAll(".card.unread").length;
  };

  // Say why a card can't be kept yet, or null.
  const lacks = (card) => {
    const field = card.querySelector(".points");
    if (!field.checkValidity()) return `Points from 0 to ${field.max}.`;
    if (field.value !== "" && card.dataset.override && !card.querySelector(".reason").value.trim())
      return "Not kept yet: say why these points are not the judge's.";
    return null;
  };

  const keep = async (card) => {
    const state = card.querySelector(".state");
    const why = lacks(card);
    state.classList.toggle("bad", Boolean(why));
    if (why) {
      state.textContent = why;
      return;
    }
    const told = JSON.stringify(entered(card));
    state.textContent = "…";
    const reply = await fetch(`${root}mark`, { method: "POST", body: told }).catch(() => null);
    const said = await reply?.json().catch(() => null);
    if (!said || reply.status >= 500) {
      state.textContent = `Not kept: ${said?.error || "the desk does not answer (is make mark still running?)"} It is tried again.`;
      state.classList.add("bad");
      setTimeout(() => keep(card), AGAIN);
      return;
    }
    if (said.error) {
      state.textContent = `Not kept: ${said.error}`;
      state.classList.add("bad");
      return;
    }
    if (told === JSON.stringify(entered(card))) unsaved.delete(card);
    state.textContent = said.said;
    if (!card.dataset.override) card.classList.toggle("unread", said.unread);
    count();
  };

  const listen = (card) => {
    let timer = 0;
    const later = () => {
      unsaved.add(card);
      clearTimeout(timer);
      timer = setTimeout(() => keep(card), WAIT);
    };
    card.addEventListener("input", (event) => {
      if (event.target.matches(".rubric"))
        card.querySelector(".points").value = numbers(card).reduce((sum, points) => sum + points, 0);
      later();
    });
  };

  const start = () => {
    for (const card of document.querySelectorAll(".card")) listen(card);
    const only = document.getElementById("only");
    only?.addEventListener("change", () => {
      // Those that are read now, so that none goes away under the pen.
      for (const card of document.querySelectorAll(".card"))
        card.hidden = only.checked && !card.classList.contains("unread");
    });
    const anonymous = document.getElementById("anonymous");
    anonymous?.addEventListener("change", () => document.body.classList.toggle("anonymous", anonymous.checked));
    addEventListener("beforeunload", (event) => {
      if (unsaved.size) event.preventDefault();
    });
  };

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
