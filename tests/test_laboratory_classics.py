"""The classic tasks in the laboratory: their numbers are the tasks' own, the page's model is the package's simulation, and
the buttons do what they say.

Networks are drawn here; those of the gallery are looked at on the built page.
"""

import base64

import numpy as np
import pytest
from browsing import SITE, needs_browser, needs_site
from formulas import ROWS, as_package
from test_laboratory import at_rest, finding

from lpu_core import LowRankRNN
from lpu_core.networks import load
from tools import laboratory_tasks
from tools.laboratory_tasks import CLASSICS

GALLERY = list(laboratory_tasks.networks())


def drawn(name: str) -> LowRankRNN:
    """Nothing about it is symmetric, and it does not do the task."""
    task = CLASSICS[name].task
    rng, n, rank = np.random.default_rng(3), 60, max(2, task.n_outputs) if name != "senses" else 1
    m, encoding = rng.standard_normal((2, n, rank))
    w, bias = rng.standard_normal((n, task.n_inputs)), 0.3 * rng.standard_normal(n)
    return LowRankRNN(m, 3 * (encoding + m), w, bias, tau=100.0, dt=20.0).astype(np.float32)


def entry(name: str) -> dict:
    return laboratory_tasks.as_json(CLASSICS[name], drawn(name))


def played(made: dict, dt: float, n_channels: int) -> np.ndarray:
    """The inputs (T, D) that a trial of the page's stands for."""
    inputs = np.zeros((made["steps"], n_channels))
    for channel, begin, end, size in made["inputs"]:
        inputs[round(begin / dt) : round(end / dt), channel] += size
    return inputs


# ------------------------------------------------------------------ the numbers that the page gets


@pytest.mark.parametrize("name", CLASSICS)
def test_an_example_is_the_task_s_own_trial(name):
    """Without noise, from at most 100 ms before its first input to its end."""
    task, made = CLASSICS[name].task, entry(name)
    inputs, targets = laboratory_tasks.examples(CLASSICS[name])
    assert len(made["trials"]) == inputs.shape[1] == 3 and len(made["inputs"]) == task.n_inputs
    for b, trial in enumerate(made["trials"]):
        ours = played(trial, 20.0, task.n_inputs)
        assert np.abs(ours - inputs[-trial["steps"] :, b]).max() < 1e-6
        assert not inputs[: -trial["steps"], b].any() and ours[:6].any()
        assert np.abs(np.array(trial["answer"]) - targets[task.scored, b]).max() < 1e-6
        assert trial["due"] + len(trial["answer"]) == trial["steps"]


@pytest.mark.parametrize("name", CLASSICS)
def test_an_input_can_be_given_with_the_signs_that_it_has_in_the_task(name):
    drawn_inputs, _ = CLASSICS[name].task.sample(500, 1)
    for d, channel in enumerate(entry(name)["inputs"]):
        assert (-1 in channel["signs"]) == bool((drawn_inputs[..., d] < 0).any())
        assert channel["size"] > 0 and channel["ms"] % 20 == 0 < channel["ms"]


def test_the_weights_are_the_network_s_bit_for_bit():
    net, sent = drawn("context"), entry("context")["weights"]
    for name, part in (("embedding", net.embedding), ("encoding", net.encoding), ("inputWeights", net.input_weights)):
        for text, column in zip(sent[name], part.T, strict=True):
            assert np.array_equal(np.frombuffer(base64.b64decode(text), "<f4"), column)
    assert np.array_equal(np.frombuffer(base64.b64decode(sent["bias"]), "<f4"), net.bias)


def test_a_network_is_offered_where_it_is_there_and_the_plane_can_show_it(tmp_path, monkeypatch):
    monkeypatch.setattr(laboratory_tasks, "FOLDER", tmp_path)
    assert laboratory_tasks.data() == {}
    rng = np.random.default_rng(0)
    for name, rank in (("match", 2), ("ring", 3)):
        m, n = rng.standard_normal((2, 30, rank))
        LowRankRNN(m, n, rng.standard_normal((30, CLASSICS[name].task.n_inputs)), tau=100.0, dt=20.0).save(
            tmp_path / f"{name}-firing-rate.npz"
        )
    assert list(laboratory_tasks.data()) == ["match"]


def test_all_networks_together_are_small():
    assert len(laboratory_tasks.script()) < 400_000


# ------------------------------------------------------------------ the model, without a page

MODEL = """(L, data, { entry, text = "net=drawn" }) => {
  data.classics = { drawn: entry };
  const lab = L.model(data);
  lab.search = { begin: () => lab.searches++ };
  lab.searches = 0;
  lab.begin(L.parseSettings(text, lab.spec).settings);
  const run = (steps) => Array.from({ length: steps }, () => {
    lab.step();
    return { kappa: lab.kappa, heard: lab.heard, answer: lab.answer };
  });
  return (() => { PLAY })();
}"""


def play(lab, name: str, script: str, **more):
    return lab(MODEL.replace("PLAY", script), {"entry": entry(name), **more})


@needs_browser
@pytest.mark.parametrize("name", CLASSICS)
def test_a_trial_is_the_package_s_simulation(lab, name):
    """From the page's own start, at each of its steps, and so is what it says at the end."""
    task, net = CLASSICS[name].task, drawn(name).astype(np.float64)
    inputs, targets = laboratory_tasks.examples(CLASSICS[name])
    script = """return [0, 1, 2, 3].map(() => {
      const steps = lab.play(); const start = lab.kappa; return { start, run: run(steps), judged: lab.judged }; });"""
    got = play(lab, name, script)
    assert [one["judged"]["number"] for one in got] == [1, 2, 3, 1]
    for b, one in enumerate(got[:3]):
        ours = np.array([step["kappa"] for step in one["run"]])
        heard = inputs[-len(ours) :, b : b + 1]
        theirs = net.simulate(heard, initial_latents=np.array([one["start"]])).latents[:, 0]
        assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max(), "sizes are told to six digits"
        exact = played(entry(name)["trials"][b], 20.0, task.n_inputs)[:, None]
        theirs = net.simulate(exact, initial_latents=np.array([one["start"]])).latents[:, 0]
        assert np.abs(ours - theirs).max() < 1e-9
        due = task.scored.indices(task.n_steps)[0] - task.n_steps
        assert np.allclose(one["judged"]["said"], theirs[due:, : task.n_outputs].mean(axis=0))
        assert np.allclose(one["judged"]["right"], targets[due:, b].mean(axis=0), atol=1e-6)
        answers = [step["answer"] for step in one["run"]]
        assert answers[due - 1] is None and np.allclose(answers[due], targets[due, b], atol=1e-6)


@needs_browser
def test_an_input_lasts_for_its_time_and_another_takes_its_place(lab):
    got = play(lab, "context", """L.give(lab, 2, 1); L.give(lab, 0, 1); const first = run(30); L.give(lab, 0, -1);
      return [...first, ...run(70)].map(({ heard }) => heard);""")  # fmt: skip
    wanted = np.zeros((100, 4))
    wanted[:72, 2], wanted[:30, 0], wanted[30:70, 0] = 1, 0.8, -0.8
    assert np.array_equal(got, wanted)


@needs_browser
def test_the_plane_is_that_under_the_inputs_that_are_on(lab):
    """It is searched anew where they change, and else not."""
    got = play(lab, "context", """
      const count = (steps) => { const before = lab.searches; run(steps); return lab.searches - before; };
      const still = count(50); lab.set("u1", 0.25); L.give(lab, 0, 1); const on = count(20); const input = lab.input;
      return [still, on, input, count(40), lab.input];""")  # fmt: skip
    assert got == [0, 1, [1.05, 0, 0, 0], 1, [0.25, 0, 0, 0]]


@needs_browser
def test_an_address_names_the_network_and_has_all_its_neurons(lab):
    got = play(lab, "match", """const texts = ["net=drawn", "net=drawn&n=30", "net=trained"];
      const found = texts.map((text) => L.parseSettings(text, lab.spec));
      const back = found.map(({ settings }) => L.formatSettings(settings, lab.spec));
      return [found.map(({ settings, problems }) => [settings.net, settings.n, problems.length]), back];""")  # fmt: skip
    assert got == [[["drawn", 60, 0], ["drawn", 30, 0], ["trained", 100, 0]], ["net=drawn", "net=drawn&n=30", ""]]


@needs_browser
def test_a_network_that_is_chosen_comes_with_all_its_neurons_and_undo_brings_the_other_back(lab):
    got = play(
        lab, "match",
        """const state = () => [lab.settings.net, L.nNeurons(lab.net), lab.channels, lab.task !== null, lab.past.length];
           run(5); const first = state(); lab.set("net", "drawn"); run(5); L.give(lab, 0, 1); run(1);
           const second = [...state(), lab.heard]; lab.set("u1", 0.1); lab.set("net", "direct");
           const third = state(); lab.undo();
           return [first, second, third, [...state(), lab.heard]];""",
        text="net=trained",
    )  # fmt: skip
    assert got == [
        ["trained", 100, 2, False, 5], ["drawn", 60, 2, True, 6, [1, 0]], ["direct", 100, 2, False, 0],
        ["drawn", 60, 2, True, 0, [0, 0]],
    ]  # fmt: skip


# ------------------------------------------------------------------ the built page


@needs_site
def test_the_built_page_has_the_networks_that_are_there():
    assert laboratory_tasks.script() == (SITE / "_static/laboratory/classics.js").read_text("utf-8")


@needs_site
@pytest.mark.parametrize("name", GALLERY)
def test_an_address_opens_the_network_and_a_trial_runs_as_the_package_says(visit, name):
    page = visit(f"laboratory.html#net={name}", reduced_motion="reduce")
    at_rest(page)
    net = load(laboratory_tasks.FOLDER / f"{name}-firing-rate.npz").astype(np.float64)
    made = as_package(page.evaluate(f"({ROWS})(LPULab.page.network())"))
    assert np.array_equal(made.encoding, net.encoding) and np.array_equal(made.input_weights, net.input_weights)
    assert page.locator("#lab-net optgroup[label='Classic tasks'] option").count() == len(GALLERY)
    page.get_by_role("button", name="A trial").click()
    trial = laboratory_tasks.data()[name]["trials"][0]
    past = page.evaluate("LPULab.page.lab.past.map(({ kappa }) => kappa)")
    inputs = played(trial, net.dt, net.n_inputs)[1:, None]
    theirs = net.simulate(inputs, initial_latents=np.array([past[0]])).latents[:, 0]
    assert len(past) == trial["steps"] and np.abs(theirs - past[1:]).max() < 1e-9
    assert f"{theirs[-len(trial['answer']) :, 0].mean():.2f}".replace("-", "−") in finding(page)


@needs_site
@pytest.mark.parametrize("name", GALLERY)
def test_the_buttons_and_keys_give_the_inputs(visit, name):
    page = visit(f"laboratory.html#net={name}", reduced_motion="reduce")
    at_rest(page)
    inputs = laboratory_tasks.data()[name]["inputs"]
    wanted = [(d, sign, one) for d, one in enumerate(inputs) for sign in one["signs"]]
    buttons = page.locator("[aria-label=Pulses] button:not(.lab-strong)")
    assert buttons.count() == len(wanted)
    for i, (d, sign, one) in enumerate(wanted):
        assert one["name"] in buttons.nth(i).inner_text()
        page.get_by_role("button", name="Restart").click()
        if i % 2:
            page.locator("#lpu-laboratory").focus()
            page.keyboard.press(str(i + 1))
        else:
            buttons.nth(i).click()
        page.evaluate(f"LPULab.page.lab.clock.byHand({round(one['ms'] / 20) + 5})")
        heard = np.array(page.evaluate("LPULab.page.lab.past.map(({ pulses }) => pulses)"))
        assert np.isclose(heard[:-5, d], sign * one["size"]).all() and not heard[-5:].any()
        assert not np.delete(heard, d, axis=1).any()
