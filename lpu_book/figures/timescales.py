"""Figures of the timescales chapter."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION

Fan = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""κ (P,), the flows of draws (draws, P), their target (P,) and its predicted s.d. (P,), per ms."""


def answer(n_axis: np.ndarray, law: Mapping[int, np.ndarray], sizes: Sequence[int], drawn: Mapping[int, Sequence[float]],
           panels: Mapping[int, float]) -> Figure:  # fmt: skip
    """The share of bistable draws against N, by τ_L/τ: the law along n_axis, drawn networks at sizes, two panels."""
    fig, ax = plotting.figure(6.4, 3.3)
    for (ratio, shares), colour in zip(law.items(), (GREY, BLUE, VERMILLION, GREEN), strict=True):
        ax.semilogx(n_axis, shares, color=colour, label=rf"$\tau_L/\tau$ = {ratio}")
        ax.plot(sizes, drawn[ratio], "o", ms=4, color=colour)
    for (n, share), name in zip(panels.items(), ("1H", "1I"), strict=True):
        ax.plot(n, share, "D", ms=7, color=VERMILLION, markeredgecolor=FOREGROUND, zorder=5)
        ax.annotate(name, (n, share), (7, -12), textcoords="offset points")
    ax.set(xlabel="neurons $N$", ylabel="share of bistable draws", ylim=(0.45, 1.03))
    plotting.legend_below(fig, ax)
    return fig


def _zeros(ax: Axes, centre: float = 0.0, height: float = 0.0) -> None:
    """The three fixed points of a bistable flow, at −1, 0 and 1."""
    for spot, kind in ((-1, "attractor"), (0, "repeller"), (1, "attractor")):
        marker, colour = plotting.MARKERS[kind], plotting.COLOURS[kind]
        ax.plot(centre + spot, height, marker, ms=8, color=colour, markeredgecolor=FOREGROUND, zorder=5)


def _cross(ax: Axes, x: float, names: tuple[str, str]) -> None:
    """A pair of axes in a schematic, crossing at (x, 2.1)."""
    plotting.arrow(ax, (x - 1.4, 2.1), (x + 1.5, 2.1), colour=GREY)
    plotting.arrow(ax, (x, 0.6), (x, 3.7), colour=GREY)
    ax.text(x + 1.45, 1.75, names[0], ha="center", va="center")
    ax.text(x + (-0.3 if names[1] == "$n$" else 0.35), 3.6, names[1], ha="center", va="center")


def statistics_to_flow() -> Figure:
    """A cloud of weights, a network and its flow, Fig. 1G."""
    fig, ax = plotting.canvas(6.6, 2.5, (11, 4))
    cloud = np.random.default_rng(3).multivariate_normal([0, 0], [[0.3, 0.22], [0.22, 0.3]], 160).clip(-1.35, 1.35)
    ax.plot(1.5 + cloud[:, 0], 2.1 + cloud[:, 1], ".", ms=3, color=BLUE)
    _cross(ax, 1.5, ("$m$", "$n$"))
    plotting.arrow(ax, (3.2, 2.6), (4.3, 2.6), "draw", text_shift=(0, 0.35))
    ring = np.linspace(0, 2 * np.pi, 9)[:-1]
    spots = np.array([5.6, 2.1]) + 1.05 * np.stack([np.cos(ring), np.sin(ring)], -1)
    for a, b in ((0, 3), (1, 6), (2, 5), (4, 7), (5, 0), (6, 3), (7, 2), (0, 1), (4, 2)):
        ax.plot(*spots[[a, b]].T, color=GREY, lw=0.8, zorder=0)
    ax.plot(*spots.T, "o", ms=9, color=GREEN, markeredgecolor=FOREGROUND)
    plotting.arrow(ax, (6.9, 2.6), (8.0, 2.6), "average", text_shift=(0, 0.35))
    x = np.linspace(-1.25, 1.25, 61)
    ax.plot(9.5 + x, 2.1 + 2.2 * (x - x**3), color=VERMILLION)
    _cross(ax, 9.5, (r"$\kappa$", r"$\dot\kappa$"))
    _zeros(ax, 9.5, 2.1)
    for place, text in ((1.5, "cloud of weights"), (5.6, "network"), (9.5, "flow map")):
        ax.text(place, 0.2, text, ha="center", va="center")
    return fig


def design(kappa: np.ndarray, gains: Mapping[int, np.ndarray], flows: Mapping[int, np.ndarray]) -> Figure:
    """Loop gains and flows (per ms, τ = 1 ms) by τ_L/τ, along κ."""
    fig, axes = plotting.figure(6.8, 2.9, ncols=2)
    for ratio, colour in zip(gains, (BLUE, GREEN, VERMILLION), strict=True):
        axes[0].plot(kappa, gains[ratio], color=colour, label=rf"$\tau_L/\tau$ = {ratio}")
        axes[1].plot(kappa, ratio * flows[ratio], color=colour)
    axes[0].axhline(1, color=GREY, lw=0.8)
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].plot(kappa, kappa - kappa**3, color=GREY, lw=5, alpha=0.4, zorder=0)
    _zeros(axes[1])
    axes[0].set(title="loop gain", xlabel=r"$\kappa$", ylabel="gain")
    axes[1].set(title="flow map", xlabel=r"$\kappa$", ylabel=r"$\tau_L\,\dot\kappa$")
    plotting.legend_below(fig, axes[0])
    return fig


def _fan(ax: Axes, fan: Fan, unit: float = 1.0) -> None:
    """Drawn flow maps, the target and the predicted band of ±2 s.d."""
    kappa, flows, target, spread = fan[0], *(unit * part for part in fan[1:])
    ax.fill_between(
        kappa, target - 2 * spread, target + 2 * spread, color=BLUE, alpha=0.25, lw=0, label="predicted, ±2 s.d."
    )
    ax.plot(kappa, flows[1:].T, color=FOREGROUND, lw=0.5, alpha=0.6)
    ax.plot(kappa, flows[0], color=FOREGROUND, lw=0.5, alpha=0.6, label=f"{len(flows)} draws")
    ax.plot(kappa, target, color=VERMILLION, lw=2.2, label="target")
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set(xlabel=r"$\kappa$")


def growing(fan: Fan, name: str) -> Figure:
    """The draws of `name` neurons."""
    fig, ax = plotting.figure(4.8, 3.3)
    _fan(ax, fan)
    ax.set(ylabel=r"$\dot\kappa$ (per ms)", ylim=(-0.45, 0.45), title=f"{name} neurons")
    plotting.legend_below(fig, ax, ncols=3)
    return fig


def fans(panels: Mapping[str, Fan], titles: Sequence[str], unit: str) -> Figure:
    """Two panels of draws by their names, per ms or per s."""
    fig, axes = plotting.figure(6.8, 3.2, ncols=2)
    for ax, fan, title in zip(axes, panels.values(), titles, strict=True):
        _fan(ax, fan, {"ms": 1.0, "s": 1000.0}[unit])
        ax.set(title=title, ylabel=rf"$\dot\kappa$ (per {unit})")
    plotting.label_panels(axes, list(panels))
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def right_at_once(
    ratios: np.ndarray,
    law: Mapping[str, np.ndarray],
    some: np.ndarray,
    drawn: Mapping[str, Sequence[float]],
    judged: Mapping[str, float],
    ends: Mapping[str, tuple[float, str]],
    agree: tuple[float, float],
) -> Figure:
    """The share of bistable draws against τ_L/τ by panel: law, draws at some ratios, the value at 100; where all agree."""
    fig, ax = plotting.figure(6.4, 3.6)
    ax.axvspan(*agree, color=GREY, alpha=0.2, lw=0)
    for row, (said, colour) in enumerate(zip(law, (VERMILLION, BLUE, GREEN, PINK), strict=True)):
        end, bound = ends[said]
        ax.semilogx(ratios, law[said], color=colour, label=said)
        ax.plot(some, drawn[said], "o", ms=3, color=colour)
        ax.plot(100, judged[said], "D", ms=6, color=colour, markeredgecolor=FOREGROUND)
        side = (ratios[0], end) if bound == "at least" else (end, ratios[-1])
        ax.plot(side, [0.42 - 0.03 * row] * 2, color=colour, lw=3, solid_capstyle="butt")
    ax.set(xlabel=r"$\tau_L/\tau$", ylabel="share of bistable draws", ylim=(0.3, 1.03))
    plotting.legend_below(fig, ax, ncols=2)
    return fig


def error_law(sizes: Sequence[int], errors: Mapping[tuple[float, float], tuple[np.ndarray, np.ndarray, np.ndarray]],
              ratios: np.ndarray, standard_errors: np.ndarray) -> Figure:  # fmt: skip
    """Relative errors, bars and law by (τ_L/τ, ρ) against N; drawn over predicted for all conditions."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2, width_ratios=(1.5, 1))
    for ((ratio, rho), (error, bars, law)), colour in zip(errors.items(), (VERMILLION, PINK, BLUE), strict=True):
        label = rf"$\tau_L/\tau$ = {ratio:g}, $\rho$ = {rho:g}"
        axes[0].errorbar(sizes, error, bars, fmt="o", ms=4, color=colour, label=label)
        axes[0].plot(sizes, law, color=colour, lw=1.2)
    axes[0].axhline(1, color=GREY, ls=":", lw=1.2)
    axes[0].set(xscale="log", yscale="log", xlabel="neurons $N$", ylabel=r"relative error of $\hat\gamma$")
    plotting.legend_below(fig, axes[0], ncols=3)
    axes[1].errorbar(np.arange(1, len(ratios) + 1), ratios, 2 * standard_errors, fmt="o", ms=3, lw=0.8, color=BLUE)
    axes[1].axhline(1, color=GREY, lw=0.8)
    axes[1].set(xlabel="condition", ylabel="drawn / A9", ylim=(0.85, 1.15))
    return fig
