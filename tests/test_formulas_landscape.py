"""The laboratory's landscape against the package's: fixed points, bifurcations, basins, nullclines; pushes and spikes."""

import numpy as np
import pytest
from browsing import needs_browser
from formulas import NETWORKS, SURE, designed, network
from scipy import stats

from lpu_core import dynamics, pushes, spiking
from tools.laboratory import as_json

pytestmark = needs_browser


@pytest.mark.parametrize("name", ["trained", "designed", "one bit", "direct"])
def test_fixed_points_are_followed_to_where_a_search_finds_them(lab, name):
    net = NETWORKS[name]
    u = [0.004, 0.0][: net.n_inputs]
    got = lab(
        """(L, data, { net, u }) => {
          net = L.network(net);
          return [L.followed(net, L.fixedPoints(net, u.map(() => 0)).points, u), L.fixedPoints(net, u)];
        }""",
        {"net": as_json(net), "u": u},
    )
    followed, found = got
    assert followed["lost"] == []
    assert [p["kind"] for p in followed["points"]] == [p["kind"] for p in found["points"]]
    points = np.array([p["point"] for p in found["points"]])
    for p in followed["points"]:
        assert np.linalg.norm(points - p["point"], axis=1).min() < 1e-7


def test_what_has_vanished_is_lost_and_nothing_else(lab):
    """Beyond its last bifurcation a trained flip-flop has three fixed points of nine; the lost ones stay where they were."""
    followed, old = lab(
        """(L, data, net) => {
          net = L.network(net);
          const old = L.fixedPoints(net, [0, 0]).points;
          return [L.followed(net, old, [0.02, 0]), old];
        }""",
        as_json(network("trained")),
    )
    theirs = dynamics.fixed_points(network("trained"), inputs=[0.02, 0.0])
    assert len(followed["points"]) == len(theirs.points) == 3
    assert len(followed["lost"]) == 6
    assert all(p in old for p in followed["lost"])


def test_bifurcations_lie_where_the_package_s_count_of_fixed_points_changes(lab):
    net = network("trained")
    events = lab(
        "(L, data, net) => L.finish(L.bifurcationSearch(L.network(net), [0, 0], 0, 0, 0.02))",
        as_json(net),
    )
    assert len(events) == 3

    def count(a):
        return len(dynamics.fixed_points(net, inputs=[a, 0.0]).points)

    for a in events:
        assert count(a - 2e-4) == count(a + 2e-4) + 2
    assert [count(a) for a in (0.0, *np.add(events, 3e-4))] == [9, 7, 5, 3]


def test_the_flow_between_grid_points_is_the_mean_of_its_corners_and_near_the_true_one(lab):
    net = network("trained")
    states = np.random.default_rng(1).uniform(-1.7, 1.7, (50, 2))
    got = np.array(
        lab(
            """(L, data, { net, states }) => {
              net = L.network(net);
              const flows = [...L.landscape({ net, u: [0, 0] })].find((part) => part?.flows).flows;
              const flow = L.interpolated(flows);
              return [states.map(([x, y]) => flow(x, y)), flows.values];
            }""",
            {"net": as_json(net), "states": states.tolist()},
        )[0]
    )
    true = net.flow(states)
    assert np.abs(got - true).max() < 0.03 * np.abs(true).max()


def test_basins_are_where_the_package_s_network_ends(lab):
    """All but starts at the border: there the interpolated flow may choose the other side."""
    net = network("trained")
    home, points = lab(
        """(L, data, net) => {
          net = L.network(net);
          const parts = [...L.landscape({ net, u: [0, 0] })];
          const { basins } = parts.find((part) => part?.basins);
          const { fixed } = parts.find((part) => part?.fixed);
          return [[...basins.home], fixed.points.filter((p) => p.kind === "attractor").map((p) => p.point)];
        }""",
        as_json(net),
    )
    side = int(np.sqrt(len(home)))
    axis = 1.75 * ((2 * np.arange(side) + 1) / side - 1)
    starts = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    ends = net.simulate(np.zeros((400, len(starts), 2)), initial_latents=starts).latents[-1]
    nearest = np.linalg.norm(ends[:, None] - np.array(points), axis=2).argmin(1)
    assert np.mean(nearest != np.array(home)) < 0.02


def test_nullclines_cross_where_the_fixed_points_are(lab):
    net = network("trained")
    lines, points = lab(
        """(L, data, net) => {
          net = L.network(net);
          const { flows, fixed } = [...L.landscape({ net, u: [0, 0] })].find((part) => part?.fixed);
          return [[0, 1].map((k) => L.nullclines(flows, k)), fixed.points.map((p) => p.point)];
        }""",
        as_json(net),
    )
    for k in (0, 1):
        ends = np.reshape(lines[k], (-1, 2))
        assert np.abs(net.flow(ends)[:, k]).max() < 0.03 * np.abs(net.flow(ends)).max() + 1e-4
        for point in points:  # a cell is 0.1 wide
            assert np.linalg.norm(ends - point, axis=1).min() < 0.1


@pytest.mark.parametrize("name", ["trained", "lopsided", "one bit"])
def test_the_smallest_push_has_the_package_s_length(lab, name):
    net = NETWORKS[name]
    changes = np.random.default_rng(2).standard_normal((20, net.n_latents))
    got = lab(
        "(L, data, { net, changes }) => changes.map((change) => L.smallestPush(L.network(net), change))",
        {"net": as_json(net), "changes": changes.tolist()},
    )
    assert np.allclose(got, np.linalg.norm(pushes.smallest_push(net, changes), axis=1))


@pytest.mark.parametrize("mean", [0.3, 4.0, 75.0])
def test_spikes_are_poisson(lab, mean):
    drawn = np.array(
        lab(
            """(L, data, mean) => {
              const rng = L.random(5);
              return Array.from({ length: 20000 }, () => L.poisson(mean, rng));
            }""",
            mean,
        )
    )
    assert abs(drawn.mean() - mean) < stats.norm.isf(SURE / 2) * np.sqrt(mean / len(drawn))
    dispersion = drawn.var(ddof=1) / drawn.mean() * (len(drawn) - 1)
    assert SURE < stats.chi2(len(drawn) - 1).cdf(dispersion) < 1 - SURE
    assert abs(np.mean(drawn <= mean) - stats.poisson(mean).cdf(mean)) < 4 * 0.5 / np.sqrt(len(drawn))


def test_a_step_in_spikes_has_the_mean_and_the_noise_of_the_law(lab):
    net = designed(200, 2, 3)
    kappa, peak = np.array([0.7, -0.4]), 150.0
    steps = np.array(
        lab(
            """(L, data, { net, kappa, peak }) => {
              net = L.network(net);
              const rng = L.random(6);
              const [buffer, spikes] = [new Float64Array(200), new Int32Array(200)];
              return Array.from({ length: 4000 }, () => L.fire(net, kappa, net.bias, buffer, peak, rng, spikes));
            }""",
            {"net": as_json(net), "kappa": kappa.tolist(), "peak": peak},
        )
    )
    mean = net.simulate(np.zeros((1, 1, 2)), initial_latents=kappa[None]).latents[0, 0]
    covariance = net.dt * spiking.shot_noise(net, kappa, peak)  # of a step
    error = steps.mean(0) - mean
    assert stats.chi2(2).sf(len(steps) * error @ np.linalg.solve(covariance, error)) > SURE
    assert np.allclose(np.cov(steps.T), covariance, atol=6 * np.diag(covariance).max() / np.sqrt(len(steps)))
