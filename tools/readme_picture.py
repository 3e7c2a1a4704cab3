"""Draw the flip-flop that greets the reader: `python -m tools.readme_picture`, after the committed networks change.

The README gets one picture on white ground, which reads on light and dark pages; the book's first page gets its two parts,
which take the page's own colours.
"""

import hashlib
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from lpu_book import plotting
from lpu_core import dynamics, tasks
from lpu_core.networks import LowRankRNN, load
from tools import book

NETWORK = book.BOOK / "results" / "flip_flop_2bit" / "fine_tuned_00.npz"
ASSETS = book.BOOK / "assets"
FLOW = "The latent flow of a 2-bit flip-flop: four attractors near the corners of a square, a repeller within."
TRACE = "Its two outputs over time: each pulse sets its channel to the pulse's sign; the output stays there until the next."
ON_WHITE = "color:#1f2328;background:#ffffff"


def shown(network: LowRankRNN) -> str:
    """What a picture says of the network it shows, so that a test can tell when it is out of date."""
    weights = b"".join(part.tobytes() for part in (network.embedding, network.encoding, network.input_weights))
    return f"<!-- network {hashlib.sha256(weights).hexdigest()[:16]} -->\n"


def draw_latent_flow(ax: Axes, network: LowRankRNN) -> None:
    """The flow field with its fixed points."""
    plotting.draw_flow(ax, dynamics.flow_field(network, -1.6, 1.6, n_points=15), scale=20)
    plotting.draw_fixed_points(ax, dynamics.fixed_points(network))
    ax.set(xlim=(-1.75, 1.75), ylim=(-1.75, 1.75), xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def draw_outputs(axes: np.ndarray, network: LowRankRNN) -> None:
    """Each channel's output over a trial, with its pulses as sticks."""
    task = tasks.FlipFlop(network.n_latents)
    pulses, _ = task.sample(1, rng=257)  # a trial with room between its pulses
    kappa = network.simulate(pulses).latents[:, 0]
    time = network.dt * np.arange(1, task.n_steps + 1)
    for k, ax in enumerate(axes):
        at = pulses[:, 0, k] != 0
        ax.vlines(time[at] - network.dt, 0, pulses[at, 0, k], color=plotting.VERMILLION, label="pulse")
        ax.plot(time, kappa[:, k], color=plotting.BLUE, label="output")
        ax.set(ylabel=rf"$\kappa_{k + 1}$", ylim=(-1.9, 1.9), yticks=[-1, 0, 1])
    axes[0].tick_params(labelbottom=False)
    axes[-1].set_xlabel("time (ms)")


@book.needs_room("The pictures")
def main() -> int:
    plotting.use_style()
    network = load(NETWORK)

    fig, ax = plotting.figure(3.8, 4.2)
    draw_latent_flow(ax, network)
    plotting.legend_below(fig, ax, ncols=3)
    book.write_whole(ASSETS / "flip-flop-flow.svg", shown(network) + plotting.svg(fig, FLOW))

    fig, axes = plotting.figure(3.8, 4.2, nrows=2, sharex=True)
    draw_outputs(axes, network)
    plotting.legend_below(fig, axes[0], ncols=2)
    book.write_whole(ASSETS / "flip-flop-outputs.svg", shown(network) + plotting.svg(fig, TRACE))

    fig = plt.figure(figsize=(7.2, 3.2))
    grid = fig.add_gridspec(2, 2, width_ratios=[1, 1.25])
    ax = fig.add_subplot(grid[:, 0])
    draw_latent_flow(ax, network)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, handletextpad=0.1, columnspacing=0.8, fontsize=9)
    outputs = [fig.add_subplot(grid[row, 1]) for row in range(2)]
    draw_outputs(np.array(outputs), network)
    outputs[1].legend(loc="upper center", bbox_to_anchor=(0.5, -0.55), ncols=2, handlelength=1.2, fontsize=9)
    picture = plotting.svg(fig, f"{FLOW} {TRACE}").replace("max-width:100%;height:auto", ON_WHITE)
    book.write_whole(ASSETS / "readme.svg", shown(network) + picture)
    print(*(f"{path.stat().st_size // 1000} kB  {path.relative_to(Path.cwd())}" for path in ASSETS.glob("*.svg")), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
