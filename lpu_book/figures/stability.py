"""The figures of the stability chapter: place and shape, the split-half law, and a double dissociation."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION, canvas, figure


def answer(
    strengths: Sequence[float], drifting: Sequence[Mapping[str, Any]], blurring: Sequence[Mapping[str, Any]]
) -> Figure:
    """Stability against centroid drift, for growing drift and for growing noise; what a drift leaves, over its strength."""
    fig, axes = figure(7.2, 3.2, ncols=2)
    for found, colour, marker, label in ((drifting, BLUE, "o", "more drift"), (blurring, VERMILLION, "s", "more noise")):
        place, shape = ([one[name] for one in found] for name in ("centroid drift", "stability"))
        axes[0].plot(place, shape, f"{marker}-", color=colour, label=label)
    axes[0].set(xlabel="centroid drift (place)", ylabel="stability $S$ (shape)", ylim=(0, 1.05))
    left = (("shape across", "shape across sessions", BLUE, "o-"), ("new decoder", "new decoder", GREEN, "D-"),
            ("fixed decoder", "old decoder", VERMILLION, "s--"))  # fmt: skip
    for name, label, colour, line in left:
        axes[1].plot(strengths, [one[name] for one in drifting], line, ms=5, color=colour, label=label)
    axes[1].set(xlabel=r"drift $\sigma$ of the embedding", ylabel="correlation, share right", ylim=(0, 1.1))
    for ax in axes:
        ax.legend(fontsize=8)
    return fig


def two_ways() -> Figure:
    """A schematic: a code of four points, turned, and blurred."""
    fig, ax = canvas(7.0, 2.5, (15, 5))
    code = np.array([[0.0, 0.0], [2.2, 0.3], [2.6, 1.9], [0.7, 1.5]])
    turn = np.array([[np.cos(1.1), np.sin(1.1)], [-np.sin(1.1), np.cos(1.1)]])
    blur = np.random.default_rng(3)
    for x0, title, points in (
        (0.8, "a code", code),
        (5.9, "drift", code @ turn + np.array([1.7, -0.3])),
        (11.0, "noise", code),
    ):
        points = points + np.array([x0, 1.4])
        ax.fill(*points.T, color=GREY, alpha=0.25 if title != "noise" else 0.08, lw=0)
        for point, colour in zip(points, (BLUE, VERMILLION, GREEN, PINK), strict=True):
            if title == "noise":
                ax.plot(*(point + 0.35 * blur.standard_normal((14, 2))).T, "o", ms=3, color=colour, alpha=0.5)
            ax.plot(*point, "o", ms=10, color=colour, markeredgecolor=FOREGROUND)
        ax.text(x0 + 1.3, 0.35, title, ha="center")
    ax.fill(*(code + np.array([5.9, 1.4])).T, facecolor="none", edgecolor=GREY, ls=":", lw=1)
    return fig


def split_half(fine: Any, laws: Mapping[str, Any], sizes: Sequence[int], by_size: Mapping[str, Any], shared: Any,
               noises: Any, of_bits: Any, fews: Sequence[int], spurious: Mapping[bool, Any]) -> Figure:  # fmt: skip
    """The law and the simulation, with three twins: shared noise, few values of the distances, unequal trials."""
    fig, axes = figure(7.2, 5.4, nrows=2, ncols=2)
    (codes, shared_noise), (bits, nothing) = axes
    codes.semilogx(fine, laws["ring"], color=BLUE)
    codes.axhline(laws["random"], color=VERMILLION)
    codes.semilogx(sizes, by_size["ring"], "o", color=BLUE, label="ring")
    codes.semilogx(sizes, by_size["random"], "s", color=VERMILLION, label="random code")
    codes.set(title="structured and random", xlabel="neurons", ylabel="stability $S$", ylim=(0, 1.05))
    shared_noise.semilogx(fine, laws["private noise"], color=GREY, label="law, private noise")
    shared_noise.semilogx(sizes, shared, "D", ms=5, color=PINK, label="half of it shared")
    shared_noise.set(title="shared noise", xlabel="neurons", ylabel="Pearson's, of the halves", ylim=(0, 1.05))
    bits.semilogx(noises, laws["bits"], color=GREY, label="law")
    bits.semilogx(noises, of_bits, "o", color=GREEN, label="simulated")
    bits.set(title="three bits", xlabel=r"noise $\sigma_\varepsilon$ of a trial", ylabel="stability $S$", ylim=(-0.05, 1.05))
    nothing.plot(fews, spurious[False], "s-", color=VERMILLION, label="plain halves")
    nothing.plot(fews, spurious[True], "o-", color=BLUE, label="equal halves")
    nothing.set(title="no code at all", xlabel="trials of the rarer conditions", ylabel="stability $S$", ylim=(-0.15, 1.05))
    for ax in axes.flat:
        ax.legend(fontsize=8)
    return fig


def halves(one: Any, other: Any, lift: float, found: float, law: float) -> Figure:
    """The distance of each pair of conditions in one half of the trials against that in the other."""
    fig, ax = figure(4.2, 3.5)
    ax.axline((1, 1), slope=1, color=GREY, lw=0.8)
    ax.axvline(lift, color=GREY, lw=0.8, ls=":")
    ax.axhline(lift, color=GREY, lw=0.8, ls=":")
    ax.plot(one, other, "o", ms=3, color=BLUE)
    ax.set(xlabel="distance, one half", ylabel="distance, other half", title=f"$S$ = {found:.2f}, law {law:.2f}")
    return fig


def dissociation(scenarios: Mapping[str, Mapping[str, float]]) -> Figure:
    """A table of scenarios by measures, the higher the darker."""
    names = list(next(iter(scenarios.values())))
    table = np.array([list(row.values()) for row in scenarios.values()])
    fig, ax = figure(7.2, 2.9)
    ax.imshow(np.nan_to_num(np.clip(table, 0, 1)), cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for (i, j), value in np.ndenumerate(table):
        text = f"{value:.2f}" if np.isfinite(value) and abs(value) < 1.5 else "–"
        ax.text(j, i, text.replace("-0.00", "0.00").replace("-", "−"), ha="center", va="center", color="black")
    ax.set_xticks(range(len(names)), names, fontsize=9)
    ax.set_yticks(range(len(scenarios)), list(scenarios))
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return fig
