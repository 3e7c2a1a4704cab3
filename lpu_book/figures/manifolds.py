"""The figures of the page on manifolds."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core.check import Array
from lpu_core.manifolds import ZonalSpectrum


def _one_a_neuron(ax: Axes, sizes: Sequence[int] | Array) -> None:
    """Components against neurons, in logarithmic axes, with the line of one component a neuron."""
    ax.loglog(sizes, sizes, ":", color=FOREGROUND, lw=1)
    ax.set(xlabel="neurons $N$")


def counted(sizes: Sequence[int], flat: Sequence[int], curved: Sequence[int], noisy: Sequence[int], end: float) -> Figure:
    """Components of three latents against neurons: embedded flatly, curved, and curved with noise; where growth ends."""
    fig, ax = plotting.figure(5.8, 3.4)
    _one_a_neuron(ax, sizes)
    for counts, colour, marker, label in ((noisy, VERMILLION, "D", "curved, with noise"), (curved, BLUE, "o", "curved"),
                                          (flat, GREEN, "s", "flat")):  # fmt: skip
        ax.plot(sizes, counts, marker + "-", ms=5, color=colour, label=label)
    ax.axhline(end, color=BLUE, ls="--", lw=1, label="predicted end of growth")
    ax.set(ylabel="components at 99 %", ylim=(2, 1200))
    ax.legend(fontsize=9, loc="upper left")
    return fig


def flat_and_curved() -> Figure:
    """Two latents in three neurons: a flat sheet and a curved one."""
    fig, axes = plotting.figure(6.6, 3.0, ncols=2, subplot_kw={"projection": "3d"})
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 13)] * 2, indexing="ij"), -1)
    currents = grid @ np.array([[1.0, 0.2], [-0.3, 1.0], [0.8, 0.9]]).T
    for ax, sheet, title in ((axes[0], 0.7 * currents, "flat"), (axes[1], np.tanh([2.6, 2.6, 3.0] * currents), "curved")):
        for lines, colour in ((sheet, BLUE), (sheet.transpose(1, 0, 2), VERMILLION)):
            for line in lines:
                ax.plot(*line.T, color=colour, lw=1.0, alpha=0.9)
        ax.set(title=title, xticks=[], yticks=[], zticks=[], xlabel="neuron 1", ylabel="neuron 2", zlabel="neuron 3")
        ax.view_init(22, -60)
        for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
            axis.labelpad = -12
            axis.pane.set_visible(False)
    return fig


def staircase(
    rates: Array, spectra: Mapping[str, Array], law: Array, sizes: Sequence[int], counts: Mapping[str, Sequence[int]]
) -> Figure:
    """Rates of few neurons (values of κ, neurons); principal variances beside the law; components against neurons."""
    fig, axes = plotting.figure(7.4, 2.9, ncols=3)
    last = len(rates) - 1
    axes[0].imshow(rates, cmap="Blues", interpolation="nearest")
    axes[0].set(title="rates", xlabel="neuron", ylabel="value of κ", xticks=[0, last], xticklabels=[1, last + 1])
    axes[0].set_yticks([0, last], ["0", "1"])
    k = np.arange(1, len(law) + 1)
    _one_a_neuron(axes[2], sizes)
    for name, colour, marker in zip(spectra, (BLUE, VERMILLION), "os", strict=True):
        axes[1].loglog(k, np.maximum(spectra[name][:-1] / spectra[name][0], 1e-18), "o", ms=3, color=colour)
        axes[2].plot(sizes, counts[name], marker + "-", ms=4, color=colour, label=name)
    axes[1].loglog(k, law / law[0], color=FOREGROUND, lw=1)
    axes[1].set(title="variances", xlabel="component", ylabel="largest = 1", ylim=(1e-9, 3))
    axes[2].set(title="components", ylabel="at 99 %")
    axes[2].legend(fontsize=8)
    return fig


def shares(spectra: Mapping[str, ZonalSpectrum], ends: Mapping[str, str]) -> Figure:
    """The share of variance in each degree, a panel for each nonlinearity; where growth ends, in words."""
    fig, axes = plotting.figure(6.4, 2.7, ncols=2, sharey=True)
    for ax, (phi, spectrum), colour in zip(axes, spectra.items(), (BLUE, VERMILLION), strict=True):
        ax.bar(np.arange(1, 22), spectrum.shares[1:22], color=colour)
        ax.set(
            title=f"{phi}: growth ends at {ends[phi]}", xlabel="degree $\\ell$", ylim=(0, 1), xticks=[1, 5, 9, 13, 17, 21]
        )
    axes[0].set_ylabel("share of variance")
    return fig


def growth(
    panels: Mapping[str, tuple[Array, Array, Array]], latents: Sequence[int], sizes: Array, live: Sequence[int]
) -> Figure:
    """Components against neurons for spheres in several dimensions, `latents`; a panel for each embedding.

    A panel: components (dims, draws, N), NaN where none was run; where growth ends (dims,); the page's own (dims, `live`).
    """
    fig, axes = plotting.figure(7.4, 3.4, ncols=3, sharey=True)
    for ax, (title, (dims, ends, sampled)) in zip(axes, panels.items(), strict=True):
        _one_a_neuron(ax, sizes)
        for d, draws, end, here, colour in zip(latents, dims, ends, sampled, (GREEN, BLUE, PINK, VERMILLION), strict=True):
            runs = [one[np.isfinite(one)] for one in draws.T]
            mean = [(n, one.mean()) for n, one in zip(sizes, runs, strict=True) if len(one)]
            bars = [
                (n, one.mean(), one.std(ddof=1) / np.sqrt(len(one)))
                for n, one in zip(sizes, runs, strict=True)
                if len(one) > 1
            ]
            ax.plot(*np.transpose(mean), "-", color=colour, label=f"$d = {d}$")
            ax.errorbar(*np.transpose(bars), fmt="none", color=colour, lw=1)
            ax.plot(live, here, "o", ms=5, mfc="none", color=colour)
            if end < 2e4:
                ax.axhline(end, color=colour, ls="--", lw=0.9)
        ax.set(title=title, ylim=(1, 1.2e4))
    axes[0].set_ylabel("components at 99 %")
    plotting.legend_below(fig, axes[0])
    return fig


def outside(
    strengths: Array, curves: Mapping[str, Array], floor: float, samples: Mapping[str, tuple[float, float]]
) -> Figure:
    """The share outside degree 1 against the strength: theory, the value of sign neurons, samples (strength, share)."""
    fig, ax = plotting.figure(5.6, 3.0)
    for (phi, values), colour in zip(curves.items(), (BLUE, VERMILLION), strict=True):
        ax.semilogx(strengths, values, color=colour, label=phi)
    ax.axhline(floor, color=FOREGROUND, ls=":", lw=1.2, label="sign")
    ax.axhline(0.5, color=GREY, ls="--", lw=1.2)
    for (name, at), colour in zip(samples.items(), (BLUE, VERMILLION, GREEN), strict=True):
        ax.plot(*at, "D", ms=7, color=colour, mec=FOREGROUND, label=name if name not in curves else None)
    ax.set(xlabel="strength $g$", ylabel="share outside degree 1", ylim=(0, 1.02))
    ax.legend(fontsize=9)
    return fig


def blind_components(found: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Of each component its share of the variance and R² from x, a column for each embedding, named by the title."""
    fig, axes = plotting.figure(7.4, 4.2, nrows=2, ncols=3, sharex=True, sharey="row")
    for (top, below), (title, (share, r2)), colour in zip(axes.T, found.items(), (BLUE, VERMILLION, GREEN), strict=True):
        top.semilogy(np.arange(1, len(share) + 1), share, "o", ms=3, color=colour)
        below.plot(np.arange(1, len(r2) + 1), r2, "o", ms=3, color=colour)
        top.set_title(title)
        below.set(xlabel="component", ylim=(-0.05, 1.05))
    axes[0, 0].set_ylabel("share of variance")
    axes[1, 0].set_ylabel("$R^2$ from $x$")
    return fig


def sorters(sizes: Sequence[int], ranks: Array, noisy: Array, quiet: Array) -> Figure:
    """Components (N, ranks, lengths), 0 where none was run, with noise and without: against neurons, against rank."""
    fig, axes = plotting.figure(7.2, 3.4, ncols=2)
    n = np.array(sizes)
    _one_a_neuron(axes[0], n)
    for counts, colour, label in ((noisy, VERMILLION, "noise"), (quiet, BLUE, "no noise")):
        for one in counts.reshape(len(n), -1).T:
            axes[0].plot(n[one > 0], one[one > 0], color=colour, lw=0.6)
        axes[0].plot(n, [one[one > 0].mean() for one in counts], "o-", color=colour, lw=2.2, label=label)
    axes[0].set(ylabel="components at 99 %", xticks=sizes, xticklabels=sizes)
    axes[0].minorticks_off()
    for size, of_size, colour in zip(sizes, noisy, (GREY, GREEN, BLUE, VERMILLION), strict=True):
        for k, style in enumerate(("-", "--", ":")):
            run = of_size[:, k] > 0
            axes[1].semilogy(ranks[run], of_size[run, k], style, color=colour, label=None if k else f"$N = {size}$")
    for style, s in zip(("-", "--", ":"), (2, 3, 4), strict=True):
        axes[1].plot([], [], style, color=FOREGROUND, label=f"$S = {s}$")
    axes[1].set(xlabel="rank", xticks=ranks)
    axes[0].legend(fontsize=9)
    axes[1].legend(fontsize=8, ncols=2)
    return fig
