"""The figures of the reconfiguration chapter's page that counts kinds: against neurons, latents, populations, modulators."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book.plotting import BLUE, GREEN, GREY, PINK, VERMILLION, figure, legend_below, widths

SIZES = (GREEN, "s"), (BLUE, "o"), (VERMILLION, "^")


def _counts(
    ax: Axes, x: Sequence[int], found: Mapping[Any, Any], styles: Sequence[tuple[str, str]], word: str = "{}"
) -> None:
    """Kinds with their standard errors, (x, 2) for each label."""
    for (label, values), (colour, marker) in zip(found.items(), styles, strict=True):
        ax.errorbar(x, values[:, 0], values[:, 1], fmt=f"{marker}-", color=colour, capsize=2, label=word.format(label))
    ax.set_ylim(0, None)


def _ticks(ax: Axes, at: Sequence[int]) -> None:
    ax.set_xscale("log")
    ax.set_xticks(at, [str(x) for x in at])
    ax.minorticks_off()


def law(counts: Sequence[int], found: Mapping[str, Any], smooth: Any, curves: Mapping[str, Any]) -> Figure:
    """The share of settings that the limit misplaces, drawn and by the law, with the slopes −1/2 and −1/3."""
    fig, ax = figure(5.6, 3.5)
    for (name, values), colour, marker, power in zip(found.items(), (BLUE, VERMILLION), "os", (-1 / 2, -1 / 3), strict=True):
        curve = curves[name]
        ax.loglog(smooth, curve, color=colour, lw=1.4, label=f"{name}, law")
        ax.errorbar(counts, values[:, 0], values[:, 1], fmt=marker, color=colour, capsize=2, label=f"{name}, drawn")
        ax.loglog(smooth[-6:], 1.35 * curve[-1] * (smooth[-6:] / smooth[-1]) ** power, ":", color=colour)
    ax.set(xlabel="neurons $N$", ylabel="share of settings misplaced")
    ax.legend(fontsize=8)
    return fig


def sizes(
    neurons: Sequence[int], found: Mapping[float, Any], in_limit: Mapping[float, Any], error: Mapping[float, Any]
) -> Figure:
    """Kinds against neurons for each strength of the receptors, and the share of kinds that the limit has not, with s.e."""
    fig, axes = figure(7.2, 3.3, ncols=2)
    _counts(axes[0], neurons, found, SIZES, "{:g}")
    for (strength, inside), (colour, marker) in zip(in_limit.items(), SIZES, strict=True):
        off = 100 * (1 - inside)
        axes[1].errorbar(
            neurons, off, 100 * error[strength], fmt=f"{marker}-", capsize=2, color=colour, label=f"{strength:g}"
        )
    axes[0].axhline(3, color=GREY, lw=3, alpha=0.4)
    for ax, label in zip(axes, ("kinds reached", "other kinds (%)"), strict=True):
        ax.set(xscale="log", xlabel="neurons $N$", ylabel=label, ylim=(0, None))
    legend_below(fig, axes[0], ncols=3, title="strength of the receptors")
    return fig


def latents(found: Mapping[int, Any]) -> Figure:
    """Kinds against latents, for each number of neurons."""
    fig, ax = figure(4.4, 3.1)
    _counts(ax, (1, 2, 3), found, SIZES, "{} neurons")
    ax.plot((1, 2, 3), (2, 3, 4), color=GREY, lw=3, alpha=0.4)
    ax.set(xlabel="latents $K$", ylabel="kinds reached", xticks=(1, 2, 3))
    ax.legend()
    return fig


def populations(numbers: Sequence[int], found: Mapping[float, Any]) -> Figure:
    """Kinds against populations, for each strength of the receptors."""
    fig, ax = figure(5.2, 3.1)
    _counts(ax, numbers, found, ((BLUE, "o"), (VERMILLION, "^")), "strength {:g}")
    ax.axhline(3, color=GREY, lw=3, alpha=0.4)
    ax.set(xlabel="populations $P$", ylabel="kinds reached")
    _ticks(ax, (1, 3, 10, 30, 100, 300))
    ax.legend(fontsize=8)
    return fig


def bandwidth(numbers: Sequence[int], tried: Any, rarefied: Sequence[Any], chao: Mapping[str, Any],
              seen: Mapping[str, Any]) -> Figure:  # fmt: skip
    """Rarefaction curves; Chao's estimate and the kinds seen against the number of modulators."""
    fig, axes = figure(8.0, 3.2, ncols=3)
    for b, curve, lw in zip(numbers, rarefied, widths(len(numbers)), strict=True):
        axes[0].semilogx(tried, curve, color=BLUE, lw=lw, label=f"$b = {b}$")
    axes[0].set(title="20 neurons", xlabel="settings tried", ylabel="kinds seen")
    _counts(axes[1], numbers, chao, ((BLUE, "o"), (VERMILLION, "s")))
    _counts(axes[2], numbers, seen, ((BLUE, "o"), (GREEN, "^"), (PINK, "v")))
    axes[1].set(title="Chao's estimate", ylabel="kinds, seen and unseen", xlabel="bandwidth $b$")
    axes[2].set(title="20 neurons", ylabel="kinds seen", xlabel="bandwidth $b$")
    for ax in axes[1:]:
        _ticks(ax, numbers)
    for ax in axes:
        ax.legend(fontsize=7)
    return fig
