"""The laboratory's guided experiments: their networks do what the page says, and goals can be reached, not by waiting.

They run on the page's own model, in an empty page: no clock, no pictures, the search at once.
"""

import numpy as np
import pytest
from browsing import needs_browser
from formulas import EXPERIMENTS, ROWS, as_package

from lpu_core import LowRankRNN, dynamics, tasks

pytestmark = needs_browser

MODEL = """(L, data, { id, set = {} }) => {
  const lab = L.model(data);
  const begin = () => {
    for (const part of L.landscape({ net: lab.net, u: lab.input })) {
      if (part?.fixed) lab.fixed = { ...part.fixed, known: true };
    }
  };
  lab.search = { begin };
  lab.begin({ ...L.parseSettings(`try=${id}`, lab.spec).settings, ...set });
  const memo = {};
  const reached = () => L.EXPERIMENTS[id].reached(lab, memo);
  const wait = (steps) => {
    let met = reached();
    for (let i = 0; i < steps; i++) {
      lab.step();
      met = reached() || met;
    }
    return met;
  };
  const kick = () => wait(L.beginKick(lab));
  const put = (point) => {
    lab.grab(point);
    lab.letGo();
    return reached();
  };
  return (PLAY)();
}"""


def play(lab, id: str, script: str, **changed):
    """What a script gives that plays an experiment: lab, wait(steps), kick(), put(κ), reached()."""
    return lab(MODEL.replace("PLAY", f"() => {{ {script} }}"), {"id": id, "set": changed})


PLAYS = {
    "hold": """for (const state of ["00", "01", "10", "11"]) { lab.queue(L.signs(state)); wait(100); } return reached();""",
    "tilt": "wait(100); lab.set('u1', 0.02); wait(600); lab.set('u1', 0); wait(600); return reached();",
    "push": """wait(100); put(lab.kappa.map((x) => -1.7 * Math.sign(x))); wait(100);
      put([-0.1 * Math.sign(lab.kappa[0]), lab.kappa[1]]); return reached();""",
    "half": "lab.set('n', 60); for (let s = 1; s <= 60 && !reached(); s++) lab.set('seed', s); return reached();",
    "slow": "lab.set('n', 10000); for (let s = 1; s <= 5 && !reached(); s++) lab.set('seed', s); return reached();",
    "rescale": "lab.set('sigma', 1); return reached();",
    "destroy": """let [kept, gone] = [0, 0.3];
      while (gone - kept > 0.004) { const s = (kept + gone) / 2; lab.set('sigma', s); reached();
        if (lab.attractors.length === 4) kept = s; else gone = s; }
      return reached();""",
    "anyway": "lab.set('n', 10000); for (let s = 1; s <= 5 && !reached(); s++) lab.set('seed', s); return reached();",
    "redundant": "wait(100); kick(); lab.set('target', 'tuned'); return kick();",
    "all": "wait(100); kick(); lab.set('sign', 'n'); return kick();",
    "noise": "lab.set('n', 1000); return wait(2000);",
    "spikes": "lab.set('spikes', 10); wait(2000); lab.set('spikes', 1000); return wait(2000);",
    "context": """for (const cue of [2, 3]) { L.give(lab, cue, 1); L.give(lab, 0, 1); L.give(lab, 1, -1); wait(100); }
      return reached();""",
}


def test_all_experiments_of_the_page_are_played():
    assert list(PLAYS) == EXPERIMENTS


@pytest.mark.parametrize("id", EXPERIMENTS)
def test_a_goal_can_be_reached(lab, id):
    assert play(lab, id, PLAYS[id]) is True


@pytest.mark.parametrize("id", EXPERIMENTS)
def test_a_goal_is_not_reached_by_waiting(lab, id):
    assert play(lab, id, "return wait(600);") is False


@pytest.mark.parametrize("id", EXPERIMENTS)
def test_an_experiment_starts_quiet_and_in_range(lab, id):
    """Nothing moves by chance that the experiment is not about; each slider of it can show the value it starts from."""
    settings, ranges = lab(
        """(L, data, id) => {
          const spec = L.settingsSpec(data);
          const { settings, problems } = L.parseSettings(`try=${id}`, spec);
          if (problems.length) throw new Error(problems);
          const { controls, ranges = {} } = L.EXPERIMENTS[id];
          const sliders = controls.filter((name) => !spec[name].choices);
          return [settings, sliders.map((name) => ({ name, ...spec[name], ...ranges[name] }))];
        }""",
        id,
    )
    assert settings["p"] == 0 or id in ("slow", "noise", "spikes")
    for rule in ranges:
        assert rule["low"] <= settings[rule["name"]] <= rule["high"]


def attractors(lab, id: str, seeds: int = 1, **changed) -> list[np.ndarray]:
    """The attractors of the experiment's first draws, with some settings changed."""
    found = play(
        lab, id,
        f"return Array.from({{ length: {seeds} }}, (_, i) => {{ lab.set('seed', i + 1); return lab.attractors; }});",
        **changed,
    )  # fmt: skip
    return [np.array(points) for points in found]


def built(lab, id: str, **changed) -> LowRankRNN:
    """The experiment's network, as the package's."""
    return as_package(play(lab, id, f"return ({ROWS})(lab.net);", **changed))


def accuracy(lab, n_steps: int = 1500, **changed) -> float:
    """The task's accuracy of the experiment with noise, with noise drawn here."""
    net = built(lab, "noise", **changed)
    pulses, targets = tasks.FlipFlop(2, n_steps=n_steps).sample(1, 20)
    run = net.simulate(pulses, noise_std=changed.get("noise", 0.3), rng=21)
    return tasks.FlipFlop(2).accuracy(run.latents, pulses, targets)


def test_a_tilt_makes_an_attractor_and_a_saddle_meet(lab):
    assert len(attractors(lab, "tilt", u1=0.02)[0]) < len(attractors(lab, "tilt")[0]) == 4


def test_half_of_the_neurons_lose_states_and_copies_lose_none(lab):
    assert all(len(left) < 4 for left in attractors(lab, "half", 5))
    whole, copies = (attractors(lab, "half", n=n)[0] for n in (100, 300))
    assert len(whole) == 4 and np.allclose(whole, copies, atol=1e-9)


def test_slow_designs_miss_by_more_than_fast_ones(lab):
    """How far the attractors lie from (±1, ±1), over ten draws; and states go as N is halved."""

    def miss(found):
        return np.median([np.abs(np.abs(points) - 1).mean() for points in found if len(points)])

    assert miss(attractors(lab, "slow", 10)) > 2 * miss(attractors(lab, "slow", 10, tau="20"))
    kept = [np.mean([len(found) == 4 for found in attractors(lab, "slow", 20, n=n)]) for n in (1200, 38)]
    assert kept[0] > kept[1]


def test_the_three_drifts_do_what_the_page_says(lab):
    before, after = (attractors(lab, "rescale", sigma=sigma)[0] for sigma in (0, 1))
    assert len(before) == len(after) == 4 and np.linalg.norm(after) < 0.7 * np.linalg.norm(before)
    assert all(len(found) < 4 for found in attractors(lab, "destroy", 5, sigma=0.2))
    share = np.mean([len(found) == 4 for found in attractors(lab, "anyway", 10)])
    large = [built(lab, "anyway", n=10_000, seed=seed) for seed in range(1, 11)]
    found = [dynamics.fixed_points(net).attractors for net in large]
    ours = attractors(lab, "anyway", 10, n=10_000)
    for mine, theirs in zip(ours, found, strict=True):
        assert len(mine) == len(theirs) and all(np.linalg.norm(mine - point, axis=1).min() < 1e-7 for point in theirs)
    assert np.mean([len(points) == 4 for points in found]) > share + 0.3


def test_noise_averages_out_over_copies(lab):
    assert accuracy(lab) < 0.9 < 0.99 < accuracy(lab, n=1000)
    assert accuracy(lab, noise=0) > 0.99


def test_undo_takes_back_one_setting_and_one_experiment(lab):
    got = play(
        lab, "tilt",
        """lab.set('u1', 0.01); lab.set('noise', 0.5); lab.undo(); const first = lab.settings.noise;
           lab.undo(); const second = lab.settings.u1; return [first, second, lab.undo()];""",
    )  # fmt: skip
    assert got == [0, 0, False]


def test_time_goes_on_over_an_undo(lab):
    """The network that was is there again, κ and the past stay; an experiment that comes back begins anew."""
    got = play(
        lab, "half",
        """wait(100); const weights = [...lab.net.embedding[0]]; lab.set('seed', 7); wait(20);
           const [kappa, past] = [[...lab.kappa], lab.past.length]; lab.undo();
           const same = weights.every((x, i) => x === lab.net.embedding[0][i]);
           const on = lab.kappa.every((x, i) => x === kappa[i]) && lab.past.length === past && lab.steps === 120;
           lab.begin(L.parseSettings("try=hold", lab.spec).settings); wait(10); lab.undo();
           return [same, on, lab.steps];""",
    )  # fmt: skip
    assert got == [True, True, 0]


def test_letting_kappa_go_follows_the_path_that_was_foretold(lab):
    """The LPU closes: what the neurons do after a push is what the flow of κ says, to rounding."""
    foretold, done = play(
        lab, "push",
        """lab.grab([0.3, -1.2]); const path = lab.grabbed.path; lab.letGo();
           const done = path.map(() => { lab.step(); return lab.kappa; }); return [path, done];""",
        start="",
    )  # fmt: skip
    assert np.array_equal(foretold, done)


def test_bifurcations_are_of_the_network_and_of_the_other_inputs(lab):
    """So they outlive a change of the input that they are of, and no other; and undo brings their experiment back."""
    got = play(
        lab, "tilt",
        """const kept = (name, value) => {
             lab.bifurcations = [0.01]; lab.set(name, value); return lab.bifurcations !== null; };
           const all = [kept("u1", 0.01), kept("noise", 0.1), kept("u2", 0.01), kept("n", 60)];
           lab.begin(L.parseSettings("try=hold", lab.spec).settings); const none = lab.axis; lab.undo();
           return [all, none, lab.axis.d];""",
    )  # fmt: skip
    assert got == [[True, True, False, False], None, 0]
