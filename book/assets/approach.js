// The laboratory, and its figures in the chapters: their scripts are loaded when a reader comes near, in this order.
(() => {
  "use strict";
  const here = document.currentScript.src;
  const SCRIPTS = [
    "formulas/networks",
    "formulas/chance",
    "formulas/fixed-points",
    "formulas/landscape",
    "formulas/making",
    "formulas/flip-flop",
    "formulas/pushes",
    "laboratory/data",
    "laboratory/parts",
    "laboratory/experiments",
    "laboratory/settings",
    "laboratory/kicks",
    "laboratory/trials",
    "laboratory/model",
    "laboratory/search",
    "laboratory/canvas",
    "laboratory/plane",
    "laboratory/scatter",
    "laboratory/outputs",
    "laboratory/clock",
    "laboratory/words",
    "laboratory/controls",
    "laboratory/hands",
    "laboratory/address",
    "laboratory/guide",
    "laboratory/laboratory",
  ];
  let loading = null;

  // Classic scripts, for pages opened as files may load no modules.
  const load = (name) =>
    new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { async: false, onload: resolve, onerror: reject });
      script.src = new URL(`${name}.js`, here);
      document.head.append(script);
    });
  const all = () => {
    if (loading) return loading;
    const style = Object.assign(document.createElement("link"), {
      rel: "stylesheet",
      href: new URL("laboratory.css", here),
    });
    document.head.append(style);
    loading = Promise.all(SCRIPTS.map(load));
    return loading;
  };

  // "Open in the laboratory", with the settings at hand.
  const link = (lab) => {
    const L = window.LPULab;
    const anchor = L.make(
      "a",
      { class: "lab-open", href: new URL("../laboratory.html", here) },
      "Open in the laboratory with these settings",
    );
    anchor.addEventListener("click", () => {
      anchor.href = `${new URL("../laboratory.html", here)}#${L.formatSettings(lab.settings, lab.spec)}`;
    });
    return anchor;
  };

  const begin = async (place) => {
    await all();
    const L = window.LPULab;
    const { experiment, pictures = "plane outputs", settings = "" } = place.dataset;
    const figure = { ...L.EXPERIMENTS[experiment], pictures: pictures.split(" "), link };
    place.lab = L.laboratory(place, L.data, `try=${experiment}&${settings}`, figure);
  };

  const whole = document.getElementById("lpu-laboratory");
  if (whole) {
    all()
      .then(() => load("laboratory/classics")) // the networks of the classic tasks, for this page alone
      .then(() => load("laboratory/page"));
  }
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        begin(target);
      }
    },
    { rootMargin: "400px" },
  );
  for (const place of document.querySelectorAll(".lpu-live-plane[data-experiment]")) near.observe(place);
})();
