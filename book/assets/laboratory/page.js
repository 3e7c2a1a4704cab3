// The page: its parts in their places, what it listens to, and the beginning.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make, button, root, state, address, actions, clock } = L;
  const { control, kickButton, pulseButtons } = L.controls;
  const { picture } = L.canvas;

  const layOut = () => {
    const group = (legend, names, ...more) =>
      make("fieldset", {}, make("legend", {}, legend), ...names.map(control), ...more);
    const { seed } = L.spec;
    root.replaceChildren(
      actions.note,
      make(
        "div",
        { class: "lab-pictures" },
        picture("plane", "The latent plane: the flow, its fixed points and κ. Tap a corner to send its pulses."),
        picture("outputs", "The outputs over time, with targets, pulses and kicks."),
        make(
          "div",
          { class: "lab-bar" },
          L.words.readout,
          make(
            "div",
            { class: "lab-buttons", role: "group", "aria-label": "Clock" },
            clock.playButton,
            button("Step", () => clock.byHand(1)),
            button("50 steps", () => clock.byHand(50)),
            button("Restart", actions.restart),
            button("Reset all", actions.reset),
          ),
          pulseButtons,
          make("div", { class: "lab-buttons" }, kickButton),
          make("div", { class: "lab-groups" }, control("p"), control("speed")),
          L.words.status,
        ),
        picture("scatter", "Each neuron by its tuning m and its influence n. Draw a rectangle to choose neurons."),
      ),
      make(
        "div",
        { class: "lab-groups" },
        group(
          "Network",
          ["net", "n", "tau", "redundant", "seed"],
          button("Draw anew", () => actions.set("seed", (state.settings.seed % seed.high) + 1)),
        ),
        group("Drift and input", ["drift", "sigma", "u1", "u2", "noise"]),
        group("Kick neurons", ["bit", "target", "count", "sign", "height", "steps"]),
      ),
      address.row(),
    );
  };

  const listen = () => {
    const enter = () => {
      actions.apply(address.read());
      address.write();
      root.scrollIntoView({ behavior: clock.still.matches ? "instant" : "smooth", block: "start" });
      root.focus({ preventScroll: true });
    };
    window.addEventListener("hashchange", () => address.holdsSettings() && enter());
    for (const link of document.querySelectorAll("a[data-settings]")) {
      const settingsOf = `#${link.dataset.settings}`;
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, "", settingsOf);
        enter();
      });
      // Not before the page has loaded: the theme then takes the fragment of every link for a selector, and would throw.
      window.addEventListener("load", () => setTimeout(() => (link.href = settingsOf)));
    }
    new MutationObserver(() => {
      L.canvas.readColours();
      clock.redraw();
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(clock.redraw).observe(root);
    new IntersectionObserver((entries) => clock.setVisible(entries.at(-1).isIntersecting)).observe(
      root.querySelector(".lab-pictures"),
    );
    document.addEventListener("visibilitychange", clock.wake);
    clock.still.addEventListener("change", () => clock.still.matches && clock.setPlaying(false));
  };

  layOut();
  L.canvas.readColours();
  L.pointers.listen();
  listen();
  actions.apply(address.read());
  if (address.holdsSettings()) address.write();

  // For the tests.
  L.page = {
    settings: () => ({ ...state.settings }),
    state: () => ({
      kappa: [...state.kappa],
      clock: state.clock,
      playing: state.playing,
      chosen: [...state.chosen],
    }),
    network: () => state.net,
    fixed: () => state.fixed,
    pixels: (point) => [L.plane.maps.x(point[0]), L.plane.maps.y(point[1])],
    scatterPixels: (m, n) => [L.scatter.maps.x(m), L.scatter.maps.y(n)],
    // Mean ms of a frame: searches, steps of the network, drawing; and over how many frames.
    frameCost: () => {
      const { cost } = clock;
      return Object.fromEntries(Object.entries(cost).map(([k, v]) => [k, k === "frames" ? v : v / cost.frames]));
    },
  };
})();
