"""Figures of the chapter on reconstruction: a circuit rebuilt from a part, and how far that strays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION


def part_and_whole(
    kappa: Any, own: Any, rebuilt: Mapping[str, Any], observed: Any, errors: Mapping[str, tuple[Any, Any]]
) -> Figure:
    """The flow of a circuit and of rebuilds, (rebuilds, κ), by their part; errors measured and predicted, by timescale."""
    fig, axes = plotting.figure(7.2, 3.2, ncols=2)
    for (part, flows), colour in zip(rebuilt.items(), (PINK, BLUE), strict=True):
        axes[0].plot(kappa, flows[1:].T, color=colour, lw=0.9)
        axes[0].plot(kappa, flows[0], color=colour, lw=0.9, label=f"rebuilt from {part}")
    axes[0].plot(kappa, own, color=VERMILLION, lw=2, label="circuit")
    axes[0].axhline(0, color=GREY, lw=0.8)
    axes[0].set(xlabel=r"$\kappa$", ylabel=r"$\tau_L\,\dot\kappa$", title="flow maps")
    for (timescale, (measured, law)), colour in zip(errors.items(), (GREEN, VERMILLION), strict=True):
        axes[1].loglog(observed, law, color=colour, lw=1.2)
        axes[1].loglog(observed, measured, "o", ms=4, color=colour, label=timescale)
    axes[1].set(xlabel="neurons observed", ylabel="relative error of the rate", title="error")
    for ax in axes:
        ax.legend(fontsize=8)
    return fig


def _cross(ax: Axes, centre: float, end: float, names: tuple[str, str], shift: float) -> None:
    """A pair of axes through `centre` to the `end` on the right, with their names."""
    plotting.arrow(ax, (centre - 1.4, 2.2), (end, 2.2), colour=GREY)
    plotting.arrow(ax, (centre, 0.7), (centre, 3.8), colour=GREY)
    ax.text(end - 0.1, 1.85, names[0], ha="center", va="center")
    ax.text(centre + shift, 3.7, names[1], ha="center", va="center")


def poll() -> Figure:
    """Neurons as points of a cloud, some of them recorded, and the two flow maps that follow."""
    fig, ax = plotting.canvas(6.6, 2.5, (11, 4))
    spots = np.random.default_rng(3).multivariate_normal([0, 0], [[0.3, 0.2], [0.2, 0.3]], 160).clip(-1.35, 1.35)
    ax.plot(1.6 + spots[:, 0], 2.2 + spots[:, 1], ".", ms=3.5, color=GREY, alpha=0.7)
    for centre in (1.6, 5.6):
        ax.plot(centre + spots[:28, 0], 2.2 + spots[:28, 1], "o", ms=4, color=GREEN)
        _cross(ax, centre, centre + 1.5, ("$m$", "$n$"), -0.3)
    plotting.arrow(ax, (3.2, 2.7), (4.1, 2.7), "record", text_shift=(0, 0.35))
    plotting.arrow(ax, (7.2, 2.7), (8.1, 2.7), "average", text_shift=(0, 0.35))
    x = np.linspace(-1.2, 1.2, 61)
    ax.plot(9.6 + x, 2.2 + 2.2 * (x - x**3), color=VERMILLION)
    ax.plot(9.6 + x, 2.2 + 2.2 * (0.55 * x - 0.8 * x**3), color=GREEN)
    _cross(ax, 9.6, 11, (r"$\kappa$", r"$\dot\kappa$"), 0.35)
    for place, text in ((1.6, "all $N$ neurons"), (5.6, r"$N_\mathrm{obs}$ of them"), (9.6, "flow maps")):
        ax.text(place, 0.25, text, ha="center", va="center")
    return fig


def _fan(ax: Axes, kappa: Any, own: Any, flows: Any, spread: Any) -> None:
    """Rebuilds, thin, over the predicted band around the circuit's own flow."""
    ax.fill_between(kappa, own - 2 * spread, own + 2 * spread, color=BLUE, alpha=0.25, lw=0, label="predicted, ±2 s.d.")
    ax.plot(kappa, flows[1:].T, color=FOREGROUND, lw=0.5, alpha=0.6)
    ax.plot(kappa, flows[0], color=FOREGROUND, lw=0.5, alpha=0.6, label=f"{len(flows)} rebuilds")
    ax.plot(kappa, own, color=VERMILLION, lw=2, label="circuit")
    ax.axhline(0, color=GREY, lw=0.8)


def rebuilds(kappa: Any, own: Any, rebuilt: Mapping[str, Any], spreads: Mapping[str, Any]) -> Figure:
    """Four fans of rebuilds, (rebuilds, κ), and their predicted standard deviations, by the part observed."""
    fig, axes = plotting.figure(6.8, 5.2, ncols=2, nrows=2, sharex=True)
    for ax, (part, flows) in zip(axes.flat, rebuilt.items(), strict=True):
        _fan(ax, kappa, own, flows, spreads[part])
        ax.set(title=f"{part} of the neurons")
    for ax in axes[:, 0]:
        ax.set_ylabel(r"$\tau_L\,\dot\kappa$")
    for ax in axes[1]:
        ax.set_xlabel(r"$\kappa$")
    plotting.label_panels(axes.flat, ["A1A", "A1A", "A1B", "A1B"])
    plotting.legend_below(fig, axes[0, 0], ncols=3)
    return fig


def closing(kappa: Any, own: Any, flows: Any, spread: Any, part: str) -> Figure:
    """One fan on fixed axes."""
    fig, ax = plotting.figure(4.8, 3.3)
    _fan(ax, kappa, own, flows, spread)
    ax.set(xlabel=r"$\kappa$", ylabel=r"$\tau_L\,\dot\kappa$", ylim=(-4, 4), title=f"{part} of a million neurons")
    plotting.legend_below(fig, ax, ncols=3)
    return fig


def shares(rates: Mapping[str, tuple[Any, float]], own: float, counted: tuple[Any, Any, int], stored: tuple[Any, Any],
           law: tuple[Any, Any]) -> Figure:  # fmt: skip
    """Rebuilt rates and their s.d. by the part; shares of bistable rebuilds by parts: counted (of so many), stored, law."""
    fig, axes = plotting.figure(6.8, 3.0, ncols=2)
    x = np.linspace(-4, 6, 301)
    for (part, (found, error)), colour in zip(rates.items(), (BLUE, VERMILLION), strict=True):
        axes[0].hist(found, np.linspace(-4, 6, 41), color=colour, alpha=0.5, lw=0, density=True, label=part)
        axes[0].plot(x, norm.pdf(x, own, error), color=colour)
    axes[0].axvline(0, color=FOREGROUND, lw=0.8)
    axes[0].set(xlabel=r"growth rate $\hat\gamma_\mathrm{obs}/\gamma$", ylabel="density", title="rebuilt rates")
    axes[0].legend(fontsize=9)
    axes[1].semilogx(100 * law[0], law[1], color=FOREGROUND, label="normal law")
    parts, share, n = counted
    axes[1].errorbar(100 * parts, share, np.sqrt(share * (1 - share) / n), fmt="o", ms=5, color=BLUE, label="counted")
    axes[1].plot(100 * stored[0], stored[1], "s", ms=9, mfc="none", color=VERMILLION, label="stored")
    axes[1].set(xlabel="neurons observed (%)", ylabel="bistable rebuilds", ylim=(0.48, 1.02), title="share")
    axes[1].legend(fontsize=9, loc="lower right")
    return fig


def finite_population(sizes: Any, spread: Any, fine: Any, without: Any, replaced: Any) -> Figure:
    """The right triangle of three rates, and the s.d. over all parts of few neurons with two laws of `fine` sizes."""
    fig, (ax, right) = plotting.figure(6.8, 3.0, ncols=2, width_ratios=(1.1, 1))
    design, circuit, rebuilt = (0.3, 0.5), (4.0, 0.5), (4.0, 3.2)
    for ends, colour in (((design, circuit), VERMILLION), ((circuit, rebuilt), BLUE), ((design, rebuilt), GREEN)):
        ax.plot(*np.transpose(ends), color=colour, lw=2.5)
    ax.plot([3.75, 3.75, 4.0], [0.5, 0.75, 0.75], color=GREY, lw=0.9)
    for corner, shift, text in ((design, -0.45, r"design $\gamma$"), (circuit, -0.45, r"circuit $\hat\gamma$"),
                                (rebuilt, 0.35, r"rebuilt $\hat\gamma_\mathrm{obs}$")):  # fmt: skip
        ax.plot(*corner, "o", ms=7, color=FOREGROUND, zorder=5)
        ax.text(corner[0], corner[1] + shift, text, ha="center", va="center")
    ax.text(2.2, 0.78, r"$\sqrt{1/N}$", ha="center", va="center")
    ax.text(4.2, 1.85, r"$\sqrt{1/N_\mathrm{obs} - 1/N}$", ha="left", va="center")
    ax.text(1.75, 2.25, r"$\sqrt{1/N_\mathrm{obs}}$", ha="center", va="center")
    ax.set(xlim=(-0.6, 7.2), ylim=(-0.3, 3.9))
    ax.axis("off")
    right.plot(fine, without, color=BLUE, label="without replacement")
    right.plot(fine, replaced, "--", color=PINK, label="with replacement")
    right.plot(sizes, spread, "o", ms=5, color=FOREGROUND, label="all parts")
    right.set(xlabel=r"neurons observed, of 12", ylabel=r"s.d. of $\hat c_\mathrm{obs}$", ylim=(0, None))
    right.set_xticks([1, 3, 6, 9, 12])
    right.legend(fontsize=8)
    return fig


def errors(
    drawn: tuple[Any, Any, Any], rebuilt: tuple[Any, Any, Any], stored: tuple[Any, Any], laws: tuple[Any, Any, Any]
) -> Figure:
    """Errors of drawn networks (sizes, error, law); of rebuilds (sizes, error, its s.e.), stored ones; laws A9 and A18."""
    fig, axes = plotting.figure(7.2, 3.0, ncols=3)
    axes[0].loglog(drawn[0], drawn[2], color=VERMILLION, lw=1.2)
    axes[0].loglog(drawn[0], drawn[1], "o", ms=5, color=VERMILLION)
    axes[0].set(xlabel="neurons $N$", ylabel="relative error", title="drawn")
    n, (fine, a9, a18), (observed, error, standard_error) = drawn[0][-1], laws, rebuilt
    for ax in axes[1:]:
        ax.plot(fine, a9, "--", color=PINK, label=r"$N_\mathrm{obs}^{-1/2}$ (A9)")
        ax.plot(fine, a18, color=BLUE, label="A18")
        ax.errorbar(observed, error, 2 * standard_error, fmt="o", ms=4, color=FOREGROUND, label="draws")
        ax.plot(*stored, "s", ms=8, mfc="none", color=VERMILLION, label="stored")
    axes[1].set(xscale="log", yscale="log", xlabel=r"neurons observed $N_\mathrm{obs}$", title="rebuilt")
    axes[2].set(xlim=(0.15 * n, 1.02 * n), ylim=(0, 0.42), xlabel=r"$N_\mathrm{obs}/N$", title="the end")
    axes[2].set_xticks([0.25 * n, 0.5 * n, 0.75 * n, n], ["¼", "½", "¾", "1"])
    axes[1].legend(fontsize=8, handlelength=1.4)
    return fig
