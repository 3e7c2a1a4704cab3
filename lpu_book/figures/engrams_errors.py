"""Figures of the page on errors from excitation and inhibition: the comparator, and who learns what."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lpu_book import plotting
from lpu_book.plotting import BLUE, FOREGROUND, GREEN, GREY, PINK, VERMILLION
from lpu_book.shares import band

_LOOKS = {
    "backprop": (FOREGROUND, "s"),
    "Kolen-Pollack": (PINK, "P"),
    "local": (BLUE, "o"),
    "output only": (GREY, "^"),
    "binary XOR": (GREEN, "D"),
    "unsigned": (VERMILLION, "v"),
}


def comparator(rows: Any) -> Figure:
    """The wiring of its two units, and their answers in rows of x, x̂, e₊ and e₋."""
    fig, (ax, right) = plotting.figure(7.2, 2.7, ncols=2, width_ratios=[1.1, 1])
    ax.set(xlim=(0, 6), ylim=(0, 4))
    ax.axis("off")
    for y, name, unit, colour in ((3.0, "$x$", "$e_+$", GREEN), (1.0, r"$\hat{x}$", "$e_-$", PINK)):
        ax.text(0.5, y, name, ha="center", va="center", fontsize=14)
        ax.plot(4.2, y, "o", ms=24, color=colour, markeredgecolor=FOREGROUND)
        ax.text(4.9, y, unit, va="center", fontsize=13)
        plotting.arrow(ax, (0.9, y), (3.75, y))
    for y, end, tilt in ((3.0, 1.35, -0.16), (1.0, 2.65, 0.16)):
        ax.plot([0.9, 3.7], [y, end], color=VERMILLION, lw=1.4)
        ax.plot([3.62, 3.78], [end - tilt, end + tilt], color=VERMILLION, lw=3)
    right.axis("off")
    table = [["$x$", r"$\hat{x}$", "$e_+$", "$e_-$", "sum", "diff."]]
    table += [[f"{v:.0f}".replace("-", "−") for v in (*row, row[2] + row[3], row[2] - row[3])] for row in rows]
    for i, line in enumerate(table):
        for j, text in enumerate(line):
            xor = i > 0 and j == 4
            right.text((j + 0.5) / 6, 0.86 - 0.18 * i, text, ha="center", va="center", transform=right.transAxes,
                       color=BLUE if xor else FOREGROUND, weight="bold" if xor else "normal")  # fmt: skip
    right.plot([0, 1], [0.77, 0.77], color=FOREGROUND, lw=1, transform=right.transAxes)
    return fig


def rules(solved: Mapping[tuple[str, str], Any], hidden: list[int], parity: Mapping[str, Any], learned: Any) -> Figure:
    """Who solves what: networks' answers by problem and rule; shares by hidden units; the run whose cosines are shown."""
    fig, axes = plotting.figure(7.4, 3.6, ncols=3, width_ratios=[1.5, 1, 1])
    problems = list(dict.fromkeys(problem for problem, _ in solved))
    for i, (rule, (colour, marker)) in enumerate(_LOOKS.items()):
        for j, problem in enumerate(problems):
            right = solved[problem, rule]
            low, high = band(right.sum(), len(right))
            ends = [[max(right.mean() - low, 0)], [max(high - right.mean(), 0)]]
            axes[0].errorbar(j + 0.13 * (i - 2.5), right.mean(), ends, fmt=marker, ms=5, color=colour, capsize=2, lw=1,
                             label=rule if j == 0 else None)  # fmt: skip
    axes[0].set_xticks(range(5), problems, rotation=40, ha="right", rotation_mode="anchor")
    axes[0].set(title="4 hidden units", ylabel="networks that solve it", ylim=(-0.05, 1.08))
    for rule, found in parity.items():
        axes[1].plot(hidden, [f.mean() for f in found], _LOOKS[rule][1] + "-", ms=5, color=_LOOKS[rule][0])
    axes[1].set(title="parity", xlabel="hidden units", ylim=(-0.05, 1.08), xticks=hidden)
    low, high = np.quantile(learned.cosines, [0.25, 0.75], axis=1)
    axes[2].fill_between(learned.steps, low, high, color=BLUE, alpha=0.25, lw=0)
    axes[2].plot(learned.steps, learned.cosines.mean(1), color=BLUE)
    axes[2].axhline(0, color=FOREGROUND, lw=0.8)
    axes[2].set(title="alignment", xlabel="step", ylabel="cosine", ylim=(-1, 1))
    plotting.legend_below(fig, axes[0], ncols=3)
    return fig


def autoencoders(lost: Mapping[tuple[str, str], Any]) -> Figure:
    """Shares of variance lost by each network, by task and rule."""
    tasks, compared = (list(dict.fromkeys(names)) for names in zip(*lost, strict=True))
    fig, axes = plotting.figure(7.0, 3.1, ncols=2)
    for ax, task in zip(axes, tasks, strict=True):
        for i, rule in enumerate(compared):
            shares, (colour, marker) = lost[task, rule], _LOOKS[rule]
            ax.semilogy(i + np.linspace(-0.12, 0.12, len(shares)), shares, marker, ms=5, color=colour)
            ax.plot([i - 0.25, i + 0.25], [np.median(shares)] * 2, color=colour)
        ax.set_xticks(range(4), ["backprop", "Kolen-\nPollack", "local", "output\nonly"])
        ax.set(title=task, xlim=(-0.5, 3.5))
    axes[0].set_ylabel("variance lost")
    axes[0].set_yticks([0.1, 0.2, 0.3, 0.4], ["10 %", "20 %", "30 %", "40 %"])
    axes[0].minorticks_off()
    return fig
