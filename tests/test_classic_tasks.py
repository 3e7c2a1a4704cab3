"""The classic tasks: trials against slow loops, draws by their laws, right answers and chance; psychometric curves."""

import numpy as np
import pytest
from scipy.stats import norm

from lpu_core import LowRankRNN, tasks
from lpu_core.tasks import (
    ConditionTask,
    ContextDecision,
    MatchToSample,
    ParametricMemory,
    PerceptualDecision,
    ReadySetGo,
    RingMemory,
    TwoSensesDecision,
)

DECISIONS = (PerceptualDecision, TwoSensesDecision, ContextDecision)
MEMORIES = (ParametricMemory, MatchToSample, RingMemory)
ALL = (*DECISIONS, *MEMORIES, ReadySetGo)
SILENT = {"noise": 0.0}


def share_is(found, p, n):
    """Whether a share of n is p within 5 s.d.: false alarm below 6e-7."""
    return abs(found - p) < 5 * np.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("kind", ALL)
def test_a_trial_has_the_task_s_shape_and_its_targets_are_right(kind):
    task = kind()
    assert isinstance(task, tasks.Task) and isinstance(task, ConditionTask)
    inputs, targets = task.sample(50, 1)
    assert inputs.shape == (task.n_steps, 50, task.n_inputs) and targets.shape == (task.n_steps, 50, task.n_outputs)
    assert task.conditions(50, 1).shape == (50, len(task.condition_names))
    assert task.accuracy(targets, inputs, targets) == 1
    assert task.accuracy(-targets, inputs, targets) == 0
    assert task.accuracy(np.full_like(targets, np.nan), inputs, targets) == 0
    assert task.accuracy(np.zeros_like(targets), inputs, targets) == 0
    free = np.ones(task.n_steps, bool)
    free[task.scored] = False
    assert task.accuracy(np.where(free[:, None, None], -9.0, targets), inputs, targets) == 1
    assert free.any() and not targets[free].any()


@pytest.mark.parametrize("kind", ALL)
def test_the_same_seed_gives_the_same_trials_and_another_others(kind):
    first, same, other = (kind().sample(5, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


@pytest.mark.parametrize("kind", ALL)
def test_noise_has_its_s_d_in_every_step_and_input_but_the_cues(kind):
    """The difference from a trial without noise: a variance within 5 s.d. of the χ² law, false alarm below 6e-7."""
    noisy = kind(noise=0.3)
    conditions = noisy.conditions(200, 0)
    noise = noisy.trials(conditions, 1)[0] - kind(**SILENT).trials(conditions, 1)[0]
    cues = {ContextDecision: 2, RingMemory: 1}.get(kind, 0)
    assert not noise[..., noise.shape[2] - cues :].any()
    noise = noise[..., : noise.shape[2] - cues]
    assert (noise.std(axis=1) > 0).all()
    assert abs(noise.var() / 0.09 - 1) < 5 * np.sqrt(2 / noise.size)
    assert abs(noise.var() / 0.33**2 - 1) > 5 * np.sqrt(2 / noise.size)  # the twin: another s.d. would be told


# ------------------------------------------------------------------ decisions


def test_decisions_last_as_published():
    """Fixation, (cue,) stimulus, delay and decision in steps of 20 ms; 350 ms of the context are no whole steps."""
    for task, parts in (
        (PerceptualDecision(**SILENT), (100, 800, 300, 300)),
        (TwoSensesDecision(**SILENT), (100, 800, 100, 500)),
        (ContextDecision(**SILENT), (100 + 340, 800, 300, 20)),
    ):
        inputs, targets = task.sample(1, 0)
        edges = np.cumsum(parts) // 20
        assert task.n_steps == edges[-1]
        features = inputs[..., : min(2, task.n_inputs)].any(axis=(1, 2))
        assert np.flatnonzero(features).tolist() == list(range(edges[0], edges[1]))
        assert np.flatnonzero(targets[:, 0, 0]).tolist() == list(range(edges[2], edges[3]))


def test_a_decision_s_conditions_have_their_shares():
    n = 6000
    coherence = PerceptualDecision().conditions(n, 0)[:, 0]
    for c in (1, 2, 4, 8, 16):
        assert share_is((coherence == c).mean(), 0.1, n) and share_is((coherence == -c).mean(), 0.1, n)
    first, second = TwoSensesDecision().conditions(n, 1).T
    assert (first * second >= 0).all()
    for kind in ((first != 0) & (second == 0), (first == 0) & (second != 0), (first != 0) & (second != 0)):
        assert share_is(kind.mean(), 1 / 3, n)
    both = (first * second) != 0
    assert share_is((first == second)[both].mean(), 1 / 4, both.sum())  # sizes are drawn apart
    first, second, context = ContextDecision().conditions(n, 2).T
    assert share_is(context.mean(), 0.5, n) and share_is((first * second > 0).mean(), 0.5, n)


def test_a_context_trial_is_that_of_a_loop():
    task = ContextDecision(**SILENT)
    conditions = task.conditions(20, 3)
    inputs, targets = task.trials(conditions, 0)
    for b, (first, second, context) in enumerate(conditions):
        wanted = np.zeros((78, 4))
        for t in range(78):
            if 22 <= t < 62:
                wanted[t, :2] = 0.1 * first, 0.1 * second
            if 5 <= t < 77:
                wanted[t, 2 + int(context)] = 1
        np.testing.assert_allclose(inputs[:, b], wanted)
        assert targets[-1, b, 0] == np.sign((first, second)[int(context)])


def test_an_ideal_observer_of_a_decision_errs_as_the_normal_law_says():
    """The mean of 40 noisy steps has the right sign with chance Φ(c √40 / noise). Twin: later nothing is heard."""
    task, n = PerceptualDecision(scale=1.0, noise=10.0, coherences=(1.0,)), 20_000
    inputs, targets = task.sample(n, 4)
    heard = np.broadcast_to(inputs[5:45].mean(axis=0), targets.shape)
    p = norm.cdf(np.sqrt(40) / 10)
    assert share_is(task.accuracy(heard, inputs, targets), p, n)
    deaf = np.broadcast_to(inputs[45:].mean(axis=0), targets.shape)
    assert share_is(task.accuracy(deaf, inputs, targets), 0.5, n)


# ------------------------------------------------------------------ memories


def test_a_delay_moves_the_first_stimulus_and_nothing_else():
    for kind, held, after, answer in ((ParametricMemory, 5, 5, 5), (MatchToSample, 25, 25, 50), (RingMemory, 25, 0, 25)):
        task = kind(200.0, 400.0, **SILENT)
        assert task.n_steps == 5 + held + 20 + after + answer
        conditions = task.conditions(300, 5)
        if kind is ParametricMemory:
            conditions = conditions[(conditions[:, :2] != 22).all(axis=1)]  # 22 Hz is an input of 0
        inputs, _ = task.trials(conditions, 0)
        for b, delay in enumerate(conditions[:, -1]):
            on = np.flatnonzero(inputs[:, b, :2].any(axis=1))
            second = task.n_steps - answer - after
            first = second - int(delay / 20) - held
            assert on.tolist() == [*range(first, first + held), *range(second, second + after)]
        delays, counts = np.unique(conditions[:, -1], return_counts=True)
        assert delays.tolist() == [20.0 * k for k in range(10, 21)]
        assert all(share_is(count / len(conditions), 1 / 11, len(conditions)) for count in counts)


def test_memories_ask_for_what_was_shown():
    task = ParametricMemory()
    first, second, _ = (conditions := task.conditions(3000, 6)).T
    for d in (-24, -16, -8, 8, 16, 24):
        assert share_is((first - second == d).mean(), 1 / 6, 3000)
    assert conditions[:, :2].min() == 10 and conditions[:, :2].max() == 34
    np.testing.assert_allclose(task.trials(conditions, 0)[1][-1, :, 0], (first - second) / 24)
    task = MatchToSample(**SILENT)
    first, second, _ = (conditions := task.conditions(3000, 7)).T
    inputs, targets = task.trials(conditions, 0)
    assert share_is((first == second).mean(), 0.5, 3000)
    assert np.array_equal(targets[-1, :, 0] > 0, first == second)
    assert np.array_equal(inputs[-51].argmax(axis=1), second) and (inputs[-51].sum(axis=1) == 1).all()


def test_an_angle_is_right_within_the_tolerance_and_chance_is_its_share_of_pi():
    task, n = RingMemory(tolerance=0.5), 4000
    inputs, targets = task.sample(n, 8)
    angle = task.conditions(n, np.random.default_rng(8))[:, 0]
    for off, share in ((0.49, 1), (-0.49, 1), (0.51, 0), (-0.51, 0), (2 * np.pi - 0.49, 1), (np.pi, 0)):
        turned = 3 * np.stack([np.cos(angle + off), np.sin(angle + off)], axis=1)  # the length does not count
        assert task.accuracy(np.broadcast_to(turned, targets.shape), inputs, targets) == share
    east = np.broadcast_to([1.0, 0.0], targets.shape)
    assert share_is(task.accuracy(east, inputs, targets), 0.5 / np.pi, n)


# ------------------------------------------------------------------ timing


def test_ready_set_and_ramp_are_those_of_a_loop():
    task = ReadySetGo(**SILENT)
    inputs, targets = task.trials(task.conditions(20, 9), 0)
    intervals = task.conditions(20, 9)[:, 0]
    assert set(task.conditions(200, 0)[:, 0]) == set(task.intervals)
    for b, interval in enumerate(intervals):
        ready = task.ready_to_set - int(interval / 20)
        for t in range(task.n_steps):
            assert inputs[t, b].tolist() == [float(0 <= t - at < 5) for at in (ready, task.ready_to_set)]
            assert targets[t, b, 0] == pytest.approx(min(max(20 * (t - task.ready_to_set) / interval, 0), 1.25))


def test_a_produced_interval_is_right_within_the_tolerance():
    """A steeper ramp is there sooner: by the factor, exactly. One that stays below 1 never is."""
    task = ReadySetGo(tolerance=0.1)
    inputs, targets = task.trials([[480.0], [620.0], [800.0]], 0)
    for factor, right in ((1 / 0.91, 1), (1 / 0.89, 0), (1 / 1.09, 1), (1 / 1.11, 0)):
        np.testing.assert_allclose(task.production(factor * targets), np.array([480.0, 620.0, 800.0]) / factor)
        assert task.accuracy(factor * targets, inputs, targets) == right
    assert np.isnan(task.production(0.7 * targets)).all() and task.accuracy(0.7 * targets, inputs, targets) == 0
    assert (task.production(np.ones_like(targets)) == 0).all()


# ------------------------------------------------------------------ psychometric curves


def test_choices_are_the_shares_of_a_loop_and_rise_with_the_evidence():
    """Without noise of its own a trial's answer is the network's; a network with the opposite readout (twin) mirrors it."""
    task, n = PerceptualDecision(scale=1.0, noise=0.3), 30
    ones = np.ones((40, 1))
    network = LowRankRNN(ones, 2 * ones, ones, tau=100.0, dt=20.0)
    asked = np.array([[-0.5], [0.0], [0.02], [0.5]])
    found = tasks.choices(network, task, asked, 3, n_trials=n)
    rng = np.random.default_rng(3)
    inputs, _ = task.trials(np.repeat(asked, n, axis=0), rng)
    start = tasks.INITIAL_STD * rng.standard_normal((4 * n, 40))
    for row in range(4):
        right = 0
        for b in range(row * n, (row + 1) * n):
            run = network.simulate(inputs[:, b : b + 1], initial_rates=start[b : b + 1])
            right += run.latents[-15:, 0, 0].mean() > 0
        assert found[row] == right / n
    assert found[0] == 0 and 0 < found[1] < 1 and found[-1] == 1
    mirrored = LowRankRNN(-ones, -2 * ones, ones, tau=100.0, dt=20.0)
    assert tasks.choices(mirrored, task, asked, 3, n_trials=n)[-1] == 0


# ------------------------------------------------------------------ bad arguments


@pytest.mark.parametrize(("call", "message"), [
    (lambda: PerceptualDecision(coherences=()), "coherences: expected at least one"),
    (lambda: PerceptualDecision().trials(np.ones((3, 2)), 0), "conditions: expected a row each trial, with a column for"),
    (lambda: ContextDecision().trials([[1.0, 1.0, 0.5]], 0), "conditions: expected a context of 0 or 1"),
    (lambda: ParametricMemory(500.0, 400.0), "longest: expected at least shortest = 500 ms, got 400"),
    (lambda: ParametricMemory(510.0), "shortest: expected multiples of 20 ms"),
    (lambda: ParametricMemory().trials([[9.0, 20.0, 500.0]], 0), "conditions: expected frequencies from 10 to 34 Hz"),
    (lambda: ParametricMemory().trials([[10.0, 20.0, 1020.0]], 0), "conditions: expected multiples of 20 ms from 20"),
    (lambda: MatchToSample().trials([[0.0, 2.0, 500.0]], 0), "conditions: expected items of 0 or 1"),
    (lambda: RingMemory(tolerance=4.0), "tolerance: expected"),
    (lambda: ReadySetGo(intervals=(490.0,)), "intervals: expected multiples of 20 ms"),
    (lambda: ReadySetGo(intervals=()), "intervals: expected at least one"),
    (lambda: ReadySetGo(tolerance=0.3), "tolerance: expected"),
    (lambda: ReadySetGo().trials([[820.0]], 0), "conditions: expected multiples of 20 ms from 100 to 800 ms"),
    (lambda: tasks.choices(LowRankRNN(*np.ones((3, 9, 1))), PerceptualDecision(), np.ones((2, 2)), 0), "conditions: exp"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, message, unchecked_shapes):
    with pytest.raises(ValueError, match=message):
        call()
