"""One step ahead in real recordings: spikes of held-out neurons in held-out trials, by an LPU and by simpler models."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.linear_model import LinearRegression, RidgeCV

from lpu_core import inference, one_step
from lpu_core.observations import bits_per_spike, from_counts
from lpu_core.recordings import load_steinmetz, sessions
from tools.results.experiment import Experiment, held, timed, verified

RECORDED: dict[str, Any] = {"sessions": 12, "bins": "40 of 10 ms after stimulus onset", "tau": 100.0, "n_neurons": 200,
            "fewest": 1.0, "folds": 4, "ranks": (1, 2, 3, 4, 6, 8), "floor": 0.05, "priors": (0.5, 1.0, 2.0),
            "settings tried on": "session01",
            "models": ("trial average", "principal components", "factor analysis", "LPU", "LPU, other trials"),
            "source": "Steinmetz et al., Nature 576 (2019), an excerpt"}  # fmt: skip


def _linear(latents: np.ndarray, inputs: np.ndarray, counts: np.ndarray) -> LinearRegression:
    """Counts of the next step by a few latents and the inputs."""
    return LinearRegression().fit(np.concatenate([latents, inputs], axis=1), counts)


def _expected(fit: one_step.Factors, rates: np.ndarray, inputs: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """The counts that an LPU predicts."""
    return peak * (1 + np.tanh(one_step.predicted_currents(fit, rates, inputs))) / 2


def _lpu(
    rates: np.ndarray, inputs: np.ndarray, counts: np.ndarray, peak: np.ndarray, rank: int, n_trials: int
) -> one_step.Factors:
    """Of some rank, with the prior that predicts the last quarter of the trials best from the others."""
    all_of = one_step.Samples(rates, inputs, 2 * counts / peak - 1)
    early = np.arange(len(rates)) % n_trials < 3 * n_trials // 4
    short, late = np.flatnonzero(early), np.flatnonzero(~early)
    mean, scores = np.maximum(counts[short].mean(0), 1e-3), []
    for prior in RECORDED["priors"]:
        fit = inference.fit_samples(one_step.Samples(*(part[short] for part in all_of)), rank, prior_std=prior)
        expected = np.maximum(_expected(fit, rates[late], inputs[late], peak), RECORDED["floor"] * mean)
        scores.append(bits_per_spike(counts[late], expected, mean))
    return inference.fit_samples(all_of, rank, prior_std=RECORDED["priors"][int(np.argmax(scores))])


def _score(counts: np.ndarray, expected: np.ndarray, mean: np.ndarray) -> float:
    """Bits per spike; a linear model may expect less than nothing, and gets the floor."""
    return bits_per_spike(counts, np.maximum(expected, RECORDED["floor"] * mean), mean)


def _fold(
    counts: np.ndarray, side: np.ndarray, held_out: np.ndarray, order: np.ndarray, alpha: float
) -> tuple[np.ndarray, float]:
    """Bits per spike of all models and ranks, and of all neurons a step before by ridge regression, in one fold."""
    train, n = np.setdiff1d(np.arange(counts.shape[1]), held_out), counts.shape[2]
    seen, unseen = order[: n // 2], order[n // 2 :]
    peak = 4 * np.maximum(counts[:, train].mean((0, 1)), 1e-3)
    rates, ahead = from_counts(counts, alpha, peak), np.concatenate([side, np.ones_like(side)], axis=2)

    def parts(trials: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rates of the seen neurons, inputs, and the spikes of the unseen ones that follow, (S, …)."""
        r, u, c = rates[:-1, before][..., seen], ahead[1:, trials], counts[:, trials][..., unseen]
        return r.reshape(-1, len(seen)), u.reshape(-1, 2), c.reshape(-1, len(unseen))

    (r, u, c), (r_test, u_test, c_test) = parts(train, train), parts(held_out, held_out)
    r_other, _, _ = parts(held_out, np.roll(held_out, 1))
    mean, average = np.maximum(c.mean(0), 1e-3), counts[:, train][..., unseen].mean(1)
    found = np.zeros((len(RECORDED["models"]), len(RECORDED["ranks"])))
    found[0] = _score(c_test, np.repeat(average[:, None], len(held_out), axis=1).reshape(-1, len(unseen)), mean)
    ridge = RidgeCV(np.logspace(0, 6, 7)).fit(np.c_[r, u], c)
    for k, rank in enumerate(RECORDED["ranks"]):
        for i, model in ((1, PCA(rank)), (2, FactorAnalysis(rank))):
            linear = _linear(model.fit(r).transform(r), u, c)
            found[i, k] = _score(c_test, linear.predict(np.c_[model.transform(r_test), u_test]), mean)
        fit = _lpu(r, u, c, peak[unseen], rank, len(train))
        for i, source in ((3, r_test), (4, r_other)):
            found[i, k] = _score(c_test, _expected(fit, source, u_test, peak[unseen]), mean)
    return found, _score(c_test, ridge.predict(np.c_[r_test, u_test]), mean)


@timed
def held_out_spikes(file: str, sha256: str, number: int) -> dict[str, Any]:
    """Bits per spike, (models, ranks, folds), and of all neurons a step before by ridge regression, (folds,)."""
    recording, rng = load_steinmetz(verified(file, sha256)), np.random.default_rng([number, 16])
    steps, n_trials, _ = recording.activity.shape
    busy = np.flatnonzero(recording.activity.mean((0, 1)) / recording.bin_size >= RECORDED["fewest"])
    chosen = np.sort(rng.permutation(busy)[: RECORDED["n_neurons"]])
    counts, alpha = recording.activity[..., chosen].astype(np.float64), 1000 * recording.bin_size / RECORDED["tau"]
    side = np.broadcast_to(np.where(recording.labels, 1.0, -1.0), (steps + 1, n_trials))[..., None]
    folds = np.array_split(rng.permutation(n_trials), RECORDED["folds"])
    found = [_fold(counts, side, held_out, rng.permutation(len(chosen)), alpha) for held_out in folds]
    return {"bits": np.stack([bits for bits, _ in found], axis=-1), "full": np.array([full for _, full in found]),
            "sizes": np.array([n_trials, len(chosen)])}  # fmt: skip


def recordings(part: Experiment) -> None:
    """All sessions in the folder that LPU_RECORDINGS names."""
    asked: list[dict[str, Any]] = [one | {"number": i} for i, one in enumerate(map(held, sessions()), 1)]
    runs = part.sweep(held_out_spikes, asked)
    about = {"sha256": {Path(one["file"]).name: one["sha256"] for one in asked}}
    part.write("inference_recordings.npz", runs, RECORDED, about, bits=np.stack([run["bits"] for run in runs]),
               full=np.stack([run["full"] for run in runs]), sizes=np.stack([run["sizes"] for run in runs]),
               names=np.array([Path(one["file"]).stem for one in asked]),
               axes=np.array(["session", "model", "rank", "fold"]))  # fmt: skip


PARTS = {"recordings": recordings}
