"""A hand on the laboratory: each experiment done to its goal by mouse, by finger or by keys alone, in any engine.

A screen has `ask` and `wait` for scripts; `point(kind, path, times)`, which presses at the first place, moves along and lets
go at the last; `strike(keys)`; and `choose`, for what the engine's own list of a <select> does.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

KINDS = ("mouse", "touch", "keys")
SIZES = ((1400, 900), (390, 844))
KNOWN = "LPULab.page.fixed() !== null"
REACHED = "!!document.querySelector('.lab-goal.lab-reached')"
BAD = "LPULab.page.lab.tally.counted >= 300 && LPULab.page.lab.tally.accuracy < 0.9"
SEEN = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go(true))))"
"""Two frames on, what was done has been looked at by the page."""
HELP = """window.hand = (() => {
  const lab = () => LPULab.page.lab;
  const near = (node) => node.scrollIntoView({ block: "nearest", behavior: "instant" });
  const at = (node, share, focus) => {
    near(node);
    if (focus) node.focus({ preventScroll: true });
    const missed = node.tabIndex < 0 || (focus && document.activeElement !== node);
    if (missed) throw new Error(`no key leads to ${node.outerHTML}`);
    const { left, top, width, height } = node.getBoundingClientRect();
    const thumb = 16;
    const [x, y] = [left + Math.min(width - 2, Math.max(2, thumb / 2 + share * (width - thumb))), top + height / 2];
    return node.contains(document.elementFromPoint(x, y)) && [x, y]; // false while something covers it
  };
  const button = (name) =>
    [...document.querySelectorAll("#lpu-laboratory button")].find(
      (node) => node.checkVisibility() && [node.textContent, node.getAttribute("aria-label")].includes(name),
    );
  const field = (name) => document.getElementById(`lab-${name}`);
  const slider = (name) => field(name).parentElement.querySelector("[type=range]");
  const share = (name, value) => {
    const { min, max } = slider(name);
    const log = lab().spec[name].log && max < 20; // else the experiment has a range of its own
    return ((log ? Math.log(value + 1) : value) - min) / (max - min);
  };
  const places = (picture, points) => {
    const { canvas, maps } = lab().views[picture];
    near(canvas);
    const { x, y } = canvas.getBoundingClientRect();
    return points.map(([a, b]) => [x + maps.x(a), y + maps.y(b)]);
  };
  const picture = (name) => lab().views[name].canvas;
  return { at, button, field, slider, picture, share, places };
})()"""


class Hand:
    """One way to do what an experiment asks."""

    def __init__(self, screen: Any, kind: str):
        self.screen, self.kind, self.by_keys = screen, kind, kind == "keys"

    def ask(self, script: str) -> Any:
        value = self.screen.ask(script)
        if isinstance(value, str) and re.match(r"\w*Error: ", value):
            raise AssertionError(value)
        return value

    def at(self, node: str, share: float = 0.5) -> Sequence[float]:
        """Where a control is, once it is in sight and, for keys, has the focus."""
        return self.screen.wait(f"hand.at(hand.{node}, {share}, {'true' if self.by_keys else 'false'})", 20)

    def press(self, name: str, times: int = 1) -> None:
        place = self.at(f"button('{name}')")
        if self.by_keys:
            self.screen.strike([" "] * times)
        else:
            self.screen.point(self.kind, [place], times)
        self.ask(SEEN)

    def slide(self, name: str, value: float) -> None:
        """Its thumb drawn along, or a touch, right to a pixel; by keys one of its ends, or a number into the field."""
        was, share = self.ask(f"[LPULab.page.settings().{name}, {value}].map((x) => hand.share('{name}', x))")
        if not self.by_keys:
            self.screen.point(self.kind, [self.at(f"slider('{name}')", at) for at in (was, share)[self.kind == "touch" :]])
        elif share in (0, 1):
            self.at(f"slider('{name}')")
            self.screen.strike(["End" if share else "Home"])
        else:
            self.at(f"field('{name}')")
            self.ask(f"hand.field('{name}').select()")
            self.screen.strike([*str(value), "Enter"])
        self.known()

    def choose(self, name: str, steps: int) -> None:
        """Another entry of a list, some steps on."""
        if self.by_keys:
            self.at(f"field('{name}')")
            self.screen.strike(["ArrowDown" if steps > 0 else "ArrowUp"] * abs(steps))
        else:
            self.at(f"field('{name}')")
            self.screen.choose(f"#lab-{name}", self.ask(f"hand.field('{name}').selectedIndex") + steps)
        self.known()

    def pull(self, to: float) -> None:
        """κ₁ from where it is to another place, in one go."""
        at, other = self.ask("LPULab.page.state().kappa")
        self.screen.point(self.kind, self.ask(f"hand.places('plane', [[{at}, {other}], [{to}, {other}]])"))
        self.ask(SEEN)
        self.pause()

    def strike(self, picture: str, *keys: str) -> None:
        self.at(f"picture('{picture}')")
        self.screen.strike(keys)

    def frame(self) -> None:
        """A rectangle around all neurons."""
        edges = self.ask("[0, 1].map((i) => Math.max(...[LPULab.page.network().embedding, LPULab.page.network().encoding]"
                         "[i][0].map(Math.abs)))")  # fmt: skip
        self.screen.point(self.kind, self.ask(f"hand.places('scatter', [[-{edges[0]}, -{edges[1]}], {edges}])"))
        self.ask(SEEN)

    def known(self) -> None:
        self.ask(SEEN)
        self.screen.wait(KNOWN)
        self.ask(SEEN)

    def pause(self) -> None:
        if self.ask("LPULab.page.state().playing"):
            self.press("Pause")

    def seen(self, what: str = REACHED) -> bool:
        self.ask(SEEN)
        return self.ask(what)

    def until(self, act: Callable[[], None], most: int, what: str = REACHED) -> None:
        """Until the goal is reached, or something else holds."""
        for _ in range(most):
            if self.seen(what):
                return
            act()

    def time(self, steps: int) -> None:
        self.press("50 steps", steps // 50)


def hold(hand: Hand) -> None:
    for state in ("00", "01", "11", "10"):
        hand.press(f"Set {state}")
        hand.time(100)


def tilt(hand: Hand) -> None:
    hand.time(100)
    hand.slide("u1", 0.02)
    hand.time(300)
    hand.slide("u1", 0)
    hand.until(lambda: hand.time(100), 6)


def push(hand: Hand) -> None:
    hand.time(100)
    side = hand.ask("Math.sign(LPULab.page.state().kappa[0])")
    if not hand.by_keys:
        hand.pull(-1.7 * side)
        hand.time(100)
        hand.pull(0.2 * side)
        return
    there, back = ("ArrowLeft", "ArrowRight") if side > 0 else ("ArrowRight", "ArrowLeft")
    flipped = "LPULab.page.lab.pulled?.flipped"
    hand.until(lambda: hand.strike("plane", there), 20, flipped)
    hand.strike("plane", f"Shift+{back}")
    hand.until(lambda: hand.strike("plane", f"Shift+{back}"), 10)


def draws(hand: Hand) -> None:
    def draw() -> None:
        hand.press("Draw anew")
        hand.known()

    hand.until(draw, 40)


def half(hand: Hand) -> None:
    hand.slide("n", 58)
    draws(hand)


def large(hand: Hand) -> None:
    hand.slide("n", 10000)
    draws(hand)


def rescale(hand: Hand) -> None:
    hand.slide("sigma", 1)


def destroy(hand: Hand) -> None:
    bounds = [0.0, 0.15]

    def halve() -> None:
        hand.slide("sigma", round(sum(bounds) / 2, 4))
        kept, at = hand.ask("[LPULab.page.lab.attractors.length === 4, LPULab.page.settings().sigma]")
        bounds[0 if kept else 1] = at

    hand.until(halve, 8)


def kick(hand: Hand) -> None:
    hand.press(hand.ask("LPULab.page.lab.controls.kickButton.textContent"))


def redundant(hand: Hand) -> None:
    hand.time(100)
    kick(hand)
    if hand.by_keys:
        hand.choose("target", -2)
    else:
        hand.frame()
    kick(hand)


def kick_all(hand: Hand) -> None:
    hand.time(100)
    kick(hand)
    hand.choose("sign", 1)
    kick(hand)


def noise(hand: Hand) -> None:
    hand.slide("n", 1500)
    hand.until(lambda: hand.time(400), 10)


def spikes(hand: Hand) -> None:
    hand.slide("spikes", 20)
    hand.until(lambda: hand.time(400), 10, BAD)
    hand.slide("spikes", 1000)
    hand.slide("n", 4000)
    hand.until(lambda: hand.time(400), 40)  # a pulse that comes during a flip can be lost: a hundred steps until the next


def context(hand: Hand) -> None:
    for cue in ("first cue", "second cue"):
        for name in (cue, "+ first feature", "− second feature"):
            hand.press(name)
        hand.time(100)


EXPERIMENTS: dict[str, Callable[[Hand], None]] = {
    "hold": hold,
    "tilt": tilt,
    "push": push,
    "half": half,
    "slow": large,
    "rescale": rescale,
    "destroy": destroy,
    "anyway": large,
    "redundant": redundant,
    "all": kick_all,
    "noise": noise,
    "spikes": spikes,
    "context": context,
}


def not_done(screen: Any, kind: str) -> list[str]:
    """Go through all experiments, one after the other, and tell of those whose goal was not reached."""
    hand = Hand(screen, kind)
    hand.ask(HELP)
    left = []
    for id, act in EXPERIMENTS.items():
        try:
            while hand.ask("LPULab.page.settings().try") != id:
                hand.press("Next experiment")
            hand.known()
            hand.pause()
            act(hand)
            if not hand.seen():
                left.append(f"{id}: {hand.ask('''document.querySelector('.lab-readout').textContent''')}")
        except Exception as error:  # the next ones tell, too
            left.append(f"{id}: {type(error).__name__} {error}")
            hand.ask(f"LPULab.page.lab.actions.begin('{id}')")
    return left
