"""The laboratory: its formulas in the browser against the package's, and its page.

The formulas run in an empty page, on networks handed over as JSON in float64, exactly. Chance is seeded there, too, so that
a test of a law either holds for good or not at all; what it would let pass is said as a confidence.
"""

import html
import json
import re

import numpy as np
import pytest
from browsing import SITE, needs_browser, needs_site
from scipy import stats

from lpu_book import plotting
from lpu_core import LowRankRNN, drift, dynamics, tasks, timescales
from lpu_core.networks import load
from tools import book, laboratory
from tools.laboratory import as_json

DATA = laboratory.data()
PAGE = (book.BOOK / "laboratory.md").read_text("utf-8")
FORMULAS = [*re.findall(r'src="_static/(formulas/[^"]+)"', PAGE), "laboratory/settings.js"]
LINKS = [html.unescape(link) for link in re.findall(r'data-settings="([^"]+)"', PAGE)]
SURE = 1e-4
"""A right law fails one of these tests with this chance, over the choice of the seeds."""


def network(name: str) -> LowRankRNN:
    return load(laboratory.RESULTS / f"flip_flop_2bit/{laboratory.TRAINED[name]}.npz").astype(np.float64)


def designed(n_neurons: int, n_bits: int, seed: int) -> LowRankRNN:
    return timescales.design_flip_flop(n_neurons, n_bits, seed, dtype=np.float64)


def lopsided() -> LowRankRNN:
    """Nothing about it is symmetric: it has biases, and as many inputs as latents only by chance."""
    rng = np.random.default_rng(3)
    m, n, w = rng.standard_normal((3, 40, 2))
    return LowRankRNN(m, 3 * (n + m), w, 0.3 * rng.standard_normal(40), tau=20.0, dt=4.0)


def drifted(seed: int) -> LowRankRNN:
    base = designed(400, 2, seed)
    return drift.drifted(base, drift.sample_drift(base.encoding, "random", 0.6, seed))


NETWORKS = {
    "trained": network("trained"),
    "direct": network("direct"),
    "designed": designed(201, 2, 5),
    "one bit": designed(80, 1, 6),
    "lopsided": lopsided(),
    "drifted": drifted(7),
    "drifted further": drifted(8),
}


@pytest.fixture(scope="module")
def lab(browser):
    """Evaluate JavaScript, a function (L, data, argument) → JSON, beside the laboratory's formulas and nothing else."""
    page = browser.new_page()
    for script in FORMULAS:
        page.add_script_tag(path=book.BOOK / "assets" / script)
    page.evaluate("data => { window.data = data; }", DATA)

    def evaluate(function, argument=None):  # as text: Playwright takes a hundred thousand numbers one by one
        call = f"text => JSON.stringify(({function})(LPULab, data, JSON.parse(text)))"
        return json.loads(page.evaluate(call, json.dumps(argument)))

    yield evaluate
    page.close()


# ------------------------------------------------------------------ the numbers that the page gets


def test_the_page_s_weights_are_the_committed_ones_bit_for_bit():
    there = json.loads(re.search(r">(.*)<", laboratory.element()).group(1))
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


@needs_site
def test_the_built_page_has_these_numbers():
    assert laboratory.element() in (SITE / "laboratory.html").read_text("utf-8")


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
ROWS = """(made) => ({ embedding: made.embedding.map((c) => [...c]), encoding: made.encoding.map((c) => [...c]),
                    w: made.inputWeights.map((c) => [...c]), bias: [...made.bias] })"""


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
@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_the_accuracy_as_it_goes_is_the_package_s(lab, noise):
    task, rng = tasks.FlipFlop(2, n_steps=500), np.random.default_rng(10)
    pulses, targets = task.sample(1, rng)
    outputs = targets + noise * rng.standard_normal(targets.shape)
    accuracy, counted, last = lab(
        """(L, data, { pulses, outputs }) => {
          const score = L.score(2, data.task.settle);
          pulses.forEach((p, t) => score.add(p, outputs[t]));
          return [score.accuracy, score.counted, score.targets];
        }""",
        {"pulses": pulses[:, 0].tolist(), "outputs": outputs[:, 0].tolist()},
    )
    assert accuracy == pytest.approx(task.accuracy(outputs, pulses), abs=1e-12)
    assert counted == task.counted(pulses).sum()
    assert last == targets[-1, 0].tolist()


# ------------------------------------------------------------------ chance, by its laws


@needs_browser
def test_the_stream_is_uniform_and_normal_and_belongs_to_its_seed(lab):
    uniform, normal, again, other, use = (
        np.array(x)
        for x in lab("""(L) => {
          const draw = (seed, use, kind, n) => {
            const rng = L.random(seed, use);
            return Array.from({ length: n }, () => rng[kind]());
          };
          return [draw(1, 0, "uniform", 100000), draw(1, 1, "normal", 100000), draw(1, 0, "uniform", 9),
                  draw(2, 0, "uniform", 9), draw(1, 2, "uniform", 9)];
        }""")
    )
    assert stats.kstest(uniform, "uniform").pvalue > SURE
    assert stats.kstest(normal, "norm").pvalue > SURE
    for lag in (1, 2, 7):  # neighbours know nothing of each other: r ~ N(0, 1/n)
        r = np.corrcoef(normal[:-lag], normal[lag:])[0, 1]
        assert abs(r) * np.sqrt(len(normal)) < stats.norm.isf(SURE / 2)
    assert np.array_equal(uniform[:9], again)
    assert not np.isin(other, uniform).any() and not np.isin(use, uniform[:9]).any()


@needs_browser
@pytest.mark.parametrize("n_bits", [1, 2])
def test_designed_weights_follow_their_law(lab, n_bits):
    n = 20_001
    made = lab(
        f"""(L, data, {{ n, bits }}) => {{
          const law = {{ ...data.laws[50], ...data.design }};
          return ({ROWS})(L.designFlipFlop(n, bits, law, L.random(11)));
        }}""",
        {"n": n, "bits": n_bits},
    )
    m, e, w = (np.array(made[name]).T for name in ("embedding", "encoding", "w"))
    law = timescales.design(50, 10.0, 0.8)
    assert np.allclose(w, 5 * m) and not np.any(made["bias"])
    groups = np.array_split(np.arange(n), n_bits)
    for bit, group in enumerate(groups):
        others = np.delete(np.arange(n), group)
        assert not m[others, bit].any() and not e[others, bit].any()
        z = m[group, bit] / law.embedding_std
        own = e[group, bit] * (len(group) / n) / law.encoding_std - law.correlation * z
        own /= np.sqrt(1 - law.correlation**2)
        assert stats.kstest(z, "norm").pvalue > SURE and stats.kstest(own, "norm").pvalue > SURE
        assert stats.pearsonr(z, own).pvalue > SURE


@needs_browser
def test_designed_growth_rates_scatter_by_the_error_law(lab):
    """(A9) over 3000 draws: the variance by χ², the mean by its own s.d. With ρ = 0.5 in the formula it would not fit."""
    n, tau_latent, draws = 60, 50.0, 3000
    rates = np.array(
        lab(
            """(L, data, { n, draws }) => Array.from({ length: draws }, (_, seed) => {
          const net = L.designFlipFlop(n, 1, { ...data.laws[50], ...data.design }, L.random(seed + 1));
          return L.jacobian(net, [0])[0][0];
        })""",
            {"n": n, "draws": draws},
        )
    )
    deviation = timescales.growth_rate_error(n, tau_latent, 10.0, 0.8) / tau_latent
    assert abs(rates.mean() - 1 / tau_latent) < stats.norm.isf(SURE / 2) * deviation / np.sqrt(draws)
    # A mean of 60 products is nearly Gaussian: its excess kurtosis, below 12/60, widens the χ² by a tenth at most.
    share = rates.var(ddof=1) / deviation**2
    spread = stats.norm.isf(SURE / 2) * np.sqrt(2.2 / draws)
    assert abs(share - 1) < spread
    wrong = timescales.growth_rate_error(n, tau_latent, 10.0, 0.5) / tau_latent
    assert abs(rates.var(ddof=1) / wrong**2 - 1) > spread


@needs_browser
@pytest.mark.parametrize("times", [0.5, 1.0, 3.0])
def test_random_drift_spares_the_share_of_networks_that_the_law_says(lab, times):
    """After a random drift ĉ is normal, exactly: Φ(√N σ_c/σ) of the draws stay bistable."""
    net, draws = designed(80, 1, 6), 4000
    sigma = times * np.sqrt(80) * drift.critical_sigma(net)
    repels = lab(
        """(L, data, { net, sigma, draws }) => {
          net = L.network(net);
          return Array.from({ length: draws }, (_, seed) =>
            L.jacobian(L.drifted(net, L.sampleDrift(net.encoding, "random", 1, L.random(seed + 1)), sigma), [0])[0][0] > 0);
        }""",
        {"net": as_json(net), "sigma": sigma, "draws": draws},
    )
    assert stats.binomtest(sum(repels), draws, float(drift.bistable_share(net, sigma))).pvalue > SURE


@needs_browser
def test_pulses_come_with_their_chance(lab):
    pulses = np.array(
        lab("""(L) => {
          const rng = L.random(12);
          return Array.from({ length: 100000 }, () => L.samplePulses(2, 0.05, rng));
        }""")
    )
    for channel in pulses.T:
        assert set(np.unique(channel)) == {-1, 0, 1}
        assert stats.binomtest(int((channel != 0).sum()), 100_000, 0.05).pvalue > SURE
        assert stats.binomtest(int((channel > 0).sum()), int((channel != 0).sum())).pvalue > SURE
    both = int(pulses.all(1).sum())
    assert stats.binomtest(both, 100_000, 0.05**2).pvalue > SURE


# ------------------------------------------------------------------ what the page says of its experiments


def experiment(word: str) -> dict:
    """The settings of the one link whose text holds the word, on top of the page's defaults."""
    (link,) = re.findall(rf'data-settings="([^"]+)">[^<]*{word}', PAGE)
    given = {name: value if name in ("net", "drift", "tau") else float(value)
             for name, value in (part.split("=") for part in link.split("&")) if name != "target"}  # fmt: skip
    return {"n": 100, "tau": "20", "redundant": 0, "drift": "none", "sigma": 0.5, "seed": 1} | given


def attractors(lab, settings: dict, seeds: int = 1) -> list[np.ndarray]:
    """The attractors of the experiment's first draws."""
    found = lab(
        """(L, data, { settings, seeds }) => Array.from({ length: seeds }, (_, i) => {
          const net = L.build({ ...settings, seed: i + 1 }, data);
          return L.fixedPoints(net, [settings.u1 || 0, settings.u2 || 0]).points.filter((p) => p.kind === "attractor");
        })""",
        {"settings": settings, "seeds": seeds},
    )
    return [np.array([p["point"] for p in points]) for points in found]


def built(lab, settings: dict) -> LowRankRNN:
    """The experiment's network, as the package's."""
    (made,) = lab(f"(L, data, settings) => [({ROWS})(L.build(settings, data))]", settings)
    return LowRankRNN(*(np.array(made[name], np.float64).T for name in ("embedding", "encoding", "w", "bias")))


def accuracy(lab, settings: dict, n_steps: int = 1500) -> float:
    """The task's accuracy, with noise drawn here."""
    net = built(lab, settings)
    pulses, _ = tasks.FlipFlop(2, n_steps=n_steps).sample(1, 20)
    run = net.simulate(pulses, noise_std=settings.get("noise", 0), rng=21)
    return tasks.FlipFlop(2).accuracy(run.latents, pulses)


@needs_browser
def test_a_tilt_makes_an_attractor_and_a_saddle_meet(lab):
    tilted = experiment("Tilt")
    assert len(attractors(lab, tilted)[0]) < len(attractors(lab, tilted | {"u1": 0})[0]) == 4


@needs_browser
def test_half_of_the_neurons_lose_states_and_copies_lose_none(lab):
    half = experiment("half")
    assert all(len(left) < 4 for left in attractors(lab, half, seeds=5))
    whole, copies = (attractors(lab, half | {"n": n})[0] for n in (100, 300))
    assert len(whole) == 4 and np.allclose(whole, copies, atol=1e-9)


@needs_browser
def test_slow_designs_miss_by_more_than_fast_ones(lab):
    """How far the attractors lie from (±1, ±1), over ten draws; and states go as N is halved."""
    slow = experiment("Slow")

    def miss(found):
        return np.median([np.abs(np.abs(points) - 1).mean() for points in found if len(points)])

    assert miss(attractors(lab, slow, 10)) > 2 * miss(attractors(lab, slow | {"tau": "20"}, 10))
    kept = [np.mean([len(found) == 4 for found in attractors(lab, slow | {"n": n}, 20)]) for n in (1200, 38)]
    assert kept[0] > kept[1]


@needs_browser
def test_the_three_drifts_do_what_the_page_says(lab):
    rescaled, destroyed, random = (experiment(word) for word in ("rescales", "destroys", "any direction"))
    before, after = (attractors(lab, rescaled | {"sigma": sigma})[0] for sigma in (0, rescaled["sigma"]))
    assert len(before) == len(after) == 4 and np.linalg.norm(after) < 0.7 * np.linalg.norm(before)
    assert destroyed["sigma"] == rescaled["sigma"] / 5, "a fifth of that strength"
    assert all(len(found) < 4 for found in attractors(lab, destroyed, 5))
    share = np.mean([len(found) == 4 for found in attractors(lab, random, 10)])
    large = [built(lab, random | {"n": 10_000, "seed": seed}) for seed in range(1, 11)]
    found = [dynamics.fixed_points(net).attractors for net in large]  # as the page finds them, in a third of the time
    assert np.allclose(attractors(lab, random | {"n": 10_000})[0], found[0], atol=1e-7)
    assert np.mean([len(points) == 4 for points in found]) > share + 0.3


@needs_browser
def test_noise_averages_out_over_copies(lab):
    noisy = experiment("Noise")
    assert accuracy(lab, noisy) < 0.9 < 0.99 < accuracy(lab, noisy | {"n": 1000})
    assert accuracy(lab, noisy | {"noise": 0}) > 0.99


# ------------------------------------------------------------------ settings


SPEC = """(L, data, text) => {
  const spec = { net: { default: "a", choices: ["a", "b"] }, n: { default: 10, low: 5, high: 50, whole: true },
    sigma: { default: 0.5, low: 0, high: 3 }, start: { default: "01", pattern: /^[01]{0,2}$/ } };
  const { settings, problems } = L.parseSettings(text, spec);
  return [settings, problems.length, L.formatSettings(settings, spec)];
}"""
DEFAULTS = {"net": "a", "n": 10, "sigma": 0.5, "start": "01"}


@needs_browser
@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ("#net=b&n=7", {"net": "b", "n": 7}),
        ("#sigma=0.125&start=", {"sigma": 0.125, "start": ""}),
        ("#n=5&sigma=3", {"n": 5, "sigma": 3}),
    ],
)
def test_good_settings_come_back_as_they_went(lab, text, changed):
    settings, problems, written = lab(SPEC, text)
    assert settings == DEFAULTS | changed and problems == 0 and f"#{written}" == (text or "#")


@needs_browser
@pytest.mark.parametrize(
    "text",
    ["net=c", "net=", "n=NaN", "n=4", "n=51", "n=7.5", "n=", "n=Infinity", "sigma=-0.1", "sigma=1e9", "sigma=x", "start=012",
     "start=a", "toString=1", "__proto__=1", "nonsense=3", "=", "&=&", "%E0%A4%A"],
)  # fmt: skip
def test_bad_settings_fall_back_and_are_named(lab, text):
    settings, problems, written = lab(SPEC, text)
    assert settings == DEFAULTS and written == ""
    assert problems >= 1 or not re.sub(r"[&#]", "", text)


# ------------------------------------------------------------------ the page


STATE = "LPULab.page.state()"


def at_rest(page):
    """Pause, and wait until the fixed points are known."""
    if page.evaluate(STATE)["playing"]:
        page.get_by_role("button", name="Pause").click()
    page.wait_for_function("LPULab.page.fixed() !== null", timeout=20000)


def bits(page) -> str:
    return "".join("1" if x > 0 else "0" for x in page.evaluate(STATE)["kappa"])


def pictures(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('#lpu-laboratory canvas')].map((canvas) => canvas.toDataURL())")


@needs_site
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("where", ["server", "file"])
def test_it_moves_by_itself_and_by_step(visit, width, where):
    page = visit("laboratory.html", width, **({"root": f"{SITE.as_uri()}/"} if where == "file" else {}))
    page.wait_for_function("LPULab.page.state().clock > 5", timeout=20000)
    at_rest(page)
    clock, drawn = page.evaluate(STATE)["clock"], pictures(page)
    assert all(len(picture) > 2000 for picture in drawn), "an empty canvas"
    page.get_by_role("button", name="50 steps").click()
    page.wait_for_timeout(200)
    after = pictures(page)
    assert page.evaluate(STATE)["clock"] == clock + 50
    assert [a != b for a, b in zip(drawn, after, strict=True)] == [True, True, False], "the neurons stay where they are"
    assert page.evaluate("LPULab.page.frameCost().frames") > 0


@needs_site
def test_whoever_wants_no_motion_gets_a_pause(visit):
    page = visit("laboratory.html", reduced_motion="reduce")
    page.wait_for_timeout(500)
    assert page.evaluate(STATE)["clock"] == 0
    page.get_by_role("button", name="Set 11").click()
    assert bits(page) == "11", "a pulse while paused shows what it does"
    assert not page.evaluate(STATE)["playing"]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("LPULab.page.state().clock > 20", timeout=20000)


@needs_site
def test_it_rests_while_nobody_sees_it(visit):
    page = visit("laboratory.html")
    page.wait_for_function("LPULab.page.state().clock > 2", timeout=20000)
    page.evaluate("document.querySelector('#what-to-try').style.marginTop = '3000px'; window.scrollTo(0, 1e6)")
    page.wait_for_timeout(500)
    clock = page.evaluate(STATE)["clock"]
    page.wait_for_timeout(500)
    assert page.evaluate(STATE)["clock"] == clock
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_function("clock => LPULab.page.state().clock > clock", arg=clock, timeout=20000)


@needs_site
@pytest.mark.parametrize("name", ["trained", "direct", "two"])
def test_pulses_set_the_bits_by_button_by_key_and_by_tap(visit, name):
    page = visit(f"laboratory.html#net={name}&n=300&p=0", has_touch=True)
    at_rest(page)
    for state in ("00", "01", "11", "10"):
        page.get_by_role("button", name=f"Set {state}").click()
        page.get_by_role("button", name="50 steps").click()
        assert bits(page) == state
    page.get_by_role("button", name="Pulse of −1 on channel 1").focus()
    page.keyboard.press("Enter")
    assert bits(page) == "00"
    page.get_by_role("button", name="Pulse of +1 on channel 2").focus()
    page.keyboard.press("Space")
    assert bits(page) == "01"
    canvas = page.locator(".lab-plane canvas")
    canvas.scroll_into_view_if_needed()
    for state, corner in (("10", [0.8, -0.8]), ("11", [0.8, 0.8])):
        x, y = page.evaluate("corner => LPULab.page.pixels(corner)", corner)
        canvas.tap(position={"x": x, "y": y})
        page.get_by_role("button", name="50 steps").click()
        assert bits(page) == state


@needs_site
def test_the_one_bit_network_has_two_states(visit):
    page = visit("laboratory.html#net=one&n=1000&p=0")
    at_rest(page)
    kinds = [p["kind"] for p in page.evaluate("LPULab.page.fixed().points")]
    assert kinds == ["attractor", "attractor", "repeller"]
    for state in ("1", "0"):
        page.get_by_role("button", name=f"Set {state}").click()
        assert bits(page) == state
    assert page.locator("#lab-u2").is_hidden() and page.locator("#lab-bit").is_hidden()


@needs_site
def test_the_page_finds_what_the_package_finds(visit):
    """The fixed points that the page draws, of the very network it runs, through the package."""
    page = visit("laboratory.html#net=two&n=500&drift=random&sigma=0.4&u1=0.01&redundant=50")
    at_rest(page)
    made = page.evaluate(f"({ROWS})(LPULab.page.network())")
    net = LowRankRNN(*(np.array(made[name], np.float64).T for name in ("embedding", "encoding", "w", "bias")))
    assert net.n_neurons == 550
    theirs = dynamics.fixed_points(net, inputs=[0.01, 0.0])
    found = page.evaluate("LPULab.page.fixed()")
    assert found["complete"] and [p["kind"] for p in found["points"]] == list(theirs.kinds)
    assert np.allclose([p["point"] for p in found["points"]], theirs.points, atol=1e-7)


@needs_site
def test_what_runs_on_the_page_is_the_package_s_simulation(visit):
    """From the page's own start: the pulses of `start` in the first step, then a pulse by hand, under a constant input."""
    page = visit("laboratory.html#net=direct&n=150&p=0&u1=0.01&start=10", reduced_motion="reduce")
    made, start = page.evaluate(f"[({ROWS})(LPULab.page.network()), {STATE}.kappa]")
    net = LowRankRNN(*(np.array(made[name], np.float64).T for name in ("embedding", "encoding", "w", "bias")))
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Pulse of −1 on channel 1").click()  # 10 steps
    inputs = np.tile([0.01, 0.0], (60, 1, 1))
    inputs[0, 0] += [1, -1]
    inputs[50, 0] += [-1, 0]
    latents = net.simulate(inputs, initial_latents=np.array([start])).latents[:, 0]
    assert page.evaluate(STATE)["clock"] == 60
    assert np.abs(latents[-1] - page.evaluate(STATE)["kappa"]).max() < 1e-9
    assert np.abs(latents[-1] - latents[49]).max() > 0.5, "the pulse did something"


@needs_site
def test_a_link_restores_the_experiment(visit):
    text = "net=direct&n=250&drift=orthogonal&sigma=0.3&u1=-0.02&noise=0.1&p=0.01&target=influential&count=7&bit=2&seed=42"
    page = visit(f"laboratory.html#{text}")
    settings, made = page.evaluate("LPULab.page.settings()"), page.evaluate(f"({ROWS})(LPULab.page.network())")
    wanted = dict(part.split("=") for part in text.split("&"))
    assert {name: str(settings[name]) for name in wanted} == wanted
    assert page.locator("#lab-n").input_value() == "250" and page.locator("#lab-drift").input_value() == "orthogonal"
    page.locator("#lab-sigma").fill("0.45")
    page.locator("#lab-sigma").press("Enter")
    page.get_by_label("chance of a pulse", exact=True).first.press("ArrowRight")
    page.locator("#lab-net").select_option("trained")
    page.wait_for_function("location.hash.includes('sigma=0.45') && !location.hash.includes('net=')", timeout=5000)
    changed, address = page.evaluate("LPULab.page.settings()"), page.evaluate("location.href")
    page.reload()
    assert page.evaluate("LPULab.page.settings()") == changed
    assert page.evaluate("location.href") == address
    page.goto("about:blank")
    page.goto(address.split("#")[0] + "#" + text)
    assert page.evaluate(f"({ROWS})(LPULab.page.network())") == made, "the same draw"


@needs_site
def test_the_link_is_copied(visit):
    page = visit("laboratory.html#net=two&n=500", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelector('.lab-status').textContent.includes('copied')")
    assert page.evaluate("navigator.clipboard.readText()") == page.evaluate("location.href")
    page.get_by_role("button", name="Reset all").click()
    assert "#" not in page.evaluate("location.href")
    assert page.evaluate("LPULab.page.settings().net") == "trained"


@needs_site
@pytest.mark.parametrize("text", ["net=nothing", "n=NaN", "n=1e9&sigma=0.7", "drift=sideways", "whatever=1", "rect=1,2"])
def test_a_bad_link_says_so_and_the_page_runs(visit, text):
    page = visit(f"laboratory.html#{text}")
    note = page.locator(".lab-note")
    assert note.is_visible() and "defaults" in note.inner_text()
    page.wait_for_function("LPULab.page.state().clock > 2", timeout=20000)
    settings = page.evaluate("LPULab.page.settings()")
    assert settings["net"] == "trained" and settings["n"] == 100
    assert settings["sigma"] == (0.7 if "0.7" in text else 0.5), "what is right in it counts"


@needs_site
def test_every_experiment_on_the_page_can_be_set_up(visit):
    page = visit("laboratory.html", reduced_motion="reduce")  # else each click scrolls back smoothly, for a second
    links = page.locator(".bd-article a[data-settings]")
    assert links.count() == len(LINKS) >= 6
    hrefs = [f"#{link}" for link in LINKS]  # that can be copied
    page.wait_for_function(
        "hrefs => [...document.querySelectorAll('a[data-settings]')].every((a, i) => a.getAttribute('href') === hrefs[i])",
        arg=hrefs,
        timeout=5000,
    )
    for number in range(links.count()):
        links.nth(number).click()
        wanted = dict(part.split("=") for part in LINKS[number].split("&"))
        settings = page.evaluate("LPULab.page.settings()")
        assert {name: str(settings[name]) for name in wanted} == wanted
        assert page.locator(".lab-note").is_hidden()
        assert page.evaluate("document.activeElement.id") == "lpu-laboratory"
    page.go_back()
    page.wait_for_function("LPULab.page.settings().redundant === 0 && LPULab.page.settings().count === 100", timeout=5000)


def status(page) -> str:
    return page.locator(".lab-status").inner_text()


@needs_site
def test_kicks_do_what_the_redundancy_chapter_says(visit):
    """Redundant neurons move nothing, all neurons by tuning little, and by influence they flip the bit."""
    (link,) = [link for link in LINKS if "redundant=" in link]
    page = visit(f"laboratory.html#{link}")
    at_rest(page)
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Kick").click()
    assert "did not move at all, and the bit held" in status(page)
    page.locator("#lab-sign").select_option("n")
    page.get_by_role("button", name="Kick").click()
    assert "pushes nobody" in status(page)
    (link,) = [link for link in LINKS if link.endswith("count=100&p=0")]
    page = visit(f"laboratory.html#{link}")
    at_rest(page)
    page.get_by_role("button", name="50 steps").click()
    page.get_by_role("button", name="Kick").click()
    assert "100 neurons" in status(page) and "the bit held" in status(page)
    page.locator("#lab-sign").select_option("n")
    page.get_by_role("button", name="Kick").click()
    assert "the bit flipped" in status(page)


@needs_site
@pytest.mark.parametrize("finger", [False, True])
def test_a_rectangle_chooses_neurons(visit, finger):
    page = visit("laboratory.html#p=0", 390 if finger else 1400, has_touch=finger)
    at_rest(page)
    page.locator(".lab-scatter canvas").scroll_into_view_if_needed()
    m, n = (np.array(page.evaluate(f"({ROWS})(LPULab.page.network())")[name][0]) for name in ("embedding", "encoding"))
    box = page.locator(".lab-scatter canvas").bounding_box()
    low, high = (page.evaluate("p => LPULab.page.scatterPixels(...p)", p) for p in ([0.2, 1], [1.2, 40]))
    ends = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in (low, high)]
    if finger:
        touch = page.context.new_cdp_session(page)
        for kind, points in (("touchStart", ends[:1]), ("touchMove", ends[1:]), ("touchEnd", [])):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    else:
        page.mouse.move(*ends[0].values())
        page.mouse.down()
        page.mouse.move(*ends[1].values(), steps=4)
        page.mouse.up()
    page.wait_for_function("LPULab.page.settings().rect !== ''", timeout=5000)
    a, b, c, d = map(float, page.evaluate("LPULab.page.settings().rect").split(","))
    assert np.allclose([a, b], [0.2, 1.2], atol=0.02) and np.allclose([c, d], [1, min(d, 40)], atol=0.5)
    inside = np.flatnonzero((m >= a) & (m <= b) & (n >= c) & (n <= d))
    assert len(inside) and page.evaluate(STATE)["chosen"] == inside.tolist()
    assert f"holds {len(inside)} neuron" in status(page)


@needs_site
@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_every_control_has_a_name_and_room_for_a_finger(visit, width, scheme):
    page = visit("laboratory.html#drift=random", width, scheme)
    controls = page.locator("#lpu-laboratory :is(button, input, select):visible").evaluate_all(
        """nodes => nodes.map((node) => {
          const named = node.getAttribute('aria-label') || (node.labels && node.labels.length) || node.textContent.trim();
          const { width, height } = node.getBoundingClientRect();
          return [width, height, named, node.outerHTML];
        })"""
    )
    assert len(controls) > 25
    for width, height, named, control in controls:
        assert width >= 40 and height >= 40 and named, control
    assert page.locator("#lpu-laboratory canvas[role=img][aria-label]").count() == 3
    assert page.locator(".lab-status[aria-live=polite]").count() == 1
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((n) => n.id)).has('lpu-laboratory')")
    assert page.evaluate("document.querySelectorAll('#lpu-laboratory').length") == 1


@needs_site
def test_the_drawings_follow_the_theme(visit):
    page = visit("laboratory.html", reduced_motion="reduce")
    at_rest(page)
    page.wait_for_timeout(300)
    light = pictures(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(300)
    dark = pictures(page)
    assert all(a != b for a, b in zip(light, dark, strict=True))


@needs_site
def test_the_palette_is_the_book_s(visit):
    colours = json.loads(visit("laboratory.html").locator("#laboratory-data").text_content())["colours"]
    assert colours == DATA["colours"] and colours["attractor"] == plotting.COLOURS["attractor"]


@needs_site
def test_without_javascript_there_is_a_picture_and_a_sentence(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{SITE.as_uri()}/laboratory.html")
    assert page.locator("noscript p").is_visible()
    assert page.locator("noscript svg[role=img]").is_visible()
    context.close()
