"""The card of a task: one network and some trials, moment by moment; for the gallery and for tasks of one's own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_core import dynamics
from lpu_core.check import Array, require
from lpu_core.networks import LeakyCurrentRNN, LowRankRNN
from lpu_core.tasks import Task


def card(
    network: LowRankRNN | LeakyCurrentRNN, task: Task, inputs: Array, targets: Array, moments: Mapping[str, float]
) -> Callable[[str], Figure]:
    """A function that draws a moment of some trials: left the flow under the first trial's input then, right the outputs.

    network: its first latents are the outputs; it starts at rest. inputs: (T, B, D). targets: (T, B, P), shown in the steps
    that the `task` scores. moments: their names → ms since the trial began. It goes into `plotting.moving`.
    """
    steps = {name: int(ms / network.dt) for name, ms in moments.items()}
    for name, ms in moments.items():
        text = f"a time in the trial, at least 0 and below {network.dt * len(inputs):g} ms"
        require(0 <= steps[name] < len(inputs), f"moments[{name!r}]", text, ms)
    latents = network.simulate(inputs).latents
    return lambda moment: _drawn(network, inputs, latents, targets, task.scored, steps[moment], moment)


def _drawn(network: Any, inputs: Array, latents: Array, targets: Array, scored: slice, step: int, moment: str) -> Figure:
    """What :func:`card` draws, in the middle of the trial at `step`."""
    fig, axes = plotting.figure(7.0, 3.2, ncols=2, width_ratios=(1, 1.25))
    reach = 1.15 * max(np.abs(latents).max(), 0.5)
    draw = _line if network.n_latents == 1 else _plane
    draw(axes[0], network, inputs[step, 0], latents[: step + 1], reach)
    ms = network.dt * np.arange(len(inputs))
    axes[1].axvspan(*ms[scored][[0, -1]], color=GREY, alpha=0.15, lw=0)
    for b, colour in enumerate(_colours(latents.shape[1])):
        axes[1].plot(ms[scored], targets[scored, b, 0], color=colour, ls=":", lw=1.2)
        axes[1].plot(ms[: step + 1], latents[: step + 1, b, 0], color=colour)
    axes[1].set(xlabel="time (ms)", ylabel=r"output $\kappa_1$", xlim=(0, ms[-1]), ylim=_limits(latents, targets))
    axes[1].set_title(moment)
    if network.n_latents <= 2:  # the same legend at each moment, or the panels would jump
        marks = [Line2D([], [], **plotting.mark(kind)) for kind in dynamics.FIXED_POINT_KINDS]
        fig.legend(handles=marks, loc="outside lower center", ncols=len(marks), handletextpad=0.3, columnspacing=1.2)
    return fig


def _limits(latents: Array, targets: Array) -> tuple[float, float]:
    reach = 1.1 * max(np.abs(latents[..., 0]).max(), np.abs(targets[..., 0]).max())
    return -reach, reach


def _colours(n_trials: int) -> Sequence[str]:
    return [(VERMILLION, BLUE, GREEN, PINK)[b % 4] for b in range(n_trials)]


def _line(ax: Axes, network: Any, inputs: Array, latents: Array, reach: float) -> None:
    """The flow of one latent over it, its fixed points, and where the trials are."""
    kappa = np.linspace(-reach, reach, 121)[:, None]
    flow = 1000 * network.flow(kappa, inputs)[:, 0]
    ax.axhline(0, color=GREY, lw=0.8)
    ax.plot(kappa[:, 0], flow, color=FOREGROUND, lw=1.4)
    plotting.draw_fixed_points(ax, dynamics.fixed_points(network, inputs=inputs))
    for now, colour in zip(latents[-1], _colours(latents.shape[1]), strict=True):
        ax.plot(now[0], 1000 * network.flow(now, inputs)[0], "o", color=colour, ms=7, zorder=6)
    ax.set(xlabel=r"$\kappa_1$", ylabel=r"$\dot\kappa_1$ (per s)", xlim=(-reach, reach))


def _plane(ax: Axes, network: Any, inputs: Array, latents: Array, reach: float) -> None:
    """The flow of two latents, its fixed points, and the trials' ways to where they are; of more latents the ways alone."""
    if network.n_latents == 2:
        box = np.full(2, reach)
        plotting.draw_flow(ax, dynamics.flow_field(network, low=-box, high=box, n_points=11, inputs=inputs), scale=18)
        plotting.draw_fixed_points(ax, dynamics.fixed_points(network, inputs=inputs))
    for b, colour in enumerate(_colours(latents.shape[1])):
        ax.plot(*latents[:, b, :2].T, color=colour, lw=1.2)
        ax.plot(*latents[-1, b, :2], "o", color=colour, ms=7, zorder=6)
    ax.set(xlabel=r"$\kappa_1$", ylabel=r"$\kappa_2$", xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
