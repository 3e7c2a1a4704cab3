"""The way of a new task into the gallery, as the page on one's own tasks tells it: followed to the letter."""

import re
from dataclasses import replace

import numpy as np
import pytest

from lpu_book import cards, pages
from lpu_core import tasks, timescales
from lpu_core.tasks import TrialTask
from tools import book

OWN, GALLERY = ((book.BOOK / f"{name}.md").read_text("utf-8") for name in ("gallery-own", "gallery"))
BLOCK = re.search(r"^````markdown\n(.*?)^````$", OWN, re.DOTALL | re.MULTILINE)[1]

HERE = "# Here go your class and your function `chosen`."


def code(text):
    return [cell["code"] for cell in pages.CELL.finditer(text)]


@pytest.fixture
def page(tmp_path):
    """What gallery.md has defined where the block is to be pasted; its networks are looked for in an empty folder."""
    names = {}
    for cell in code(GALLERY)[:2]:
        exec(cell, names)
    names["RESULTS"] = tmp_path
    return names


def test_the_block_runs_in_the_gallery_s_page(page, tmp_path):
    mine = "\n".join(cell for cell in code(OWN) if "class Lamp" in cell or "def chosen" in cell)
    head, drawing = code(BLOCK)
    name = re.search(r'"(lamp-[\w-]+\.npz)"', OWN)[1]
    (tmp_path / "gallery").mkdir()
    network = timescales.design_flip_flop(60, 2, rng=0)
    replace(network, tau=100.0, dt=20.0).save(tmp_path / "gallery" / name)
    assert HERE in head
    exec(head.replace(HERE, mine), page)
    shown = {}
    page["glue"] = shown.__setitem__
    figure = eval(drawing.strip().splitlines()[-1], page)
    assert len(figure.children[1].children) == len(page["MOMENTS"]["lamp"])
    wanted = re.findall(r"glue:text\}`gal-lamp-(\w+)`", BLOCK)
    assert sorted(wanted) == ["accuracy", "rank"]
    assert shown["gal-lamp-rank"] == 2 and "gal-lamp-accuracy" in shown


def test_each_card_of_the_gallery_starts_as_the_block_does():
    cells = [cell for cell in code(GALLERY) if "plotting.moving(card(" in cell]
    assert len(cells) >= 8
    begins = r'^plotting\.moving\(card\("(\w+)", \*.*\), list\(MOMENTS\["\1"\]\), "moment", "'
    assert all(re.search(begins, cell, re.MULTILINE) for cell in [*cells, code(BLOCK)[1]])


class Sign(TrialTask):
    n_steps, n_inputs, n_outputs, scored = 10, 1, 1, slice(5, None)

    def sample(self, n_trials, rng):
        inputs = np.random.default_rng(rng).standard_normal((10, n_trials, 1))
        return inputs, np.sign(inputs)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_card_shows_the_trials_up_to_its_moment(rank):
    network = timescales.design_flip_flop(40, rank, rng=0)
    network = replace(network, input_weights=network.input_weights[:, :1], tau=50.0, dt=5.0)
    inputs, targets = Sign().sample(3, 1)
    fig = cards.card(network, Sign(), inputs, targets, {"now": 30.0, "then": 45.0})("now")
    latents = network.simulate(inputs).latents
    lines = [line for line in fig.axes[1].lines if line.get_linestyle() == "-"]
    assert len(lines) == 3
    for b, line in enumerate(lines):
        assert np.array_equal(line.get_xdata(), 5.0 * np.arange(7))
        assert np.array_equal(line.get_ydata(), latents[:7, b, 0])


@pytest.mark.parametrize("ms", [-10.0, 50.0])
def test_a_moment_outside_the_trial_is_named(ms):
    network = replace(timescales.design_flip_flop(40, 1, rng=0), tau=50.0, dt=5.0)
    with pytest.raises(ValueError, match=rf"moments\['late'\]: expected a time in the trial, .* below 50 ms, got {ms}"):
        cards.card(network, Sign(), *Sign().sample(2, 1), {"late": ms})
    assert isinstance(Sign(), tasks.Task)
