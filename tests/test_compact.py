"""Pictures in fewer characters: every point and every pixel stays where it was."""

import io
import re

import numpy as np
import pytest
from browsing import needs_browser

from lpu_book import compact, plotting
from lpu_core import dynamics, timescales

NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
PER = {"m": 2, "l": 2, "c": 6, "q": 4}


def points(path):
    """All points of a path of relative commands, one after the other, by the grammar of SVG."""
    at = start = np.zeros(2)
    found = []
    for letter, rest in re.findall(r"([mlcqz])([^mlcqz]*)", path):
        if letter == "z":
            at = start
            continue
        steps = np.array(NUMBER.findall(rest), float).reshape(-1, PER[letter] // 2, 2)
        for i, step in enumerate(steps):
            found += list(at + step)
            at = at + step[-1]
            if letter == "m" and i == 0:
                start = at
    return np.array(found)


def drawn(rng, n):
    """A path of n commands as Matplotlib writes it, and its points."""
    parts, found = [], []
    for i in range(n):
        letter = "M" if i == 0 or parts[-1] == "z" else rng.choice(list("MLLLCQz"))
        if letter == "z":
            parts.append("z")
            continue
        numbers = rng.uniform(-300, 300, PER[letter.lower()])
        found.append(numbers.reshape(-1, 2))
        parts.append(letter + " " + " ".join(f"{number:f}" for number in numbers))
    return " \n".join(parts), np.concatenate(found)


def shortened(path):
    return re.fullmatch('<path d="(.*)"/>', compact.compact(f'<path d="{path}"/>'))[1]


@pytest.mark.parametrize("seed", range(20))
def test_a_path_in_steps_has_the_points_that_it_had(seed):
    path, expected = drawn(np.random.default_rng(seed), 300)
    short = shortened(path)
    assert np.abs(points(short) - expected).max() <= 0.005 + 1e-6  # the text has six decimals
    assert len(short) < 0.75 * len(path)


def test_steps_that_are_rounded_themselves_would_add_up():
    path = "M 0 0 " + " ".join(f"L {0.004 * i:f} 0" for i in range(1, 1000))
    assert np.abs(points(shortened(path))[-1, 0] - 3.996) <= 0.005
    twin = np.cumsum(np.round(np.full(999, 0.004), 2))[-1]
    assert abs(twin - 3.996) > 3


SHARED = '<path d="m1 1" {0}/><path d="m2 2" {1}/>'


@pytest.mark.parametrize(("first", "second", "own"), [
    ('style="fill:#fff"', 'style="fill:#fff"', ' style="fill:#fff"'),
    ('style="fill:#fff" clip-path="url(#a)"', 'style="fill:#000" clip-path="url(#a)"', ' clip-path="url(#a)"'),
    ('style="fill:#fff"', 'style="fill:#000"', ""),
    ('style="fill:#fff"', "", ""),
    ('style="opacity:0.5"', 'style="opacity:0.5"', ""),  # of two that overlap the group's would be one
    ('style="fill-opacity:0.5"', 'style="fill-opacity:0.5"', ' style="fill-opacity:0.5"'),
    ('transform="scale(2)" clip-path="url(#a)"', 'clip-path="url(#a)"', ""),  # the clip is in the leaf's own units
])  # fmt: skip
def test_siblings_say_once_what_all_of_them_share(first, second, own):
    found = compact.compact(f"<g>{SHARED.format(first, second)}</g>")
    assert re.match(r"<g([^>]*)>", found)[1] == own
    assert found.count(own or 'd="') == (1 if own else 2)
    assert compact.compact(f"<g {first}>{SHARED.format(second, second)}</g>").startswith(f"<g {first}")


def test_a_whole_number_keeps_its_noughts():
    assert compact.compact('<use x="100.000000" y="-0.001" href="#a"/>') == '<use x="100" y="-0" href="#a"/>'
    assert shortened("M 100 200 L 100 300") == "m100 200 0 100"


def figure():
    """All that a figure of the book may hold: arrows, points, faint areas, an image, formulas."""
    plotting.use_style()
    fig, axes = plotting.figure(7, 3, ncols=3)
    network, rng = timescales.design_flip_flop(100, 2, rng=0), np.random.default_rng(0)
    plotting.draw_flow(axes[0], dynamics.flow_field(network, -2.0, 2.0, n_points=9))
    plotting.draw_fixed_points(axes[0], dynamics.fixed_points(network))
    axes[1].scatter(*rng.random((2, 50)), c=rng.random(50), alpha=0.4, s=90)
    axes[1].fill_between(np.linspace(0, 1, 30), rng.random(30), alpha=0.3, hatch="//")
    axes[1].plot(rng.random(30), ".", ls="--")
    axes[2].imshow(rng.random((5, 5)))
    axes[2].set_title(r"$\frac{1}{N}\sum_i n_i^2 \kappa_1$ and 100.5")
    return fig


def places(text):
    """Where a picture's marks and letters are: x, y and translate( ), one way or the other."""
    found = []
    for use in re.findall(r"<use [^>]*>", text):
        x, y = (re.search(rf' {name}="([^"]*)"', use) for name in "xy")
        moved = re.search(r"translate\(([^)]*)\)", use)
        shift = [float(number) for number in moved[1].split()] if moved else [0.0, 0.0]
        found.append([float(x[1] if x else 0) + shift[0], float(y[1] if y else 0) + shift[1]])
    return np.array(found)


def test_a_figure_keeps_its_places_to_a_hundredth_of_a_point_and_all_else_as_it_is():
    buffer = io.StringIO()
    figure().savefig(buffer, format="svg")
    before, after = buffer.getvalue(), compact.compact(buffer.getvalue())
    assert len(places(before)) == len(places(after)) > 50
    assert np.abs(places(before) - places(after)).max() <= 0.005 + 1e-6
    paths = [re.findall(r'<path[^>]* d="([^"]*)"', text) for text in (before, after)]
    assert len(paths[0]) == len(paths[1]) > 50
    for path, short in zip(*paths, strict=True):
        expected = np.array(re.findall(r"-?[\d.]+", path), float).reshape(-1, 2)
        assert np.abs(points(short) - expected).max() <= 0.005 + 1e-6
    for kept in (r"scale\([^)]*\)", r' (?:width|height|viewBox)="[^"]*"', r"stroke-width: ?([\d.]+)"):
        assert sorted(set(re.findall(kept, before))) == sorted(set(re.findall(kept, after)))


@needs_browser
def test_a_picture_looks_as_it_did(browser):
    fig, buffer = figure(), io.StringIO()
    fig.savefig(buffer, format="svg")
    before = buffer.getvalue()
    before = before[before.index("<svg") :]
    after = compact.compact(before)
    assert len(after) < 0.7 * len(before)
    tab = browser.new_page(viewport={"width": 800, "height": 400})

    def seen(text):
        from matplotlib.image import imread

        tab.set_content(f"<body style='margin:0'>{text}")
        return imread(io.BytesIO(tab.screenshot()))[..., :3]

    was, now = seen(before), seen(after)
    moved = seen(f'<div style="position:relative;left:1px">{before}</div>')
    tab.close()
    apart, twin = np.abs(was - now), np.abs(was - moved)
    assert apart.mean() < 5e-4 < 1e-2 < twin.mean()
    assert (apart.max(axis=-1) > 0.2).mean() < 2e-4
