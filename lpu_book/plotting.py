"""One style for every figure: vector pictures that follow the page's light or dark colours.

A figure goes into the page as inline SVG whose foreground is `currentColor`, so that text and axes take the colour of the
page around them. The palette keeps a contrast of at least 3:1 on white and on near-black and is safe for the colour-blind.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lpu_book import figure_data, panels
from lpu_book.compact import compact
from lpu_book.shares import band
from lpu_core.check import require
from lpu_core.dynamics import FIXED_POINT_KINDS, FixedPoints, FlowField

FOREGROUND = "#010203"
"""Stands for the page's own text colour."""
PAD = 0.04
"""Inches around a figure."""
BLUE, VERMILLION, GREEN, PINK, GREY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#808080"
PALETTE = (BLUE, VERMILLION, GREEN, PINK, GREY)
MARKERS = {"attractor": "X", "saddle": "s", "repeller": "o"}
COLOURS = {"attractor": VERMILLION, "saddle": PINK, "repeller": GREY}
STYLE: Any = {
    "axes.prop_cycle": plt.cycler(color=PALETTE),
    "axes.edgecolor": FOREGROUND,
    "axes.facecolor": "none",
    "axes.labelcolor": FOREGROUND,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.size": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "patch.edgecolor": FOREGROUND,
    "savefig.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "lpu",
    "text.color": FOREGROUND,
    "xtick.color": FOREGROUND,
    "ytick.color": FOREGROUND,
}


def use_style() -> None:
    """Set the book's style for all figures of this session; every chapter begins with it."""
    plt.rcParams.update(STYLE)


def figure(width: float = 6.4, height: float = 3.2, **subplots: Any) -> tuple[Figure, Any]:
    """A figure of `width` × `height` inches and its axes (arguments of plt.subplots)."""
    return plt.subplots(figsize=(width, height), **subplots)


def widths(n: int) -> np.ndarray:
    """Widths for `n` lines of one colour in an order, thin to thick: seen in the light and in the dark, as no shade is.

    >>> widths(3)
    array([0.6, 1.5, 2.4])
    """
    return np.linspace(0.6, 2.4, n)


def legend_below(fig: Figure, ax: Axes, ncols: int = 4, title: str | None = None) -> None:
    """The legend of `ax` under the whole figure."""
    handles, labels = ax.get_legend_handles_labels()
    fig.legend(handles, labels, title=title, loc="outside lower center", ncols=ncols, handletextpad=0.3, columnspacing=1.2)


def svg(fig: Figure, alt: str) -> str:
    """The figure as an inline SVG element with the alternative text `alt`; closes the figure."""
    require(bool(alt.strip()), "alt", "a sentence that says what the picture shows", repr(alt))
    buffer, parts = io.StringIO(), panels.tag(fig)
    fig.savefig(buffer, format="svg", bbox_inches="tight", pad_inches=PAD, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = panels.written(text[text.index("<svg") :].replace(FOREGROUND, "currentColor"), fig, parts, PAD)
    plt.close(fig)
    text = _named(compact(text), "f" + hashlib.sha256((alt + text).encode()).hexdigest()[:6])
    # On a narrow screen the panels part (lpu_book.panels); one alone shrinks to five eighths, then it scrolls in its frame.
    least = panels.LEAST[True] * float(re.search(r'width="([\d.]+)pt"', text)[1])  # type: ignore[index]
    face = f'<svg role="img" aria-label="{escape(alt)}" style="max-width:100%;min-width:{least:.0f}pt;height:auto" '
    return re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S).replace("<svg ", face, 1)


def _named(text: str, own: str) -> str:
    """A picture with ids of its `own`, where something refers to them."""
    refers = re.compile(r'( href="#|url\(#)([^")]+)')
    names = {old: f"{own}-{i:x}" for i, old in enumerate(sorted({found[2] for found in refers.finditer(text)}))}
    text = refers.sub(lambda found: found[1] + names[found[2]], text)
    return re.sub(r' id="([^"]*)"', lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", text)


class Picture:
    """A figure as the page shows it; in text, its alternative text; beside both, its data for the site's build."""

    def __init__(self, fig: Figure, alt: str, points: int = figure_data.MOST):
        self.svg, self.alt = svg(fig, alt), alt
        self.table = figure_data.table(fig, points)

    def _repr_html_(self) -> str:
        return f'<div class="lpu-figure" style="overflow-x:auto">{self.svg}</div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {figure_data.MIME: figure_data.text([self.table])}

    def __repr__(self) -> str:
        return f"[Figure: {self.alt}]"


def moving(draw: Callable[[Any], Figure], values: Sequence[Any], label: str, alt: str, start: int | None = None,
           live: tuple[float, float] | None = None) -> Any:  # fmt: skip
    """A slider and a play button over pictures drawn beforehand, `draw(value)` each: moves in Jupyter and in the page.

    The links run in the browser (jslink), so no kernel is needed. alt: the alternative text, the value goes behind it.
    It starts in the middle, or at the index `start`.
    live: with a kernel, a second slider below calls `draw` for any value of this range (whole numbers, if its ends are);
    the page, which has none, does not show it.
    """
    import ipywidgets as widgets

    require(len(values) > 0, "values", "at least one", list(values))
    start = len(values) // 2 if start is None else start
    require(0 <= start < len(values), "start", f"an index below {len(values)}", start)
    require(live is None or live[0] < live[1], "live", "two numbers, the smaller first", live)

    def name(value: Any) -> str:
        return f"{value:g}" if isinstance(value, float) else str(value)

    def shown(value: Any) -> Picture:
        return Picture(draw(value), f"{alt} {label}: {name(value)}.", figure_data.MOST // len(values))

    pictures = [shown(value) for value in values]
    stack = widgets.Stack([widgets.HTML(picture._repr_html_()) for picture in pictures], selected_index=start)
    options = [(name(value), i) for i, value in enumerate(values)]
    slider = widgets.SelectionSlider(options=options, index=start, description=label, style={"description_width": "initial"})
    play = widgets.Play(min=0, max=len(values) - 1, value=start, interval=700)
    widgets.jslink((play, "value"), (slider, "index"))
    widgets.jslink((slider, "index"), (stack, "selected_index"))
    figure = [widgets.HBox([play, slider]), stack]
    if live:
        whole = all(isinstance(end, int) for end in live)
        kind, step = (widgets.IntSlider, 1) if whole else (widgets.FloatSlider, (live[1] - live[0]) / 200)
        dial = kind(min=live[0], max=live[1], value=live[0], step=step, description=f"any {label}", continuous_update=False,
                    style={"description_width": "initial"})  # fmt: skip
        drawn = widgets.HTML()
        dial.observe(lambda change: setattr(drawn, "value", shown(change["new"])._repr_html_()), "value")
        figure.append(widgets.VBox([dial, drawn]).add_class("lpu-live"))
    shares = zip(values, pictures, strict=True)
    data = figure_data.text(figure_data.at({f"{label} (slider)": name(value)}, picture.table) for value, picture in shares)

    class Moving(widgets.VBox):
        """The figure as a widget, and beside it its data, as with a Picture."""

        def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
            return super()._repr_mimebundle_(**kwargs) | {figure_data.MIME: data}

    return Moving(figure)


def glue(name: str, value: Any) -> None:
    """Keep `value` under `name`, for the text to quote with {glue:text}: numbers in prose come from the output."""
    from IPython.display import display

    # In quotes: MyST-NB reads the text as a Python literal, and 1.000 would become 1.0, and 3,000 a pair.
    data = {"application/papermill.record/text/plain": repr(str(value))}
    display(data, raw=True, metadata={"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}})


def label_panels(axes: Iterable[Axes], names: Sequence[str]) -> None:
    """Put the panels' names in bold in front of their titles."""
    for ax, name in zip(axes, names, strict=True):
        ax.set_title(rf"$\mathbf{{{name}}}$  {ax.get_title(loc='left')}")


def draw_flow(ax: Axes, field: FlowField, scale: float = 24) -> None:
    """The direction of a two-dimensional flow as arrows of one length, the slower the fainter."""
    x, y = np.moveaxis(field.points, -1, 0)
    u, v = np.moveaxis(field.flow, -1, 0)
    speed = np.hypot(u, v)
    safe = np.where(speed > 0, speed, 1)
    strength = 0.25 + 0.6 * np.sqrt(speed / (speed.max() or 1))
    ax.quiver(x, y, u / safe, v / safe, color=FOREGROUND, alpha=strength.ravel(), scale=scale, width=0.004, pivot="mid")
    ax.set(xlabel=r"$\kappa_1$", ylabel=r"$\kappa_2$", aspect="equal")


def mark(kind: str) -> dict[str, Any]:
    """How a fixed point of this kind looks, as the keywords of a line of such points."""
    return {"marker": MARKERS[kind], "color": COLOURS[kind], "markeredgecolor": FOREGROUND, "markersize": 8,
            "linestyle": "none", "label": kind}  # fmt: skip


def draw_fixed_points(ax: Axes, fixed: FixedPoints) -> None:
    """Fixed points in the plane (or on the κ axis), one marker a kind, labelled for the legend."""
    for kind in FIXED_POINT_KINDS:
        points = fixed.of_kind(kind)
        if len(points):
            y = points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))
            ax.plot(points[:, 0], y, zorder=5, **mark(kind))


def draw_shares(ax: Axes, x: Any, hits: Any, of: Any, marker: str, colour: str, label: str | None = None) -> None:
    """The shares of `hits` in `of` draws at each x, with Wilson's bands of 95 %."""
    share = np.asarray(hits) / np.maximum(of, 1)
    low, high = np.array([band(h, o) for h, o in zip(hits, of, strict=True)]).T
    error = np.clip([share - low, high - share], 0, 1)
    ax.errorbar(x, share, error, fmt=f"{marker}-", ms=4, color=colour, capsize=2, label=label)


def canvas(width: float = 6.4, height: float = 2.4, extent: tuple[float, float] = (10, 4)) -> tuple[Figure, Axes]:
    """An empty drawing plane for a schematic, `extent` units wide and high."""
    fig, ax = figure(width, height)
    ax.set(xlim=(0, extent[0]), ylim=(0, extent[1]))
    ax.axis("off")
    return fig, ax


def box(ax: Axes, x: float, y: float, width: float, height: float, text: str, colour: str = FOREGROUND) -> None:
    """A rounded box with its lower left corner at (x, y) and centred text."""
    ax.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0.06", facecolor="none", edgecolor=colour, linewidth=1.4)
    )
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", color=FOREGROUND)


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], text: str = "", colour: str = FOREGROUND,
          bend: float = 0.0, text_shift: tuple[float, float] = (0.0, 0.25)) -> None:  # fmt: skip
    """An arrow from `start` to `end` with text beside its middle."""
    style = f"arc3,rad={bend}"
    ax.add_patch(
        FancyArrowPatch(start, end, connectionstyle=style, arrowstyle="-|>", mutation_scale=13, color=colour, linewidth=1.4)
    )
    middle = ((start[0] + end[0]) / 2 + text_shift[0], (start[1] + end[1]) / 2 + text_shift[1])
    if text:
        ax.text(*middle, text, ha="center", va="center", color=colour)


def draw_capacity(ax: Axes, dims: Any, logs: Any, snr: float, colour: str) -> None:
    """Log capacities of D latents at one signal-to-noise ratio, in powers of ten, and Shannon's slope, dotted."""
    ax.plot(dims, logs / np.log(10), "o-", ms=4, color=colour, label=f"SNR {snr:g}")
    ax.plot(dims, dims * np.log1p(snr) / 2 / np.log(10), ":", color=FOREGROUND, lw=1.2)
