"""From a recording to an LPU: exact fits, the law of what is known, rank, hypotheses, pushes, each with its twin."""

import datetime
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from lpu_core import (
    FullRankRNN,
    LeakyCurrentRNN,
    LowRankRNN,
    inference,
    one_step,
    spiking,
)
from lpu_core.inference import LPU
from lpu_core.recordings import Recording

N, K, D, SIGMA = 40, 2, 1, 0.2


def hidden(seed=0, n=N, rank=K):
    rng = np.random.default_rng(seed)
    m, drawn = rng.standard_normal((2, n, rank))
    return LowRankRNN(m, drawn + 1.5 * m, 0.5 * rng.standard_normal((n, D)), 0.2 * rng.standard_normal(n))


def recorded(network, noise, seed, n_trials=60, n_steps=30):
    rng = np.random.default_rng(seed)
    u = np.repeat(rng.standard_normal((n_steps // 5, n_trials, D)), 5, axis=0)
    start = 0.5 * rng.standard_normal((n_trials, network.n_neurons))
    by = "initial_currents" if isinstance(network, LeakyCurrentRNN) else "initial_rates"
    return network.simulate(u, noise_std=noise, rng=rng, record_rates=True, **{by: start}).rates, u


def regressed(rates, u):
    r, u, d = one_step.samples(rates, u, 0.5)
    return r, u, one_step.currents(d)


# ------------------------------------------------------------------ one step


def test_drives_are_the_tuning_curves_without_noise_and_not_with_another_tau():
    truth = hidden()
    rates, u = recorded(truth, 0.0, 1)
    r, v, d = one_step.samples(rates, u, truth.alpha)
    np.testing.assert_allclose(d, truth.tuning(r @ truth.encoding / N, v[:, :-1]), atol=1e-12)
    assert np.abs(one_step.samples(rates, u, 0.4).drives - d).max() > 0.1


@pytest.mark.parametrize("noise", ["currents", "rates"])
def test_a_network_is_found_from_its_activity(noise):
    """To rounding by the closed form; to the float32 of the descent by the other. Twin: of a rank too low it is not."""
    truth = hidden()
    rates, u = recorded(truth, 0.0, 1)
    found = LPU(K, noise=noise, prior_std=100.0).fit(rates, u).network_
    kappa = np.random.default_rng(2).standard_normal((50, K))
    compared = inference.compare(found, truth, kappa)
    exact = noise == "currents"
    assert compared.tuning.max() < (1e-9 if exact else 0.3)
    assert compared.influence.max() < (1e-4 if exact else 15)
    assert compared.attractors[0] == compared.attractors[1]
    if exact:
        np.testing.assert_allclose(found.dense_weights(), truth.dense_weights(), atol=1e-6)
        np.testing.assert_allclose(found.bias, truth.bias, atol=1e-9)
        low = LPU(1, noise=noise).fit(rates, u)
        assert np.abs(low.network_.dense_weights() - truth.dense_weights()).max() > 0.01
        assert low.score(rates, u) < 0.99


def test_the_regression_is_that_of_numpy():
    truth = hidden()
    r, u, z = regressed(*recorded(truth, SIGMA, 1))
    both = np.linalg.lstsq(np.concatenate([r, u], axis=1), z, rcond=None)
    found = one_step.regression(r, u, z, 0.0)
    np.testing.assert_allclose(found.weights, both[0][:N].T, atol=1e-8)
    left = z - np.concatenate([r, u], axis=1) @ both[0]
    assert found.residual == pytest.approx(np.square(left).sum() / (len(r) - N - 2) / N, rel=1e-6)


def test_no_weights_of_that_rank_predict_the_currents_better():
    """Alternating least squares over M and Nenc, from ten random starts, find nothing better; of another rank they do."""
    rng = np.random.default_rng(0)
    r, z = rng.standard_normal((2, 300, 8))
    none = np.zeros((300, 0))

    def left(m, enc):
        return np.square(z - r @ enc @ m.T / 8).sum()

    m, enc, _ = one_step.reduced_rank(r, none, z, 2, 0.0)
    best = np.inf
    for _ in range(10):
        other = rng.standard_normal((8, 2))
        for _ in range(200):
            kappa = r @ other / 8
            tuning = np.linalg.lstsq(kappa, z, rcond=None)[0].T
            other = 8 * np.linalg.lstsq(r, z @ np.linalg.pinv(tuning).T, rcond=None)[0]
        best = min(best, left(tuning, other))
    assert left(m, enc) == pytest.approx(best, rel=1e-6)
    assert left(*one_step.reduced_rank(r, none, z, 3, 0.0)[:2]) < best


def test_the_descent_ends_where_no_small_change_leads_lower():
    rng = np.random.default_rng(1)
    true = one_step.Factors(*rng.standard_normal((2, 5, 2)), rng.standard_normal((5, 1)))
    r, u = rng.standard_normal((300, 5)), rng.standard_normal((300, 1))
    z = r @ true.encoding @ true.embedding.T / 5 + u @ true.input_weights.T
    found = one_step.Samples(r, u, np.tanh(z) + 0.1 * rng.standard_normal(z.shape))
    assert one_step.error(true, found) == pytest.approx(0.5 * np.mean((found.drives - np.tanh(z)) ** 2), rel=1e-12)
    best = one_step.descend(true, found, 0.0, 2000)
    lowest = one_step.error(best, found)
    assert lowest < one_step.error(true, found)
    for _ in range(50):
        nearby = one_step.Factors(*(part + 0.01 * rng.standard_normal(part.shape) for part in best))
        assert one_step.error(nearby, found) > lowest
    with pytest.warns(RuntimeWarning, match="before it converged"):
        one_step.descend(true, found, 0.0, 1)


def test_samples_must_determine_the_weights():
    with pytest.raises(ValueError, match="rates, ridge: expected enough samples"):
        one_step.regression(np.ones((3, 5)), np.zeros((3, 0)), np.ones((3, 5)), 0.0)


# ------------------------------------------------------------------ the law


def test_the_error_is_that_of_the_law_and_not_of_the_law_without_a_bound():
    truth, squares, angles, free = hidden(), [], [], []
    first, _, _ = regressed(*recorded(truth, SIGMA, 0))
    fit = one_step.regression(*regressed(*recorded(truth, SIGMA, 0)), 0.0)
    law = inference.identified(truth, fit.covariance, SIGMA, fit.n_samples)
    directions = np.linalg.eigh(fit.covariance)[1][:, ::-1]
    weights = truth.dense_weights()
    for seed in range(1, 61):
        r, u, z = regressed(*recorded(truth, SIGMA, seed))
        m, enc, _ = one_step.reduced_rank(r, u, z, K, 0.0)
        squares.append(np.square((m @ enc.T / N - weights) @ directions).sum(0))
        free.append(np.square((one_step.regression(r, u, z, 0.0).weights - weights) @ directions).sum(0))
        angles.append(
            [np.mean(np.sin(subspace_angles(*pair)) ** 2) for pair in ((m, truth.embedding), (enc, truth.encoding))]
        )
    size = np.sqrt(np.square(weights).sum() / N)
    bound, free = (np.sqrt(np.mean(part, axis=0)) / size for part in (squares, free))
    np.testing.assert_allclose(bound, law.errors, rtol=0.35)  # some 120 degrees of freedom a direction, 7 %
    assert np.exp(np.mean(np.log(bound / law.errors))) == pytest.approx(1, abs=0.1)
    free_law = SIGMA * np.sqrt(N / fit.n_samples / law.variances) / size
    assert np.exp(np.mean(np.log(free / free_law))) == pytest.approx(1, abs=0.05)
    assert np.exp(np.mean(np.log(bound / free_law))) < 0.5
    sines = np.sqrt(np.mean(angles, axis=0))
    assert sines[0] == pytest.approx(np.tan(np.radians(law.tuning)), rel=0.1)
    assert sines[1] == pytest.approx(np.tan(np.radians(law.influence)), rel=0.1)
    assert law.influence > 3 * law.tuning
    assert len(first) == fit.n_samples


def test_the_law_does_not_depend_on_the_basis_of_the_latents():
    truth = hidden()
    other = truth.change_basis([[2.0, 1.0], [0.0, -3.0]])
    covariance = np.diag(np.linspace(0.1, 1, N))
    one, same = (inference.identified(net, covariance, 0.1, 100) for net in (truth, other))
    np.testing.assert_allclose(one.errors, same.errors)
    assert one.influence == pytest.approx(same.influence)
    more = inference.identified(truth, covariance, 0.1, 400)
    np.testing.assert_allclose(more.errors, one.errors / 2)
    with pytest.raises(ValueError, match="covariance: expected positive variance"):
        inference.identified(truth, np.diag(np.arange(N) * 1.0), 0.1, 100)


# ------------------------------------------------------------------ the estimator


def test_it_keeps_scikit_learn_s_habits():
    from sklearn.base import clone
    from sklearn.exceptions import NotFittedError

    model = LPU(3, tau=20.0)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        model.transform(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="rank: expected"):
        LPU(0).fit(*recorded(hidden(), 0.1, 0))
    with pytest.raises(ValueError, match="noise: expected one of"):
        LPU(1, noise="none").fit(*recorded(hidden(), 0.1, 0))


def test_latents_are_white_and_predictions_those_of_the_network():
    truth = hidden()
    rates, u = recorded(truth, 0.0, 1)
    model = LPU(K, noise="currents").fit(rates, u)
    kappa = model.transform(rates[:-1]).reshape(-1, K)
    np.testing.assert_allclose(np.cov(kappa.T, bias=True), np.eye(K), atol=1e-6)
    np.testing.assert_allclose(model.predict(rates, u, n_steps=7), rates[7:], atol=1e-6)
    assert model.score(rates, u) == pytest.approx(1)
    with pytest.raises(ValueError, match="n_steps"):
        model.predict(rates, u, n_steps=len(rates))
    with pytest.raises(ValueError, match="inputs"):
        LPU(K).fit(rates, u[1:])


def test_a_push_off_the_encoding_subspace_leaves_the_latents_alone():
    truth = hidden()
    rng = np.random.default_rng(3)
    push, u = rng.standard_normal((5, N)), np.zeros((10, 5, D))
    found = inference.predict_push(truth, np.zeros((5, N)), push, u)
    np.testing.assert_allclose(found.inside + found.off, push)
    alone = inference.predict_push(truth, np.zeros((5, N)), found.off, u)
    np.testing.assert_allclose(*alone.latents, atol=1e-12)
    inside = inference.predict_push(truth, np.zeros((5, N)), found.inside, u)
    np.testing.assert_allclose(inside.latents[0], found.latents[0], atol=1e-12)
    assert np.abs(np.subtract(*inside.latents)).max() > 0.01


# ------------------------------------------------------------------ rank and hypotheses


@pytest.mark.parametrize("rank", [1, 3])
def test_the_rank_is_found_and_a_full_rank_takes_all_that_is_offered(rank):
    rates, u = recorded(hidden(5, rank=rank), 0.1, 6)
    found = inference.select_rank(rates, u, [1, 2, 3, 4, 5], 0, noise="currents")
    assert found.chosen == rank
    assert found.scores.mean(1).max() > found.null.mean() + 0.2
    weights = 1.2 * np.random.default_rng(7).standard_normal((N, N)) / np.sqrt(N)
    full = FullRankRNN(weights, np.zeros((N, 1)), np.ones((N, D)))
    assert inference.select_rank(*recorded(full, 0.1, 8), [1, 2, 3, 4, 5], 0, noise="currents").chosen == 5
    with pytest.raises(ValueError, match="ranks: expected increasing"):
        inference.select_rank(rates, u, [2, 1], 0)


def test_leaking_currents_full_rank_and_own_time_constants_show():
    truth = hidden(9)
    rates, u = recorded(truth, 0.1, 10)
    lpu = inference.check_hypotheses(rates, u, K, noise="currents")
    assert lpu.leak[0] > lpu.leak[1]
    assert lpu.bound[0] > lpu.bound[1]
    assert lpu.deviation == pytest.approx(1, abs=4 * np.sqrt(2 / N))
    leaky = LeakyCurrentRNN(truth.embedding, truth.encoding, truth.input_weights, truth.bias)
    by_currents = inference.check_hypotheses(*recorded(leaky, 0.1, 10), K, noise="currents")
    assert by_currents.leak[1] > by_currents.leak[0]
    wrong = inference.check_hypotheses(rates, u, K, tau=15.0)
    assert wrong.deviation > 10
    assert 9 < 15 / (1 - np.median(wrong.own_rate)) < 14  # nearer to τ than what was given
    weights = 1.2 * np.random.default_rng(7).standard_normal((N, N)) / np.sqrt(N)
    full = inference.check_hypotheses(
        *recorded(FullRankRNN(weights, np.zeros((N, 1)), np.ones((N, D))), 0.1, 8), K, noise="currents"
    )
    assert 1 - full.bound[1] < 0.5 * (1 - full.bound[0])


def test_noise_in_the_recording_does_not_pass_for_a_time_constant():
    """The rate a step before is the instrument; the rate itself would say that it does."""
    truth = hidden(9)
    rates, u = recorded(truth, 0.1, 10, n_trials=120)
    seen = rates + 0.1 * np.random.default_rng(11).standard_normal(rates.shape)
    deviation = inference.check_hypotheses(seen, u, K).deviation
    r, v, d = one_step.samples(seen, u, 0.5)
    left = d - truth.tuning(r @ truth.encoding / N, v[:, :-1])
    own = r - r.mean(0)
    slope = (left * own).sum(0) / np.square(own).sum(0)
    error = left.std(0) / np.sqrt(np.square(own).sum(0))
    assert np.mean((slope / error) ** 2) > 5 * deviation


# ------------------------------------------------------------------ spikes and the report


def test_a_network_in_spikes_is_found_with_its_peaks_and_shuffled_trials_tell_nothing():
    rng = np.random.default_rng(12)
    truth = LowRankRNN(hidden().embedding, 1.5 * hidden().encoding, np.zeros((N, 0)), tau=50.0, dt=5.0)
    start = rng.uniform(-1.5, 1.5, (150, K))
    run, counts = spiking.fire(truth, np.zeros((60, 150, 0)), 200.0, rng, initial_latents=start, record_spikes=True)
    counts, none = counts.astype(float), np.zeros((60, 150, 0))
    model, peak = inference.fit_counts(counts, none, K, tau=50.0, dt=5.0)
    assert np.median(peak) == pytest.approx(1, rel=0.05)  # 200 a second in 5 ms
    found = inference.compare(model.network_, truth, run.latents.reshape(-1, K)[::20])
    assert found.tuning.max() < 20
    assert found.attractors[0] == found.attractors[1]
    shuffled = np.stack([counts[:, rng.permutation(150), i] for i in range(N)], axis=-1)
    alone, _ = inference.fit_counts(shuffled, none, K, tau=50.0, dt=5.0)
    assert inference.compare(alone.network_, truth, run.latents.reshape(-1, K)[::20]).tuning.max() > 40
    with pytest.raises(ValueError, match="counts: expected neurons that fire"):
        inference.fit_counts(counts * 0, none, K)


def test_the_report_tells_an_lpu_from_a_full_rank_network_and_leaves_silent_neurons_out():
    rates, u = recorded(hidden(), 0.1, 1)
    silent = np.concatenate([rates, np.zeros((*rates.shape[:2], 1))], axis=2)
    found = inference.report(Recording(silent, ["V1"] * (N + 1), np.zeros(60, int), 0.005), 10.0, 0, inputs=u)
    assert found.rank.chosen == K
    assert found.network.n_neurons == N
    assert "1 of 41 neurons never change" in str(found)
    assert np.linalg.norm(found.to_push) == pytest.approx(1)
    weights = 1.2 * np.random.default_rng(7).standard_normal((N, N)) / np.sqrt(N)
    rates, u = recorded(FullRankRNN(weights, np.zeros((N, 1)), np.ones((N, D))), 0.1, 8)
    other = inference.report(Recording(rates, ["V1"] * N, np.zeros(60, int), 0.005), 10.0, 0, inputs=u)
    assert "largest rank tried" in str(other)
    with pytest.raises(ValueError, match="tau: expected at least a bin"):
        inference.report(Recording(rates, ["V1"] * N, np.zeros(60, int), 0.005), 1.0, 0)
    with pytest.raises(ValueError, match="recording: expected three steps"):
        inference.report(Recording(rates[:, :4], ["V1"] * N, np.zeros(4, int), 0.005), 10.0, 0)


def test_a_file_gets_to_a_report_by_the_lines_of_the_readme(tmp_path, capsys):
    """They are run as they stand, on spikes of a network of ours in an NWB file."""
    pynwb = pytest.importorskip("pynwb")
    rng = np.random.default_rng(13)
    truth = LowRankRNN(hidden().embedding, 1.5 * hidden().encoding, np.zeros((N, 0)), tau=50.0, dt=5.0)
    start = rng.uniform(-1.5, 1.5, (60, K))
    _, counts = spiking.fire(truth, np.zeros((100, 60, 0)), 200.0, rng, initial_latents=start, record_spikes=True)
    begin = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    file = pynwb.NWBFile("a mouse", "mouse", begin)
    file.add_trial_column("trial_type", "left or right")
    for trial in range(60):
        file.add_trial(
            start_time=10.0 + trial, stop_time=10.5 + trial, trial_type="left" if start[trial, 0] > 0 else "right"
        )
    for neuron in range(N):
        step, trial = np.nonzero(counts[:, :, neuron])
        times = np.repeat(10.0 + trial + 0.005 * (step + 0.5), counts[step, trial, neuron])
        file.add_unit(spike_times=np.sort(times), obs_intervals=[[0.0, 100.0]])
    with pynwb.NWBHDF5IO(tmp_path / "mouse.nwb", "w") as disk:
        disk.write(file)
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    _, lines = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(lines.replace('"mouse.nwb"', f'"{tmp_path}/mouse.nwb"'), names := {})
    assert names["found"].rank.chosen == K
    assert "Rank 2" in capsys.readouterr().out
