"""Flow tasks: several on one network, by algebra; what sharing costs, against the networks' own flows."""

from dataclasses import replace

import numpy as np
import pytest

from lpu_core import reconfiguration, subspace, theory
from lpu_core.reconfiguration import Cloud

CLOUD = Cloud(np.diag([1.5, 0.8]))


def shared(n_neurons=60, n_tasks=3, n_states=20, stds=(0.0, 1.0), steep=10.0, seed=0):
    """Rates and wanted values (T, S, …) of random tasks on a network of random tuning curves, and their modulations."""
    rng = np.random.default_rng(seed)
    low = -np.ones(2)
    network = theory.fit_flow(reconfiguration.random_flow(seed), low, -low, n_neurons, rng, gain=steep)
    stds = [s / np.sqrt(3 / n_tasks) for s in stds]
    receptors = reconfiguration.draw_receptors(np.arange(n_neurons), n_tasks, *stds, seed)
    gains, biases = receptors.at(np.eye(n_tasks))
    states = rng.uniform(-1, 1, (n_tasks, n_states, 2))
    return network, gains, biases, states, states + rng.standard_normal(states.shape)


def test_rates_of_tasks_are_those_of_the_modulated_networks():
    network, gains, biases, states, _ = shared()
    rates = reconfiguration.task_rates(network, gains, biases, states)
    one = reconfiguration.modulated(network, gains[1], biases[1]).tuning(states[1])
    np.testing.assert_allclose(rates[1], one, atol=1e-14)


def test_n_neurons_hold_n_points_shared_or_split():
    """Proposition: rank min(N, TS); the twin has two tasks with one modulation, whose rates cannot differ."""
    for n_states, rank in ((20, 60), (21, 60), (15, 45)):
        network, gains, biases, states, _ = shared(n_states=n_states)
        rates = reconfiguration.task_rates(network, gains, biases, states).reshape(-1, 60)
        assert np.linalg.matrix_rank(rates, tol=1e-9) == rank
    network, gains, biases, states, _ = shared()
    biases[1], states[1] = biases[0], states[0]
    rates = reconfiguration.task_rates(network, gains, biases, states).reshape(-1, 60)
    assert np.linalg.matrix_rank(rates, tol=1e-9) == 40


def test_keeping_the_gram_matrix_gives_the_joint_fit_and_forgetting_it_does_not():
    network, gains, biases, states, wanted = shared()
    rates = reconfiguration.task_rates(network, gains, biases, states)
    joint = subspace.ridge_encoding(rates.reshape(-1, 60), wanted.reshape(-1, 2), 1e-2 / 3)
    kept = reconfiguration.share_encoding(rates, wanted, 1e-2)
    np.testing.assert_allclose(kept, joint, rtol=1e-8, atol=1e-8)
    forgetful = reconfiguration.share_encoding(rates, wanted, 1e-2, keep=False)
    assert np.abs(forgetful - joint).max() > 0.1
    first = reconfiguration.share_encoding(rates, wanted, 1e-2, n_tasks=1)
    np.testing.assert_allclose(first, subspace.ridge_encoding(rates[0], wanted[0], 1e-2), rtol=1e-8, atol=1e-8)


def test_disjoint_gates_split_the_network():
    """Proposition: the shared fit is that of separate networks of N/T; twin: gates that overlap."""
    network, _, _, states, wanted = shared()
    gates = np.repeat(np.eye(3), 20, axis=1)
    for gains, split in ((gates, True), (np.maximum(gates, np.roll(gates, 5, axis=1)), False)):
        rates = reconfiguration.task_rates(network, gains, np.zeros((3, 60)), states)
        drives = rates @ reconfiguration.share_encoding(rates, wanted, 1e-3) / 60
        alone = [r[:, g > 0] @ subspace.ridge_encoding(r[:, g > 0], y, 1e-3) / (g > 0).sum()
                 for r, g, y in zip(rates, gates, wanted, strict=True)]  # fmt: skip
        assert np.allclose(drives, alone, atol=1e-8) == split


def test_the_overlap_of_rates():
    rates = np.array([[[1.0, 0.0]], [[1.0, 0.0]]])
    assert reconfiguration.rate_overlap(rates) == 1
    rates[1] = [[0.0, 1.0]]
    assert reconfiguration.rate_overlap(rates) == 0


def test_a_random_flow_is_a_flow():
    flow = reconfiguration.random_flow(0, n_latents=3, unit=10.0)
    assert flow(np.zeros((4, 5, 3))).shape == (4, 5, 3)
    values = np.array([reconfiguration.random_flow(s, unit=10.0)(np.array([0.3, -0.2])) for s in range(2000)])
    assert values.std() == pytest.approx(0.1, rel=0.1)


def test_flow_tasks_have_their_share_in_common():
    tasks = reconfiguration.FlowTasks.draw(4, 0, common=0.9, n_states=300)
    assert tasks.states.shape == tasks.drives.shape == (2, 4, 300, 2)
    one = [reconfiguration.random_flow([0, 1, t])(tasks.states[1, 2]) for t in (0, 3)]
    np.testing.assert_allclose(tasks.drives[1, 2], 10 * (np.sqrt(0.9) * one[0] + np.sqrt(0.1) * one[1]), atol=1e-14)


def test_errors_of_sharing_are_those_of_the_networks():
    """Against the modulated networks' own flows; the same modulation for all leaves the spread of the tasks."""
    tasks = reconfiguration.FlowTasks.draw(3, 1)
    network = theory.fit_flow(reconfiguration.random_flow(0), -np.ones(2), np.ones(2), 60, 0, gain=2.0, ridge=1e-3)
    gains, biases = reconfiguration.draw_modulations("biases", 1.0, 3, 60, 2)
    wanted = tasks.states[0] + tasks.drives[0]
    fitted = replace(network, encoding=reconfiguration.share_encoding(
        reconfiguration.task_rates(network, gains, biases, tasks.states[0]), wanted, 1e-6))  # fmt: skip
    off = [10 * reconfiguration.modulated(fitted, g, b).flow(s) - d
           for g, b, s, d in zip(gains, biases, tasks.states[1], tasks.drives[1], strict=True)]  # fmt: skip
    expected = np.sqrt(np.square(off).sum() / np.square(tasks.drives[1]).sum())
    errors = {how: tasks.error(network, gains, biases, 1e-6, how) for how in ("shared", "sequential", "alone", "split")}
    assert errors["shared"] == pytest.approx(expected, rel=1e-9)
    assert errors["alone"] < errors["shared"] < errors["sequential"]
    gates = np.zeros((3, 60))
    for t in range(3):
        gates[t, t::3] = 1  # disjoint gates are a split
    open_only = tasks.error(network, gates, np.zeros((3, 60)), 1e-6)
    assert open_only == pytest.approx(tasks.error(network, np.ones((3, 60)), np.zeros((3, 60)), 1e-6, "split"), rel=1e-6)
    same = tasks.error(network, np.ones((3, 60)), np.zeros((3, 60)), 1e-6)
    flows = np.stack([reconfiguration.random_flow([1, 1, t])(tasks.states[1].reshape(-1, 2)) for t in (1, 2, 3)])
    between = np.sqrt(np.square(flows - flows.mean(axis=0)).sum() / np.square(flows).sum())
    assert same == pytest.approx(between, rel=0.05)


def test_modulations_have_the_strength_asked_for():
    for mode, of, expected in (("biases", 1, 0.7), ("gains", 0, 0.7)):
        drawn = reconfiguration.draw_modulations(mode, 0.7, 4, 5000, 0)
        assert (np.log(drawn[0]) if of == 0 else drawn[1]).std() == pytest.approx(expected, rel=0.03)
        assert (drawn[1 - of] == of).all()
    gates, none = reconfiguration.draw_modulations("gates", 0.3, 4, 5000, 0)
    assert set(np.unique(gates)) == {0, 1} and gates.mean() == pytest.approx(0.3, abs=0.02) and not none.any()


@pytest.mark.parametrize(("call", "name"), [
    (lambda: reconfiguration.share_encoding(np.ones((1, 2, 3)), np.ones((1, 2, 1)), 0.0), "ridge"),
    (lambda: reconfiguration.share_encoding(np.ones((1, 2, 3)), np.ones((1, 3, 1)), 1.0), "wanted"),
    (lambda: reconfiguration.rate_overlap(np.ones((1, 2, 3))), "rates"),
    (lambda: reconfiguration.FlowTasks.draw(0, 0), "n_tasks"),
    (lambda: reconfiguration.FlowTasks.draw(1, 0, common=2.0), "common"),
    (lambda: reconfiguration.FlowTasks.draw(1, 0).error(CLOUD.draw(4, 0), *np.ones((2, 1, 4)), 1.0, "so"), "how"),
    (lambda: reconfiguration.share_encoding(np.ones((1, 2, 3)), np.ones((1, 2, 1)), 1.0, n_tasks=2), "n_tasks"),
    (lambda: reconfiguration.rate_overlap(np.zeros((2, 2, 3))), "rates"),
    (lambda: reconfiguration.random_flow(0, n_waves=0), "n_waves"),
    (lambda: reconfiguration.random_flow(0, unit=0.0), "unit"),
    (lambda: reconfiguration.random_flow(0)([np.nan, 0.0]), "kappa"),
    (lambda: reconfiguration.task_rates(CLOUD.draw(4, 0), np.ones((1, 4)), np.zeros((3, 4)), np.ones((3, 5, 2))), "biases"),
    (lambda: reconfiguration.task_rates(CLOUD.draw(4, 0), np.ones((1, 4)), np.zeros((1, 4)), np.ones((3, 5, 2))), "states"),
    (lambda: reconfiguration.task_rates(CLOUD.draw(4, 0), np.ones((3, 5)), np.zeros((3, 5)), np.ones((3, 5, 2))), "gains"),
    (lambda: reconfiguration.FlowTasks.draw(3, 0).error(CLOUD.draw(4, 0), np.ones((1, 4)), np.zeros((1, 4)), 0.1), "gains"),
    (lambda: reconfiguration.FlowTasks.draw(3, 0).error(CLOUD.draw(4, 0), np.ones((1, 4)), np.zeros((3, 4)), 0.1), "biases"),
    (lambda: reconfiguration.FlowTasks.draw(3, 0).error(CLOUD.draw(2, 0), *np.ones((2, 3, 2)), 0.1, "split"), "network"),
    (lambda: reconfiguration.FlowTasks.draw(1, 0, tau=-1), "tau"),
    (lambda: reconfiguration.FlowTasks(*np.zeros((2, 2, 1, 3, 2))), "drives"),
    (lambda: reconfiguration.draw_modulations("gates", 1.5, 1, 1, 0), "strength"),
    (lambda: reconfiguration.draw_modulations("gains", 1e5, 1, 9, 0), "strength"),
    (lambda: reconfiguration.draw_modulations("doses", 1.0, 1, 1, 0), "mode"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
