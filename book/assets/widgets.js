// A mend, without which the widgets throw and the links that a slider drives stop there.  tests/test_site.py moves
// sliders and would see it.
(() => {
  // ipywidgets sets the formulas of its labels by MathJax 2's Hub.Queue; we have MathJax 3.  It replaces
  // window.MathJax when it starts, hence the setter.
  let mathjax = window.MathJax;
  const hub = {
    Queue: ([, , node]) => mathjax.startup?.promise?.then(() => mathjax.typesetPromise([node])),
  };
  const give = (value) => {
    mathjax = value;
    if (value && !value.Hub) value.Hub = hub;
  };
  give(mathjax);
  Object.defineProperty(window, "MathJax", { configurable: true, get: () => mathjax, set: give });
})();
