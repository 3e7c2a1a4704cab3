// Figures that move (tools/moving.py): a slider, a play button, and pictures that wait as text until they are asked for.
(() => {
  const PACE = 700; // ms a picture
  const [PLAY, PAUSE, AGAIN] = [
    ["▶", "Play"],
    ["❚❚", "Pause"],
    ["↻", "Play again"],
  ];

  const move = (figure) => {
    const [button, slider, output] = ["button", "input", "output"].map((part) => figure.querySelector(part));
    const names = slider.dataset.names.split("|");
    const frame = figure.querySelector(".lpu-figure");
    const waiting = [...figure.querySelectorAll("script")].map((script) => script.text);
    const [start, last] = [Number(slider.value), names.length - 1];
    const pictures = { [start]: frame.firstElementChild };
    let playing = 0;

    const picture = (i) => {
      if (!pictures[i]) {
        const text = waiting[i > start ? i - 1 : i];
        pictures[i] = new DOMParser().parseFromString(text, "text/html").querySelector("svg");
      }
      return pictures[i];
    };

    const face = ([sign, name]) => {
      button.textContent = sign;
      button.setAttribute("aria-label", name);
      button.title = name;
    };
    const show = () => {
      const i = Number(slider.value);
      frame.style.minHeight = `${frame.offsetHeight}px`; // pictures differ by a little, and the text below stays
      frame.replaceChildren(picture(i));
      output.textContent = names[i];
      slider.setAttribute("aria-valuetext", names[i]);
      figure.classList.add("lpu-touched");
    };
    const rest = () => {
      clearInterval(playing);
      playing = 0;
      face(Number(slider.value) === last ? AGAIN : PLAY);
    };
    const step = () => {
      slider.value = Number(slider.value) + 1;
      show();
      if (Number(slider.value) === last) rest();
    };
    button.addEventListener("click", () => {
      if (playing) {
        rest();
        return;
      }
      if (Number(slider.value) === last) {
        slider.value = 0;
        show();
      }
      playing = setInterval(step, PACE);
      face(PAUSE);
    });
    slider.addEventListener("input", () => {
      rest();
      show();
    });
    face(PLAY);
    button.hidden = slider.hidden = false;
  };

  addEventListener("DOMContentLoaded", () => document.querySelectorAll(".lpu-moving").forEach(move));
})();
