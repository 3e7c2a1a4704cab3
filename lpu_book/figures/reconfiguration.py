"""The figures of the reconfiguration chapter: knobs, landscapes, one dial, and gates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from lpu_book.plotting import (
    BLUE,
    FOREGROUND,
    GREEN,
    GREY,
    VERMILLION,
    arrow,
    box,
    canvas,
    draw_fixed_points,
    draw_flow,
    figure,
)
from lpu_core.dynamics import FixedPoints, FlowField


def answer(sizes: Any, changes: Mapping[str, Any]) -> Figure:
    """The change of the flow against the number of neurons, (sizes, draws) for each kind of modulator."""
    fig, ax = figure(5.4, 3.3)
    for (name, values), colour, marker in zip(changes.items(), (BLUE, VERMILLION), "os", strict=True):
        mean = values.mean(1)
        bars = [mean - values.min(1), values.max(1) - mean]
        ax.errorbar(sizes, mean, bars, fmt=f"{marker}-", capsize=2, color=colour, label=f"halves {name}")
    first = next(iter(changes.values())).mean(1)
    ax.plot(sizes, 1.6 * first[-1] * np.sqrt(sizes[-1] / sizes), ":", color=FOREGROUND, lw=1)
    ax.set(xscale="log", yscale="log", xlabel="neurons $N$", ylabel="change of the flow")
    ax.legend(fontsize=8, loc="lower left")
    return fig


def model() -> Figure:
    """A schematic: κ, three neurons with their tuning curves, and two modulators that reach them all."""
    fig, ax = canvas(6.6, 3.2, (11, 5.4))
    box(ax, 0.3, 1.9, 1.5, 1.1, r"$\kappa$")
    x = np.linspace(-1, 1, 60)
    for y, (gain, shift) in zip((0.95, 2.45, 3.95), ((1, 0), (3.5, 0), (2, 0.9)), strict=True):
        ax.add_patch(Circle((5.2, y), 0.62, fill=False, ec=FOREGROUND, lw=1.3))
        ax.plot(5.2 + 0.45 * x, y + 0.33 * np.tanh(1.2 * x), color=GREY, lw=1)
        ax.plot(5.2 + 0.45 * x, y + 0.33 * np.tanh(1.2 * gain * x + shift), color=BLUE)
        arrow(ax, (1.95, 2.6 + 0.1 * (y - 2.45)), (4.5, y + 0.15), colour=GREY, bend=-0.08)
        arrow(ax, (4.5, y - 0.15), (1.95, 2.3 + 0.1 * (y - 2.45)), colour=GREEN, bend=-0.08)
        for modulator in (0, 1):
            arrow(ax, (8.9, 1.75 + 1.5 * modulator), (5.9, y), colour=VERMILLION)
    for modulator in (0, 1):
        ax.add_patch(Rectangle((8.9, 1.45 + 1.5 * modulator), 0.6, 0.6, fc="none", ec=VERMILLION, lw=1.6))
        ax.text(9.2, 1.75 + 1.5 * modulator, f"$c_{modulator + 1}$", ha="center", va="center")
    for at, text, colour in (
        ((3.0, 4.5), "$m$: hear", FOREGROUND),
        ((3.0, 0.5), "$n$: drive", GREEN),
        ((8.0, 4.6), "receptors $G$, $B$", VERMILLION),
        ((5.2, 4.95), "neurons", FOREGROUND),
    ):
        ax.text(*at, text, ha="center", color=colour)
    return fig


def _landscape(ax: Axes, field: FlowField, fixed: FixedPoints, scale: float, end: float, title: str) -> None:
    draw_flow(ax, field, scale=scale)
    draw_fixed_points(ax, fixed)
    ax.set(xlim=(-end, end), ylim=(-end, end), title=title)
    ax.locator_params(nbins=5)


def landscape(field: FlowField, fixed: FixedPoints, kind: Any) -> Figure:
    """One flow in the plane with its fixed points."""
    fig, ax = figure(4.2, 4.0)
    _landscape(ax, field, fixed, 18, 0.87, f"kind {kind}")
    return fig


def dial(kappa: Any, maps: Mapping[int, Any], limit: Any) -> Figure:
    """Flow maps of one circuit under some levels, for each number of neurons, and their limit."""
    fig, axes = figure(7.2, 3.2, ncols=len(maps), sharey=True)
    for ax, (count, drawn) in zip(axes, maps.items(), strict=True):
        ax.axhline(0, color=GREY, lw=0.8)
        ax.plot(kappa, drawn.T, color=BLUE, lw=0.9, alpha=0.8)
        ax.plot(kappa, limit, color=VERMILLION, lw=2.4)
        ax.set(title=f"{count:,} neurons".replace(",", " "), xlabel=r"$\kappa$", ylim=(-0.8, 0.8))
    axes[0].set_ylabel(r"$\tau\,\dot\kappa$")
    return fig


def gates(landscapes: Sequence[tuple[FlowField, FixedPoints, Any]]) -> Figure:
    """The flow under each setting of two gates."""
    fig, axes = figure(8.0, 2.5, ncols=len(landscapes), sharey=True)
    for ax, (field, fixed, kind) in zip(axes, landscapes, strict=True):
        _landscape(ax, field, fixed, 11, 1.7, f"{kind}")
    for ax in axes[1:]:
        ax.set_ylabel("")
    return fig
