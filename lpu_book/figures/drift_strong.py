"""Figures of the page on strong drift."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core import drift
from lpu_core.check import Array

UNITS = {"orthogonal": r"orthogonal drift $\sigma/q$", "tangential": r"tangential drift $\sigma/\sigma_c$"}


def where_panels_hold(strengths: Mapping[str, Array], scan: Mapping[tuple[str, str], Array], bands: Mapping[str, Array],
                      hold: Mapping[str, Array], bounds: Mapping[str, list[float]], judged: Mapping[str, float]
                      ) -> Figure:  # fmt: skip
    """The shares of two panels, (strength, 2), by recipe and kind; the band of the second; where both hold."""
    fig, axes = plotting.figure(7.2, 3.6, ncols=2, sharey=True)
    panels = {"orthogonal": ("4E", "4F"), "tangential": ("4G", "4H")}
    for ax, (kind, x) in zip(axes, strengths.items(), strict=True):
        for recipe, style, filled in (("fine_tuned", "o-", True), ("direct", "s--", False)):
            for values, panel, colour in zip(scan[recipe, kind].T, panels[kind], (BLUE, VERMILLION), strict=True):
                ax.semilogx(x, values, style, color=colour, ms=5, mfc=colour if filled else "none",
                            label=f"{panel}, {recipe.replace('_', '-')}")  # fmt: skip
        ax.fill_between(x, *bands[kind].T, color=VERMILLION, alpha=0.15, lw=0)
        ax.fill_between(drift.strengths_between(x), 0, 1, where=hold[kind], color=GREY, alpha=0.2, lw=0)
        ax.axvline(judged[kind], color=GREY, lw=1)
        for bound in bounds[kind]:
            ax.axhline(bound, color=GREY, ls=":", lw=1)
        ax.set(xlabel=UNITS[kind], ylim=(-0.03, 1.03))
        ax.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 1.3), ncols=2, handlelength=3.4)
    axes[0].set_ylabel("share")
    return fig


def designed(relative: Array, one: Array, length: Array, each: Array, share_at: Array, shares: Mapping[int, Array],
             share_law: Callable[[int, Array], Any], branches: Mapping[str, tuple[Array, Array]]) -> Figure:  # fmt: skip
    """The states' ratios against σ/σ_m, of 1 bit and of 3; the share that stay bistable; the branches of fixed points."""
    fig, axes = plotting.figure(7.8, 3.4, ncols=3)
    fine = np.linspace(0, 3.2, 100)
    for measured, k, colour, marker, label in (
        (one, 1, BLUE, "o", "1 latent"),
        (length, 3, VERMILLION, "s", r"3, length $\|\kappa\|$"),
    ):
        axes[0].plot(fine, drift.rescaling(fine, 1.0, k), color=colour)
        axes[0].plot(relative, measured, marker, color=colour, label=label)
    bits = np.moveaxis(each, 2, 0).reshape(len(relative), -1).T
    axes[0].plot(relative, bits[0], "_", ms=8, color=VERMILLION, label=r"3, each $|\kappa_k|$")
    axes[0].plot(relative, bits[1:].T, "_", ms=8, color=VERMILLION)
    axes[0].set(title="rescaling", xlabel=r"$\sigma/\sigma_m$", ylabel=r"$\kappa^*$ after / before", ylim=(0, 1.05))
    axes[0].legend(fontsize=8)
    fine = np.geomspace(share_at[0], share_at[-1], 80)
    for (n, stay), colour, marker in zip(shares.items(), (GREEN, BLUE, PINK), "osv", strict=True):
        axes[1].semilogx(fine, share_law(n, fine), color=colour)
        axes[1].semilogx(share_at, stay, marker, ms=5, color=colour, label=f"$N$ = {n}")
    axes[1].set(title="still bistable", xlabel=r"random drift $\sigma$", ylabel="share of draws", ylim=(0.4, 1.03))
    axes[1].legend(fontsize=8, loc="lower left")
    for (kind, (x, kappa)), colour in zip(branches.items(), (BLUE, GREY), strict=True):
        axes[2].plot(x, kappa, "o", ms=3, color=colour, label=kind)
    axes[2].axvline(-1, color=FOREGROUND, ls="--", lw=1)
    axes[2].set(title="tangential drift", xlabel=r"$\pm\sigma\,\sigma_n/(\hat c-1)$", ylabel=r"$\kappa^*$")
    axes[2].legend(fontsize=8, loc="center right", bbox_to_anchor=(1.02, 0.64))
    return fig


def trained(ladder: Array, climb: Mapping[str, tuple[Array, Array, float]], sigmas: Array, accuracies: Mapping[str, Array]
            ) -> Figure:  # fmt: skip
    """For each recipe the attractors left, the length of κ in them and σ_m, against σ (`ladder`); accuracies at `sigmas`."""
    fig, axes = plotting.figure(7.2, 3.3, ncols=2)
    fine = np.geomspace(0.04, 40, 100)
    other = axes[1].twinx()
    names = {"fine_tuned": "fine-tuned", "direct": "trained directly"}
    for (recipe, (count, length, reach)), colour, marker in zip(climb.items(), (BLUE, VERMILLION), "os", strict=True):
        axes[0].semilogx(fine, drift.rescaling(fine, reach, 3), color=colour, lw=1)
        whole = count == 8
        axes[0].semilogx(ladder, length, marker, color=colour, mfc="none", ms=6)
        axes[0].semilogx(ladder[whole], length[whole], marker, color=colour, ms=6, label=names[recipe])
        axes[1].semilogx(ladder, count, marker + "-", color=colour, ms=6, drawstyle="steps-mid")
        other.semilogx(sigmas, accuracies[recipe], ":", color=colour)
    axes[0].set(xlabel=r"drift $\sigma$", ylabel=r"$\|\kappa^*\|$ after / before", ylim=(0, 1.05))
    axes[1].set(xlabel=r"drift $\sigma$", ylabel="attractors", yticks=[0, 2, 4, 8], ylim=(0, 8.4), xlim=(0.04, 40))
    other.set(ylim=(0, 1.05), ylabel="accuracy")
    other.spines.right.set_visible(True)
    plotting.legend_below(fig, axes[0], ncols=2)
    return fig
