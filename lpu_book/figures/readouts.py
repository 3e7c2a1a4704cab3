"""The figures of the page on readouts."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, VERMILLION
from lpu_core.check import Array


def third_latent(states: Array, says_yes: Array, times: Array, curves: Sequence[Array]) -> Figure:
    """The four states and a line between them; the XOR in one trial: wanted, best line, added latent."""
    fig, axes = plotting.figure(7.2, 3.0, ncols=2, width_ratios=[1, 2.1])
    axes[0].plot(*states[says_yes].T, "o", ms=11, color=BLUE, mew=1.8)
    axes[0].plot(*states[~says_yes].T, "o", ms=11, color=BLUE, markerfacecolor="none", mew=1.8)
    axes[0].plot([-1.4, 0.9], [-0.9, 1.4], "--", color=VERMILLION)
    axes[0].set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal", xlabel=r"$\kappa_1$", ylabel=r"$\kappa_2$")
    axes[0].set_title("the four states")
    wanted, line, added = curves
    axes[1].plot(times, wanted, color=GREY, lw=5, alpha=0.55, label=r"$h_1(\kappa)$")
    axes[1].plot(times, line, color=VERMILLION, label=r"best linear readout of $\kappa$")
    axes[1].plot(times, added, color=BLUE, label="added latent $y_1$")
    axes[1].set(xlabel="time (ms)", ylabel="output", title="one trial")
    plotting.legend_below(fig, axes[1], ncols=3)
    return fig


def two_ways() -> Figure:
    """From the rates to an output: straight, or through the latents."""
    fig, ax = plotting.canvas(6.4, 2.6, (12, 4.9))
    rng = np.random.default_rng(3)
    for x, y in zip(rng.uniform(0.4, 2.9, 24), rng.uniform(1.2, 3.9, 24), strict=True):
        ax.plot(x, y, "o", ms=7, color=rng.choice([BLUE, GREEN, GREY]), markeredgecolor=FOREGROUND, markeredgewidth=0.6)
    ax.text(1.65, 0.45, "rates $r$", ha="center")
    plotting.box(ax, 5.2, 0.3, 1.8, 1.1, r"latents $\kappa$")
    plotting.box(ax, 9.4, 2.0, 2.1, 1.1, "output $y$")
    plotting.arrow(ax, (3.2, 1.9), (5.0, 0.95), "$W_\\mathrm{enc}$", colour=GREEN, text_shift=(0.55, 0.35))
    plotting.arrow(ax, (7.2, 0.95), (9.3, 2.1), "$C$", colour=GREEN, text_shift=(0.35, -0.3))
    straight = "$A$: straight from the rates"
    plotting.arrow(ax, (3.2, 3.4), (9.3, 2.9), straight, colour=VERMILLION, bend=-0.18, text_shift=(0.0, 1.05))
    return fig


def added_output(times: Array, law: Array, mistake: Array, counts: Sequence[int], errors: Array) -> Figure:
    """A mistake |e(t)/e(0)| (T,) beside its law; errors (counts, draws, outputs) against the number of added neurons."""
    fig, axes = plotting.figure(7.2, 3.2, ncols=2)
    axes[0].semilogy(times, law, color=GREY, lw=4, alpha=0.5, label=r"$(1-\alpha)^t$")
    axes[0].semilogy(times, mistake, "o", ms=3, color=BLUE, label="measured")
    axes[0].set(title="a mistake", xlabel="time (ms)", ylabel=r"$|e(t)/e(0)|$", ylim=(1e-18, 3))
    places = np.arange(len(counts))
    for i, (name, colour) in enumerate((("XOR", BLUE), ("bump", VERMILLION))):
        axes[1].plot(places, np.median(errors[..., i], axis=1), color=colour, label=name)
        axes[1].plot(places, errors[..., i], "o", ms=3, color=colour)
    axes[1].set(title="the fit", xlabel="added neurons", ylabel="relative error", yscale="log")
    axes[1].set_xticks(places, [str(n) for n in counts])
    for ax in axes:
        ax.legend(fontsize=8)
    return fig


def painted(side: Array, states: Array, wanted: Array, given: Array, n_added: int) -> Figure:
    """Maps over the plane of the latents (`side` × `side`): the drive that an output needs, and what neurons give."""
    fig, axes = plotting.figure(6.0, 2.9, ncols=2, sharey=True)
    for ax, values, title in ((axes[0], wanted, "wanted"), (axes[1], given, f"{n_added} added neurons")):
        image = ax.pcolormesh(side, side, np.clip(values, -3, 3), cmap="RdBu_r", vmin=-3, vmax=3, rasterized=True)
        ax.plot(*states.T, "X", ms=7, color="white", markeredgecolor="black")
        ax.set(title=title, xlabel=r"$\kappa_1$", aspect="equal")
    axes[0].set_ylabel(r"$\kappa_2$")
    fig.colorbar(image, ax=axes, shrink=0.8, label="drive of $y_1$")
    return fig


def price(ridges: Array, errors: Mapping[float, Array]) -> Figure:
    """The XOR's error against the ridge, a curve for each strength of noise."""
    fig, ax = plotting.figure(5.2, 3.0)
    for (noise, values), colour in zip(errors.items(), (BLUE, GREEN, VERMILLION), strict=True):
        ax.loglog(ridges, values, "o-", ms=4, color=colour, label=f"noise {noise:g}")
    ax.set(xlabel="ridge", ylabel="relative error of the XOR")
    ax.legend(fontsize=8)
    return fig


def three_outputs(times: Array, true: Array, linear: Array, read: Array) -> Figure:
    """Three outputs over time, each (T, 3): true, linear in the latents, read from the rates."""
    fig, axes = plotting.figure(7.0, 4.4, nrows=3, sharex=True)
    for i, name in enumerate((r"$\kappa_1^2 + \kappa_2^2$", r"$\kappa_1\kappa_2$", r"$\tanh 4\kappa_1$")):
        axes[i].plot(times[::8], true[::8, i], color=GREY, lw=5, alpha=0.55, label="true")
        axes[i].plot(times[::8], linear[::8, i], color=VERMILLION, lw=1.1, label=r"linear in $\kappa$")
        axes[i].plot(times[::8], read[::8, i], color=BLUE, label="from the rates")
        axes[i].set_ylabel(name)
    axes[2].set_xlabel("time (ms)")
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig
