"""The figures of the page on what an estimate of dimensionality can tell."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, PINK, VERMILLION
from lpu_core.check import Array


def spectrum(theory: Array, sampled: Array, ends: tuple[float, float]) -> Figure:
    """Principal variances per neuron, theory and sample, and where they reach 99 %."""
    fig, ax = plotting.figure(6.0, 3.2)
    k = np.arange(1, len(theory) + 1)
    ax.step(k, theory, where="mid", color=FOREGROUND, lw=1.4, label="Funk–Hecke")
    ax.plot(k, sampled, "o", ms=2.5, color=BLUE, label="sample")
    for count, colour in zip(ends, (FOREGROUND, BLUE), strict=True):
        ax.axvline(count, color=colour, ls=":", lw=1.2)
    ax.set(xscale="log", yscale="log", xlabel="principal component", ylabel="variance per neuron", ylim=(1e-6, 0.3))
    ax.legend()
    return fig


def neighbours(
    strengths: Array, seen: Mapping[tuple[str, int], Sequence[float]], law: Mapping[tuple[str, int], Sequence[float]]
) -> Figure:
    """The rank correlation of distances against the strength, for φ and N: samples and theory."""
    fig, ax = plotting.figure(6.0, 3.2)
    for (key, values), colour, marker in zip(seen.items(), (BLUE, GREEN, VERMILLION, PINK), "osDv", strict=True):
        x, (phi, n) = strengths[: len(values)], key
        ax.semilogx(x, law[key], color=colour, lw=1.3)
        ax.semilogx(x, values, marker, ms=6, color=colour, mec=FOREGROUND, mew=0.5, label=f"{phi}, $N = {n}$")
    ax.set(xlabel="strength $g$", ylabel="rank correlation", ylim=(-0.08, 1.05))
    ax.legend(fontsize=9, loc="center right")
    return fig


def estimates(samples: Array, counts: Mapping[float, Sequence[float]], ends: Mapping[float, float]) -> Figure:
    """Components against samples, a curve for each noise, and what infinitely many samples would count."""
    fig, ax = plotting.figure(5.8, 3.3)
    for (noise, values), colour in zip(counts.items(), (FOREGROUND, GREEN, BLUE, VERMILLION), strict=True):
        ax.loglog(samples, values, "o-", ms=4, color=colour, label=f"{noise:g}")
        ax.axhline(ends[noise], color=colour, ls="--", lw=0.9)
    ax.set(xlabel="samples", ylabel="components at 99 %")
    ax.legend(title="noise s.d.", fontsize=9)
    return fig


def recordings(shares: Array, found: Array) -> Figure:
    """Components (session, (fewer trials, fewer neurons, shuffled), share, (80 %, 99 %)) against what is used."""
    fig, axes = plotting.figure(7.4, 3.2, ncols=3)
    trials, neurons, shuffled = found.swapaxes(0, 1)
    panels = (("99 %", "trials", {"recorded": trials, "shuffled": shuffled}, 1),
              ("80 %", "trials", {"recorded": trials, "shuffled": shuffled}, 0),
              ("99 %", "neurons", {"recorded": neurons}, 1))  # fmt: skip
    for ax, (title, what, curves, column) in zip(axes, panels, strict=True):
        for (name, counts), style, colour in zip(curves.items(), ("-", "--"), (BLUE, VERMILLION), strict=False):
            lines = ax.loglog(shares, counts[..., column].T, style, color=colour, lw=1)
            lines[0].set_label(name)
        ax.set(title=title, xlabel=f"share of the {what}", xticks=shares, xticklabels=["1/8", "1/4", "1/2", "1"])
        ax.set(yticks=[30, 100, 300, 1000], yticklabels=[30, 100, 300, 1000], ylim=(25, 1000))
        ax.minorticks_off()
    axes[0].set_ylabel("components")
    plotting.legend_below(fig, axes[0], ncols=2)
    return fig
