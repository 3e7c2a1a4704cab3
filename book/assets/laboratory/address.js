// The page's address, which holds the settings, and the link to copy.
(() => {
  "use strict";
  const L = window.LPULab;
  const { make } = L;

  L.address = (lab) => {
    const link = make("input", { type: "text", readonly: "", id: "lab-link" });
    let writing = 0;

    const holdsSettings = () => location.hash.includes("=");
    const showLink = () => (link.value = location.href);
    const write = () => {
      clearTimeout(writing);
      const settings = L.formatSettings(lab.settings, lab.spec);
      history.replaceState(null, "", settings ? `#${settings}` : location.pathname + location.search);
      showLink();
    };
    const writeSoon = () => {
      clearTimeout(writing);
      writing = setTimeout(write, 200);
    };

    const copy = async () => {
      write();
      try {
        await navigator.clipboard.writeText(link.value);
      } catch {
        link.select(); // an old browser, or no leave to write: select it, and try the old way
        document.execCommand("copy");
      }
      lab.tell("The link is copied.");
    };

    const row = () => {
      const label = make("label", { for: link.id }, "this experiment");
      showLink();
      return make("div", { class: "lab-row lab-share" }, label, link, L.button("Copy link", copy));
    };

    return { holdsSettings, write, writeSoon, row };
  };
})();
