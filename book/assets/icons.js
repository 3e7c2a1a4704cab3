// The theme's Font Awesome puts an <svg> in the place of every <i class="fa ..."> that turns up.  The Play button of
// ipywidgets then looks for its <i> and throws, and every link that its slider drives stops there.
// tests/test_site.py moves a slider and would see it.
(function () {
  if (window.FontAwesome) {
    // It has run, the page is not ready: it draws the theme's own icons once and leaves later changes alone.
    window.FontAwesome.config.observeMutations = false;
  }
})();
