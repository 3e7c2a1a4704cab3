// Formulas are set as they come near: those on the screen first, and all of them before the page is printed.
(() => {
  const FORMULAS = ".math";
  const ONE_SCREEN = "100% 0px";
  const SHARE = 16; // formulas between two looks at what else there is to do
  const due = new Set();
  let working = false;
  let goal = null; // what the address leads to, while formulas around it grow

  // A formula wider than its line is set smaller, down to four fifths; what is wider still is pulled (reading.js).
  const fit = (nodes) => {
    const formulas = nodes.flatMap((node) => [...node.querySelectorAll("mjx-container[display]")]);
    for (const { style } of formulas) style.removeProperty("--lpu-fit");
    const shares = formulas.map((node) => Math.max(0.8, node.clientWidth / node.scrollWidth));
    formulas.forEach((node, i) => shares[i] < 1 && node.style.setProperty("--lpu-fit", shares[i]));
  };
  const refit = () => fit([...document.querySelectorAll("div.math")]);
  const hold = () => goal?.scrollIntoView({ behavior: "instant" });
  const set = async () => {
    if (working || !window.MathJax?.startup?.promise) return;
    working = true;
    await window.MathJax.startup.promise;
    while (due.size) {
      const some = [...due].slice(0, SHARE);
      for (const node of some) due.delete(node);
      await window.MathJax.typesetPromise(some);
      fit(some);
      hold();
      await new Promise((go) => setTimeout(go));
    }
    working = false;
  };
  const near = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        due.add(target);
      }
      set();
    },
    { rootMargin: ONE_SCREEN },
  );
  const all = () => {
    const left = [...document.querySelectorAll(FORMULAS)].filter((node) => !node.querySelector("mjx-container"));
    due.clear();
    if (left.length) window.MathJax.typeset?.(left);
    refit();
  };
  const aim = () => {
    goal = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    hold();
  };

  addEventListener("DOMContentLoaded", () => {
    for (const node of document.querySelectorAll(FORMULAS)) near.observe(node);
    document.querySelector("script[src*=mathjax]")?.addEventListener("load", set);
    set();
    aim();
    let width = innerWidth;
    addEventListener("resize", () => {
      if (width !== innerWidth) refit();
      width = innerWidth;
    });
  });
  addEventListener("hashchange", aim);
  for (const mine of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(mine, () => (goal = null), { passive: true });
  addEventListener("beforeprint", all);
})();
