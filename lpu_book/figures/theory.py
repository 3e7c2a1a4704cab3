"""Figures of the theory chapter."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, VERMILLION
from lpu_core.dynamics import FixedPoints, FlowField


def _rates(ax: Axes, ms: np.ndarray, rates: np.ndarray) -> AxesImage:
    """Rates (T, N) as a heat map, one neuron a row."""
    image = ax.imshow(rates.T, aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1, extent=(0, ms[-1], rates.shape[1], 0),
                      interpolation="nearest")  # fmt: skip
    ax.set(xlabel="time (ms)", ylabel="neuron", ylim=(rates.shape[1], 0))
    return image


def answer(
    ms: np.ndarray, rates: np.ndarray, latents: np.ndarray, alone: np.ndarray, field: FlowField, fixed: FixedPoints
) -> Figure:
    """Rates, their two latents with and without the neurons, and the latents' flow."""
    fig, axes = plotting.figure(7.6, 3.0, ncols=3, width_ratios=(1, 1, 1.15))
    _rates(axes[0], ms, rates)
    for latent, own, colour, k in zip(latents.T, alone.T, (BLUE, VERMILLION), (1, 2), strict=True):
        axes[1].plot(ms, latent, color=colour, lw=4, alpha=0.4)
        axes[1].plot(ms, own, color=colour, lw=1, label=rf"$\kappa_{k}$")
    axes[1].set(xlabel="time (ms)", ylabel=r"latents $\kappa$", yticks=(-1, 0, 1))
    plotting.draw_flow(axes[2], field)
    axes[2].plot(*alone.T, color=GREEN, lw=0.9)
    plotting.draw_fixed_points(axes[2], fixed)
    for ax, title in zip(axes, ("100 neurons", "two latents", "their flow"), strict=True):
        ax.set_title(title)
    handles, labels = (one + two for one, two in zip(*(ax.get_legend_handles_labels() for ax in axes[1:]), strict=True))
    fig.legend(handles, labels, loc="outside lower center", ncols=5, handletextpad=0.3, columnspacing=1.2)
    return fig


def loop() -> Figure:
    """The loop of experiment and model, Fig. 1A."""
    fig, ax = plotting.canvas(6.4, 1.75, (10, 2.7))
    plotting.box(ax, 0.3, 1.3, 2.3, 1.1, "record\nneural activity", BLUE)
    plotting.box(ax, 3.9, 1.3, 2.3, 1.1, "fit a model of\nits dynamics", GREEN)
    plotting.box(ax, 7.5, 1.3, 2.3, 1.1, "manipulate\nchosen cells", VERMILLION)
    plotting.arrow(ax, (2.7, 1.85), (3.8, 1.85))
    plotting.arrow(ax, (6.3, 1.85), (7.4, 1.85), "predict", text_shift=(0, 0.3))
    back = "compare with what the brain did, and refine"
    plotting.arrow(ax, (8.6, 1.2), (1.5, 1.2), back, bend=-0.2, text_shift=(0, -0.95))
    return fig


def maps() -> Figure:
    """Encoding and embedding, Fig. 1B."""
    fig, ax = plotting.canvas(6.4, 2.7, (10, 4.2))
    plotting.box(ax, 0.3, 1.5, 2.5, 1.2, "neural activity\n$r \\in \\mathbb{R}^N$", BLUE)
    plotting.box(ax, 4.2, 1.5, 2.5, 1.2, "latent variables\n$\\kappa \\in \\mathbb{R}^K$", GREEN)
    plotting.box(ax, 8.1, 1.5, 1.7, 1.2, "behaviour\n$y$", FOREGROUND)
    plotting.arrow(ax, (2.4, 2.85), (4.6, 2.85), "linear encoding", BLUE, -0.35, (0, 0.75))
    plotting.arrow(ax, (4.6, 1.35), (2.4, 1.35), "nonlinear embedding", GREEN, -0.35, (0, -0.75))
    plotting.arrow(ax, (6.8, 2.1), (8.0, 2.1), "linear\nreadout", text_shift=(0, 0.55))
    plotting.arrow(ax, (5.0, 0.2), (5.35, 1.35), "input $u$", text_shift=(0.75, -0.3))
    return fig


def flows_followed(followed: Mapping[str, tuple[np.ndarray, np.ndarray, tuple[int, int]]], sizes: Sequence[int],
                   errors: Mapping[str, np.ndarray]) -> Figure:  # fmt: skip
    """Two targets and their LPUs: (wanted, got, the latents drawn), each (T, 2); errors (sizes, draws) of each target."""
    fig, axes = plotting.figure(7.2, 2.9, ncols=3)
    for ax, (name, (wanted, got, pair)) in zip(axes, followed.items(), strict=False):
        ax.plot(*wanted.T, color=BLUE, lw=3.5, alpha=0.45)
        ax.plot(*got.T, color=VERMILLION, lw=0.9)
        ax.set(title=name, xlabel=rf"$\kappa_{pair[0] + 1}$", ylabel=rf"$\kappa_{pair[1] + 1}$")
    for (name, error), colour in zip(errors.items(), (BLUE, VERMILLION, GREEN), strict=True):
        axes[2].loglog(sizes, error, ".", color=colour, ms=4)
        axes[2].loglog(sizes, np.median(error, axis=1), color=colour, label=name)
    axes[2].set(title="error", xlabel="neurons $N$", ylabel="relative flow error")
    axes[2].set_xticks(sizes, [str(n) for n in sizes])
    axes[2].minorticks_off()
    axes[2].legend(fontsize=8, handlelength=1)
    return fig


def flip_flop(ms: np.ndarray, pulses: np.ndarray, wanted: np.ndarray, latents: np.ndarray) -> Figure:
    """Pulses, targets and outputs, (T, 2) each."""
    fig, axes = plotting.figure(6.8, 2.8, nrows=2, sharex=True)
    for k, ax in enumerate(axes):
        ax.vlines(ms, 0, pulses[:, k], color=GREY, lw=2.5, label="pulse")
        ax.plot(ms, wanted[:, k], color=BLUE, lw=4, alpha=0.5, label="target")
        ax.plot(ms, latents[:, k], color=VERMILLION, label=r"output $\kappa_k$")
        ax.set(ylabel=f"channel {k + 1}", yticks=(-1, 0, 1))
    axes[1].set_xlabel("time (ms)")
    plotting.legend_below(fig, axes[0])
    return fig


def activity(ms: np.ndarray, rates: np.ndarray, pulses: np.ndarray) -> Figure:
    """All rates (T, N), with a tick at each pulse."""
    fig, ax = plotting.figure(6.8, 3.0)
    fig.colorbar(_rates(ax, ms, rates), ax=ax, label="rate $r_i$", ticks=(-1, 0, 1))
    at = ms[pulses.any(-1)]
    ax.plot(at, np.full(len(at), -3), "|", color=GREY, ms=7, clip_on=False)
    return fig


def landscape(field: FlowField, fixed: FixedPoints, paths: np.ndarray, states: np.ndarray) -> Figure:
    """A flow, its fixed points, trajectories (T, trials, 2) and states of the moment (trials, 2)."""
    fig, ax = plotting.figure(4.6, 4.4)
    plotting.draw_flow(ax, field)
    ax.plot(paths[..., 0], paths[..., 1], color=GREEN, lw=0.8, alpha=0.8)
    plotting.draw_fixed_points(ax, fixed)
    ax.plot(*states.T, ".", color=VERMILLION, ms=5, zorder=6, label="states now")
    plotting.legend_below(fig, ax)
    return fig


def tilted(field: FlowField, fixed: FixedPoints, a: float) -> Figure:
    """The same under a constant input a, without trajectories."""
    fig, ax = plotting.figure(4.2, 3.9)
    plotting.draw_flow(ax, field)
    plotting.draw_fixed_points(ax, fixed)
    ax.set_title(f"constant input $a$ = {a:.4f}")
    return fig


def tuning(kappa: np.ndarray, curves: np.ndarray, embedding: np.ndarray, encoding: np.ndarray) -> Figure:
    """Tuning curves (κ, N) of the three most and three least tuned neurons, and influence against tuning of all, (N,)."""
    shown = np.argsort(np.abs(embedding))[[-1, -2, -3, 2, 1, 0]]
    fig, axes = plotting.figure(6.8, 2.9, ncols=2)
    axes[1].plot(embedding, encoding, ".", color=GREY)
    for some, colour in ((shown[:3], VERMILLION), (shown[3:], BLUE)):
        axes[0].plot(kappa, curves[:, some], color=colour)
        axes[1].plot(embedding[some], encoding[some], "o", color=colour)
    axes[0].set(xlabel=r"$\kappa_1$", ylabel=r"rate $\tilde r_i(\kappa_1)$", title="tuning curves")
    axes[1].set(xlabel=r"embedding $m_i^{(1)}$", ylabel=r"encoding $n_i^{(1)}$", title="tuning against influence")
    return fig
