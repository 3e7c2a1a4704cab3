"""The site's own pictures: four attractors as its icon, and the flip-flop's plane as the card that shared links show."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.patches import Circle, FancyBboxPatch
from PIL import Image

from lpu_book import plotting
from lpu_core.networks import load
from tools import readme_picture

ICON_SIZES = (32, 180, 192, 512)
"""Pixels: a tab's, Apple's home screen, and the two that an installed site needs."""
CARD = (1200, 630)
"""Pixels."""
WHITE, INK = "#ffffff", "#1f2328"
# In a square of 32 units: the four attractors at their corners, and the saddle between them.
CORNERS, CENTRE = [(10, 10), (22, 10), (10, 22), (22, 22)], (16, 16)
RADIUS = 4


def icon_svg() -> str:
    """The icon as vectors."""
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="{plotting.VERMILLION}"/>' for x, y in CORNERS)
    ground = f'<rect width="32" height="32" rx="7" fill="{WHITE}"/>'
    centre = f'<circle cx="{CENTRE[0]}" cy="{CENTRE[1]}" r="1.6" fill="{plotting.BLUE}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{ground}{dots}{centre}</svg>\n'


def draw_icon(path: Path, size: int) -> None:
    """The same as a PNG of `size` pixels a side."""
    fig = plt.figure(figsize=(1, 1), dpi=size, layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 32), ylim=(0, 32))
    ax.axis("off")
    ax.add_patch(FancyBboxPatch((7, 7), 18, 18, boxstyle="round,pad=7", facecolor=WHITE, edgecolor="none"))
    for corner in CORNERS:
        ax.add_patch(Circle(corner, RADIUS, facecolor=plotting.VERMILLION, edgecolor="none"))
    ax.add_patch(Circle(CENTRE, 1.6, facecolor=plotting.BLUE, edgecolor="none"))
    fig.savefig(path, dpi=size, transparent=True)
    plt.close(fig)


def draw_card(path: Path, title: str, subtitle: str) -> None:
    """The title beside the flip-flop's plane, 1200 × 630 pixels."""
    width, height = (side / 150 for side in CARD)
    fig = plt.figure(figsize=(width, height), dpi=150, layout="none", facecolor=WHITE)
    with plt.rc_context({"text.color": INK}):
        fig.text(0.05, 0.62, title.replace(", ", ",\n"), fontsize=23, fontweight="bold", va="center", linespacing=1.25)
        fig.text(0.05, 0.33, subtitle, fontsize=11.5, va="center", linespacing=1.5)
    ax = fig.add_axes((0.47, 0.06, 0.52, 0.88))
    readme_picture.draw_latent_flow(ax, load(readme_picture.NETWORK))
    ax.axis("off")
    fig.savefig(path, dpi=150, facecolor=WHITE)
    plt.close(fig)
    Image.open(path).convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE).save(
        path, optimize=True
    )  # a quarter of the size


def draw(folder: Path, title: str, subtitle: str) -> None:
    """All of them into the folder: icon.svg, icon-SIZE.png and card.png."""
    plt.switch_backend("agg")
    with plt.rc_context(plotting.STYLE):
        (folder / "icon.svg").write_text(icon_svg(), "utf-8")
        for size in ICON_SIZES:
            draw_icon(folder / f"icon-{size}.png", size)
        draw_card(folder / "card.png", title, subtitle)
