"""Good calls of one_step, observations, estimator, identification, model_checks and inference."""

import numpy as np

from contract import case
from lpu_core import LowRankRNN, inference, observations, one_step
from lpu_core.recordings import Recording

RNG = np.random.default_rng(0)
T, B, N, K, D, S = 6, 12, 8, 2, 1, 40
NETWORK = LowRankRNN(*RNG.standard_normal((2, N, K)), RNG.standard_normal((N, D)))
INPUTS = RNG.standard_normal((T, B, D))
RATES = NETWORK.simulate(INPUTS, initial_rates=RNG.standard_normal((B, N)), noise_std=0.1, rng=1, record_rates=True).rates
R, U, Z = RNG.standard_normal((S, N)), RNG.standard_normal((S, D)), RNG.standard_normal((S, N))
COUNTS = RNG.poisson(1.0, (T, B, N)).astype(float)
FACTORS = one_step.Factors(NETWORK.embedding, NETWORK.encoding, NETWORK.input_weights)
SAMPLES = one_step.Samples(R, U, np.tanh(Z))
TIMES = {"tau": 10.0, "dt": 5.0}
FITTED = inference.LPU(1, noise="currents").fit(RATES, INPUTS)

CASES = [
    case(one_step.samples, rates=RATES, inputs=INPUTS, alpha=0.5),
    case(one_step.regression, rates=R, inputs=U, currents=Z, ridge=0.1),
    case(one_step.currents, drives=np.tanh(Z), largest=0.99),
    case(one_step.linear_currents, drives=Z),
    case(one_step.reduced_rank, rates=R, inputs=U, wanted=Z, rank=2, ridge=0.1),
    case(one_step.predicted_currents, weights=FACTORS, rates=RNG.standard_normal((S, N)), inputs=U),
    case(one_step.explained, wanted=Z, predicted=R),
    case(one_step.error, weights=FACTORS, found=SAMPLES),
    case(one_step.descend, start=FACTORS, found=SAMPLES, weight_decay=1e-3, max_iterations=500),
    case(observations.from_counts, counts=COUNTS, alpha=0.5, peak=np.full(N, 2.0)),
    case(observations.from_fluorescence, traces=RATES, decay=0.5),
    case(observations.scaled, activity=RATES),
    case(observations.bits_per_spike, counts=COUNTS[0], expected=COUNTS[1] + 1, mean=np.ones(N)),
    case(inference.fit_samples, found=SAMPLES, rank=1, noise="rates", prior_std=3.0, max_iterations=300),
    case(inference.LPU().fit, rates=RATES, inputs=INPUTS),
    case(FITTED.transform, rates=RATES),
    case(FITTED.predict, rates=RATES, inputs=INPUTS, n_steps=2),
    case(FITTED.score, rates=RATES, inputs=INPUTS),
    case(inference.fit_counts, counts=COUNTS, inputs=INPUTS, rank=1, rounds=2, **TIMES),
    case(
        inference.select_rank,
        rates=RATES,
        inputs=INPUTS,
        ranks=[1, 2],
        rng=1,
        noise="currents",
        prior_std=3.0,
        n_folds=2,
        **TIMES,
    ),
    case(inference.identified, network=NETWORK, covariance=np.eye(N), noise_std=0.1, n_samples=100),
    case(inference.settled, network=NETWORK, rng=1, n_starts=20),
    case(inference.compare, network=NETWORK, truth=NETWORK, kappa=np.ones((3, K))),
    case(inference.predict_push, network=NETWORK, rates=np.zeros((2, N)), push=np.ones((2, N)), inputs=np.zeros((3, 2, D))),
    case(inference.check_hypotheses, rates=RATES, inputs=INPUTS, rank=1, noise="currents", **TIMES),
    case(
        inference.report,
        recording=Recording(RATES, ["V1"] * N, np.zeros(B, int), 0.005),
        tau=10.0,
        rng=1,
        inputs=INPUTS,
    ),
]
