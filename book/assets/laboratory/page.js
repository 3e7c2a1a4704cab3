// The laboratory's own page: it begins as its address says, and the links of the page set it up.
(() => {
  "use strict";
  const L = window.LPULab;
  const root = document.getElementById("lpu-laboratory");
  const lab = L.laboratory(root, L.data, location.hash.includes("=") ? location.hash : "try=hold");
  const { address, actions, clock } = lab;

  const enter = () => {
    actions.apply(L.parseSettings(location.hash, lab.spec));
    address.write();
    root.scrollIntoView({ behavior: clock.still.matches ? "instant" : "smooth", block: "start" });
    root.focus({ preventScroll: true });
  };
  if (address.holdsSettings()) address.write();
  window.addEventListener("hashchange", () => address.holdsSettings() && enter());
  for (const link of document.querySelectorAll("a[data-experiment]")) {
    const settings = `#try=${link.dataset.experiment}`;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", settings);
      enter();
    });
    // Not before the page has loaded: the theme then takes the fragment of every link for a selector, and would throw.
    window.addEventListener("load", () => setTimeout(() => (link.href = settings)));
  }

  // For the tests.
  const pixels = ({ maps }, [a, b]) => [maps.x(a), maps.y(b)];
  L.page = {
    lab,
    settings: () => ({ ...lab.settings }),
    state: () => ({ kappa: [...lab.kappa], clock: lab.steps, playing: lab.playing, chosen: [...lab.chosen] }),
    network: () => lab.net,
    fixed: () => (lab.fixed?.known && !lab.search.isBusy() ? lab.fixed : null),
    pixels: (point) => pixels(lab.views.plane, point),
    scatterPixels: (m, n) => pixels(lab.views.scatter, [m, n]),
    // Mean ms of a frame: searches, steps of the network, drawing; and over how many frames.
    frameCost: () => {
      const { cost } = clock;
      return Object.fromEntries(Object.entries(cost).map(([k, v]) => [k, k === "frames" ? v : v / cost.frames]));
    },
  };
})();
