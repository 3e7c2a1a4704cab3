"""Figures of the gallery: the published table, gains by context, both classes, others' networks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PALETTE, VERMILLION

CLASS_COLOURS = {"leaky current": GREEN, "firing rate": BLUE}
_MARKS = ("o", "s", "^")


def table(names: Sequence[str], found: dict[str, Any]) -> Figure:
    """Accuracies (tasks, networks, 3) of each class: trained, redrawn from one Gaussian, from several; bars at medians."""
    fig, axes = plotting.figure(7.2, 3.4, ncols=3, sharey=True)
    titles = ("trained", "one Gaussian", "several")
    for column, (ax, title) in enumerate(zip(axes, titles, strict=True)):
        ax.axvline(0.5, color=GREY, lw=0.8, ls=":")
        for row, (kind, values) in enumerate(found.items()):
            colour = CLASS_COLOURS[kind]
            for place, of_task in enumerate(values[..., column]):
                y = place + 0.34 * row - 0.17
                spread = np.linspace(-0.09, 0.09, len(of_task))
                ax.plot(of_task, y + spread, ".", color=colour, ms=4)
                ax.plot(
                    [np.median(of_task)] * 2, [y - 0.15, y + 0.15], color=colour, lw=3, label=kind if not place else None
                )
        ax.set(xlabel="accuracy", title=title, xlim=(0.4, 1.03))
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    plotting.legend_below(fig, axes[0])
    return fig


def psychometric(strengths: Any, curves: dict[str, dict[str, Any]]) -> Figure:
    """The share of answers 1 against the evidence, a panel for each task and a curve for each thing that is varied."""
    fig, axes = plotting.figure(7.2, 2.9, ncols=len(curves), sharey=True)
    for ax, (task, by_what) in zip(axes, curves.items(), strict=True):
        ax.axhline(0.5, color=GREY, lw=0.8, ls=":")
        for i, (what, shares) in enumerate(by_what.items()):
            ax.plot(strengths, shares, f"{_MARKS[i]}-", color=PALETTE[i], ms=5, label=what)
        ax.set(xlabel="strength", title=task, ylim=(-0.03, 1.03))
        ax.legend(fontsize=9, loc="upper left", handlelength=1.2)
    axes[0].set_ylabel("share of answers 1")
    return fig


def gain_control(gains: Any, couplings: dict[str, Any]) -> Figure:
    """Left the gains (contexts, populations); right how strongly each feature drives κ in each context, by name."""
    fig, axes = plotting.figure(7.0, 2.9, ncols=2)
    places = np.arange(gains.shape[1])
    for context, colour in enumerate((BLUE, VERMILLION)):
        shift = 0.36 * context - 0.18
        axes[0].bar(places + shift, gains[context], 0.34, color=colour, label=f"context {context + 1}")
    axes[0].set(xlabel="population", ylabel=r"gain $\mathbb{E}\,\varphi'$", ylim=(0, 1.25))
    axes[0].set_xticks(places, [str(p + 1) for p in places])
    axes[0].legend(fontsize=9, ncols=2, loc="upper center")
    for place, values in enumerate(couplings.values()):
        for context, colour in enumerate((BLUE, VERMILLION)):
            for feature, mark in enumerate(_MARKS[:2]):
                label = f"feature {feature + 1}" if not place and not context else None
                x = place + 0.3 * context - 0.15
                axes[1].plot(
                    x, values[context][feature], mark, color=colour, ms=7, mfc=colour if feature else "none", label=label
                )
    axes[1].axhline(0, color=GREY, lw=0.8)
    axes[1].set_xticks(range(len(couplings)), list(couplings))
    axes[1].set(ylabel=r"$\partial\dot\kappa/\partial u$ (per s)", xlim=(-0.5, len(couplings) - 0.5))
    axes[1].legend(fontsize=9)
    return fig


def classes(names: Sequence[str], bounds: Any, dims: Any, sigmas: Any, left: Any, kinds: Sequence[str]) -> Figure:
    """Both classes: the dimensions of the activity, task by task, with K + D as a line across, and accuracies after drift.

    left: task → class → accuracies (kinds, strengths σ, draws), a panel each, the `kinds` of drift by line style.
    """
    fig, axes = plotting.figure(7.6, 3.3, ncols=1 + len(left), width_ratios=[1.9, *[1] * len(left)])
    places = np.arange(len(names))
    for row, (kind, values) in enumerate(dims.items()):
        axes[0].barh(places + 0.36 * row - 0.18, values, 0.34, color=CLASS_COLOURS[kind])
    for place, bound in zip(places, bounds, strict=True):
        axes[0].plot(
            [bound, bound], [place - 0.4, place + 0.4], ":", color=FOREGROUND, label="$K + D$" if not place else None
        )
    axes[0].set_yticks(places, names)
    axes[0].invert_yaxis()
    axes[0].set(xlabel="dimensions of the state")
    axes[0].legend(fontsize=9, loc="upper right")
    styles = dict(zip(kinds, (":", "--", "-"), strict=True))
    for ax, (task, by_class) in zip(axes[1:], left.items(), strict=True):
        for name, values in by_class.items():
            for kind, of_kind in zip(kinds, values, strict=True):
                label = f"{name}, {kind}"
                ax.semilogx(sigmas, of_kind.mean(axis=-1), styles[kind], color=CLASS_COLOURS[name], label=label)
        ax.set(xlabel=r"drift $\sigma$", title=task, ylim=(0.4, 1.03))
    axes[1].set_ylabel("accuracy")
    plotting.legend_below(fig, axes[1], ncols=2)
    return fig


def others(names: Sequence[str], found: Any, owners: Any, strengths: Any, kinds: Sequence[str]) -> Figure:
    """Networks of others: above their fixed points, below accuracies after drift of the `kinds`, and after pushes.

    found: arrays points (P, 2), of which owners (P,) says whose each is, and kinds (P,); drifted (networks, kinds of drift,
    strengths, draws); pushed (networks, within or anywhere, strengths).
    """
    fig, axes = plotting.figure(7.4, 4.8, ncols=len(names), nrows=2)
    styles = dict(zip(kinds, (":", "--", "-"), strict=True))
    points = np.nan_to_num(found["points"])
    for i, (above, below, name) in enumerate(zip(*axes, names, strict=True)):
        for kind in plotting.MARKERS:
            mine = points[(owners == i) & (found["kinds"] == kind)]
            above.plot(*mine.T, **plotting.mark(kind))
        above.axhline(0, color=GREY, lw=0.5)
        above.axvline(0, color=GREY, lw=0.5)
        reach = 1.3 * max(np.abs(points[owners == i]).max(), 0.1)
        above.set(title=name, xlim=(-reach, reach), ylim=(-reach, reach), xlabel=r"$\kappa_1$")
        below.axhline(0.5, color=GREY, lw=0.8)
        for kind, of_kind in zip(kinds, found["drifted"][i], strict=True):
            below.semilogx(strengths, of_kind.mean(axis=-1), styles[kind], color=BLUE, label=f"{kind} drift")
        for place, of_place, style in zip(("within", "any way"), found["pushed"][i], ("-", "--"), strict=True):
            below.semilogx(strengths, of_place, style, color=VERMILLION, label=f"pushed {place}")
        below.set(xlabel="strength", ylim=(0.4, 1.03))
    axes[0, 0].set_ylabel(r"$\kappa_2$")
    axes[1, 0].set_ylabel("accuracy")
    plotting.legend_below(fig, axes[1, 0], ncols=3)
    return fig
