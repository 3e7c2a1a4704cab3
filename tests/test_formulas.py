"""The laboratory's formulas in the browser against the package's: what is exact.

They run in an empty page, on networks handed over as JSON in float64, exactly.
"""

import json
import re

import numpy as np
import pytest
from browsing import needs_browser
from formulas import DATA, NETWORKS, ROWS, SURE, network
from scipy import stats

from lpu_core import LowRankRNN, drift, dynamics, tasks, timescales
from tools import laboratory
from tools.laboratory import as_json

# ------------------------------------------------------------------ the numbers that the page gets


def test_the_page_s_weights_are_the_committed_ones_bit_for_bit():
    there = json.loads(re.search(r"= (.*);$", laboratory.script()).group(1))
    for name in laboratory.TRAINED:
        net, sent = network(name), there["trained"][name]
        for part in ("embedding", "encoding", "bias"):
            assert np.array_equal(np.array(sent[part], np.float64), getattr(net, part))
        assert np.array_equal(np.array(sent["inputWeights"], np.float64), net.input_weights)
        assert (sent["tau"], sent["dt"]) == (net.tau, net.dt)


def test_the_laws_are_those_of_the_designed_flip_flop():
    """The page's law, sampled by the package, is the package's own flip-flop."""
    sigma_m, sigma_n, rho = (DATA["laws"]["20"][name] for name in ("embeddingStd", "encodingStd", "correlation"))
    law = timescales.WeightStatistics(rho * sigma_m * sigma_n, sigma_m, sigma_n, rho)
    m, n = law.sample(100, np.random.default_rng(1))
    ours = timescales.design_flip_flop(100, 1, np.random.default_rng(1))
    assert np.array_equal(ours.embedding[:, 0], m) and np.array_equal(ours.encoding[:, 0], n)
    assert np.allclose(ours.input_weights[:, 0], DATA["design"]["pulseGain"] * m)
    assert (ours.tau, ours.dt) == (DATA["design"]["tau"], DATA["design"]["dt"])


# ------------------------------------------------------------------ dynamics, exact


@needs_browser
@pytest.mark.parametrize("name", NETWORKS)
def test_flow_jacobian_and_tuning_are_the_package_s(lab, name):
    net = NETWORKS[name]
    rng = np.random.default_rng(1)
    states, inputs = 2 * rng.standard_normal((30, net.n_latents)), rng.standard_normal((30, net.n_inputs))
    inputs[:5] = 0
    got = lab(
        """(L, data, { net, states, inputs }) => {
          net = L.network(net);
          const at = (f) => states.map((kappa, i) => f(net, kappa, inputs[i]));
          return [at(L.flow), at(L.jacobian), at((...all) => [...L.tuning(...all)])];
        }""",
        {"net": as_json(net), "states": states.tolist(), "inputs": inputs.tolist()},
    )
    flow = np.array([net.flow(kappa, u) for kappa, u in zip(states, inputs, strict=True)])
    jacobian = np.array([net.jacobian(kappa, u) for kappa, u in zip(states, inputs, strict=True)])
    tuning = np.array([net.tuning(kappa, u) for kappa, u in zip(states, inputs, strict=True)])
    for ours, theirs in zip(got, (flow, jacobian, tuning), strict=True):
        assert np.abs(np.array(ours) - theirs).max() < 1e-12 * np.abs(theirs).max()


@needs_browser
@pytest.mark.parametrize("name", NETWORKS)
def test_a_simulation_is_the_package_s(lab, name):
    net = NETWORKS[name]
    pulses, _ = tasks.FlipFlop(net.n_inputs, pulse_probability=0.2, n_steps=50).sample(1, 4)
    start = np.full((1, net.n_latents), 0.1)
    theirs = net.simulate(pulses, initial_latents=start).latents[:, 0]
    got = lab(
        "(L, data, { net, inputs, start }) => L.simulate(L.network(net), inputs, start)",
        {"net": as_json(net), "inputs": pulses[:, 0].tolist(), "start": start[0].tolist()},
    )
    assert np.abs(np.array(got) - theirs).max() < 1e-9


FIXED = "(L, data, { net, u }) => L.fixedPoints(L.network(net), u)"


@needs_browser
@pytest.mark.parametrize("u", [0.0, 0.015])
@pytest.mark.parametrize("name", NETWORKS)
def test_fixed_points_are_the_package_s(lab, name, u):
    net = NETWORKS[name]
    constant = [u, -u / 2][: net.n_inputs]
    theirs = dynamics.fixed_points(net, inputs=constant)
    got = lab(FIXED, {"net": as_json(net), "u": constant})
    assert got["complete"]
    ours = got["points"]
    assert [p["kind"] for p in ours] == list(theirs.kinds)
    # The order of equals is by rounded coordinates, where a 0 may come out on either side of 0.
    for kind in dynamics.FIXED_POINT_KINDS:
        mine = np.array([p["point"] for p in ours if p["kind"] == kind])
        for point in theirs.of_kind(kind):
            assert np.linalg.norm(mine - point, axis=1).min() < 1e-7
    for p in ours:
        at = np.linalg.norm(theirs.points - p["point"], axis=1).argmin()
        values = np.array(p["eigenvalues"]) @ [1, 1j]
        assert np.allclose(np.sort_complex(values), np.sort_complex(theirs.eigenvalues[at]), atol=1e-7)
        assert p["residual"] < 1e-9


@needs_browser
def test_a_rotation_has_complex_eigenvalues(lab):
    """κ turns: n² = m¹, n¹ = −m² and a gain below 1: a spiral into the origin, its only fixed point."""
    m = np.random.default_rng(2).standard_normal((500, 2))
    net = LowRankRNN(m, np.stack([-m[:, 1], m[:, 0]], -1) + 0.5 * m, np.zeros((500, 2)))
    (only,) = lab(FIXED, {"net": as_json(net), "u": [0, 0]})["points"]
    theirs = np.linalg.eigvals(net.jacobian(np.zeros(2)))
    assert abs(theirs[0].imag) > 0.01
    values = np.array(only["eigenvalues"]) @ [1, 1j]
    assert np.allclose(np.sort_complex(values), np.sort_complex(theirs))
    assert only["kind"] == "attractor"


# ------------------------------------------------------------------ changed networks, exact


@needs_browser
@pytest.mark.parametrize("kind", drift.DRIFT_KINDS)
@pytest.mark.parametrize("name", ["trained", "one bit"])
def test_a_drift_is_the_package_s_for_the_same_normal_numbers(lab, name, kind):
    net = NETWORKS[name]
    theirs = drift.sample_drift(net.encoding, kind, 0.7, 9)
    normals = np.random.default_rng(9).standard_normal(net.encoding.shape).ravel()
    got = lab(
        """(L, data, { net, kind, normals }) => {
          let i = 0;
          const drift = L.sampleDrift(L.network(net).encoding, kind, 0.7, { normal: () => normals[i++] });
          return drift.map((column) => [...column]);
        }""",
        {"net": as_json(net), "kind": kind, "normals": normals.tolist()},
    )
    assert np.abs(np.array(got).T - theirs).max() < 1e-10
    if kind == "orthogonal":
        assert np.abs(net.encoding.T @ np.array(got).T).max() < 1e-9 * np.abs(net.encoding).sum()


FLOWS = "(made) => states.map((kappa) => L.flow(made, kappa))"


@needs_browser
@pytest.mark.parametrize("n", [100, 137, 10_000])
def test_a_resampled_network_is_the_same_lpu(lab, n):
    net, states = network("trained"), np.random.default_rng(5).standard_normal((25, 2))
    flows, made = lab(
        f"""(L, data, {{ net, n, states }}) => {{
          const made = L.resample(L.network(net), n, L.random(3));
          return [({FLOWS})(made), ({ROWS})(made)];
        }}""",
        {"net": as_json(net), "n": n, "states": states.tolist()},
    )
    assert np.abs(np.array(flows) - net.flow(states)).max() < 1e-12
    m = np.array(made["embedding"]).T
    assert m.shape == (n, 2) and np.array_equal(m[:100], net.embedding)
    copies = np.array([(m == row).all(1).sum() for row in net.embedding])  # of distinct rows
    assert copies.sum() == n and copies.min() >= 1
    if n == 10_000:  # 9900 draws with replacement, all 100 alike
        assert stats.chisquare(copies - 1).pvalue > SURE


@needs_browser
def test_a_rebuilt_network_is_a_fair_part_and_averages_over_it(lab):
    net, states = network("trained"), np.random.default_rng(6).standard_normal((25, 2))
    draws = lab(
        f"""(L, data, {{ net, states }}) => Array.from({{ length: 400 }}, (_, seed) => {{
          const made = L.observe(L.network(net), 30, L.random(seed));
          return [({FLOWS})(made), [...made.bias], made.embedding.map((c) => [...c])];
        }})""",
        {"net": as_json(net), "states": states.tolist()},
    )
    taken = np.zeros(100)
    for flows, _, embedding in draws:
        rows = [np.flatnonzero((net.embedding == row).all(1))[0] for row in np.array(embedding).T]
        assert len(set(rows)) == 30
        taken[rows] += 1
        part = LowRankRNN(net.embedding[rows], net.encoding[rows], net.input_weights[rows], net.bias[rows])
        assert np.abs(np.array(flows) - part.flow(states)).max() < 1e-12
    # Each count is Binomial(400, 0.3); together they are tied to 12 000, which narrows χ² by (N − n)/(N − 1).
    square = np.square(taken - 120).sum() / (400 * 0.3 * 0.7) * 99 / 100
    assert SURE < stats.chi2(99).cdf(square) < 1 - SURE


@needs_browser
def test_redundant_neurons_leave_the_flow_alone_and_are_tuned(lab):
    net, states = network("trained"), np.random.default_rng(7).standard_normal((25, 2))
    flows, made = lab(
        f"""(L, data, {{ net, states }}) => {{
          const made = L.addRedundantNeurons(L.network(net), 3000, L.random(4), 0.8, 1 / 3);
          return [({FLOWS})(made), ({ROWS})(made)];
        }}""",
        {"net": as_json(net), "states": states.tolist()},
    )
    assert np.abs(np.array(flows) - net.flow(states)).max() < 1e-12
    m, n, w = (np.array(made[name]).T[100:] for name in ("embedding", "encoding", "w"))
    assert not n.any() and not w.any() and not np.any(made["bias"][100:])
    assert set(np.unique(m)) == {-0.8, 0.0, 0.8}
    tuned = int((m != 0).any(1).sum())
    assert stats.binomtest(tuned, 3000, 1 / 3).pvalue > SURE
    assert stats.binomtest(int((m > 0).sum()), int((m != 0).sum())).pvalue > SURE


@needs_browser
def test_the_most_tuned_are_chosen(lab):
    values = np.random.default_rng(8).standard_normal(50)
    values[3] = 0
    got = lab("(L, data, { values, k }) => L.largest(values, k)", {"values": values.tolist(), "k": 12})
    assert got == np.argsort(-np.abs(values))[:12].tolist()
    assert 3 not in lab("(L, data, { values, k }) => L.largest(values, k)", {"values": values.tolist(), "k": 50})
    assert lab("(L, data, values) => L.quantile(values, 0.95)", values.tolist()) == pytest.approx(
        np.quantile(np.abs(values), 0.95), rel=1e-14
    )


@needs_browser
@pytest.mark.parametrize(("noise", "restart"), [(0.2, 0), (1.0, 0), (1.0, 200)])
def test_the_accuracy_as_it_goes_is_the_package_s(lab, noise, restart):
    """After a restart it is that of the steps from there on, before which the network was told nothing."""
    task, rng = tasks.FlipFlop(2, n_steps=500), np.random.default_rng(10)
    pulses, targets = task.sample(1, rng)
    outputs = targets + noise * rng.standard_normal(targets.shape)
    accuracy, counted, last = lab(
        """(L, data, { pulses, outputs, restart }) => {
          const score = L.score(2, data.task.settle);
          pulses.forEach((p, t) => {
            if (t === restart) score.restart();
            score.add(p, outputs[t]);
          });
          return [score.accuracy, score.counted, score.targets];
        }""",
        {"pulses": pulses[:, 0].tolist(), "outputs": outputs[:, 0].tolist(), "restart": restart},
    )
    assert accuracy == pytest.approx(
        task.accuracy(outputs[restart:], pulses[restart:], task.targets(pulses[restart:])), abs=1e-12
    )
    assert counted == task.counted(pulses[restart:]).sum()
    assert last == targets[-1, 0].tolist()
