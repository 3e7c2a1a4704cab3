"""Engrams: each exact statement to rounding, each law by its closed form, and twins in which the hypothesis is broken."""

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq

from lpu_core import engrams

RNG = np.random.default_rng(0)
WEIGHTS = RNG.standard_normal((3, 40))
"""Embedding of up to three latents in 40 neurons, as rows."""


def table(n):
    return np.array(list(itertools.product([0.0, 1.0], repeat=n)))


# ------------------------------------------------------------------ topology


def test_manifolds_are_what_they_say():
    for name, manifold in engrams.MANIFOLDS.items():
        x = manifold.sample(500, 1)
        assert x.shape[1] >= manifold.embeds >= manifold.intrinsic, name
        if name in ("circle", "sphere"):
            np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1)
    x = engrams.MANIFOLDS["torus"].sample(500, 1)
    np.testing.assert_allclose(x[:, :2] ** 2 + x[:, 2:] ** 2, 1)


def test_the_knee_is_the_largest_fall():
    assert engrams.knee(np.array([0.5, 0.01, 0.005])) == 2
    assert engrams.knee(np.array([0.01, 0.005])) == 1


@pytest.mark.parametrize("d", [2, 3])
def test_too_few_latents_give_two_antipodes_one_code_and_err_there(d):
    """Proposition 1 on the circle and the sphere, for trained encoders; the twin has one latent more."""
    training = pytest.importorskip("lpu_core.training", exc_type=ImportError)
    x = engrams.MANIFOLDS[{2: "circle", 3: "sphere"}[d]].sample(3000, d)
    m = WEIGHTS[:d]
    rates = np.tanh(x @ m).astype(np.float32)
    widths = list(range(1, d + 1))
    start = engrams.initial_layers([40, 24, d, 24, 40], range(d), linear=(2,), widths=widths)
    trained = training.learn(start, rates, rates, n_steps=800, n_batch=64).layers
    for e, width in enumerate(widths):
        own = trained.only(e)
        encoder, decoder = own.split(2)

        def code(y, encoder=encoder, width=width):
            return encoder(np.tanh(y @ m))[0][:, :width]

        if width < d:
            pair = engrams.antipodal_pair(code, d, 0)
            both = np.tanh(np.stack([pair, -pair]) @ m)
            assert np.abs(np.diff(code(np.stack([pair, -pair])), axis=0)).max() < 1e-6
            off = np.linalg.norm(decoder(encoder(both))[0] - both, axis=1)
            assert off.max() > np.linalg.norm(both[0]) * (1 - 1e-6)
        else:
            with pytest.raises(RuntimeError, match="no antipodal pair"):
                engrams.antipodal_pair(code, d, 0)
            off = np.linalg.norm(own(rates)[0] - rates, axis=1)
            assert (off / np.linalg.norm(rates, axis=1)).max() < 0.5


def test_a_code_that_is_constant_has_antipodes_everywhere():
    assert np.linalg.norm(engrams.antipodal_pair(lambda x: np.ones((len(x), 1)), 3, 0)) == pytest.approx(1)


def test_an_encoder_that_jumps_needs_no_second_latent():
    """Twin: the angle."""
    x = engrams.MANIFOLDS["circle"].sample(200, 0)
    angle = np.arctan2(x[:, 1], x[:, 0])
    np.testing.assert_allclose(np.stack([np.cos(angle), np.sin(angle)], 1), x, atol=1e-14)
    with pytest.raises(RuntimeError, match="no antipodal pair"):
        engrams.antipodal_pair(lambda y: np.arctan2(y[:, 1:], y[:, :1]), 2, 0)


@pytest.mark.parametrize("phi", [np.tanh, lambda z: z + np.sin(z) / 2])
def test_a_linear_encoder_tells_all_latents_apart(phi):
    """Proposition 2: κ ↦ Mᵀφ(Mκ + b) is strictly monotone; the twin has φ = sin."""
    kappa, other = RNG.standard_normal((2, 2000, 3)) * 2
    bias = RNG.standard_normal(40)
    codes = [phi(k @ WEIGHTS + bias) @ WEIGHTS.T for k in (kappa, other)]
    assert (((kappa - other) * (codes[0] - codes[1])).sum(1) > 0).all()
    m = WEIGHTS[0]

    def code(k):
        return np.sin(k * m) @ m

    grid = np.linspace(0.1, 10, 200)
    change = np.flatnonzero(np.diff(np.sign([code(k) for k in grid])))
    same = brentq(code, grid[change[0]], grid[change[0] + 1])
    assert abs(code(same) - code(0.0)) < 1e-9
    assert same > 0.1


@pytest.mark.parametrize("size", [0.3, 3.0])
def test_a_linear_code_is_undone(size):
    """Proposition 2 with a decoder; the twin is a code that no κ has."""
    m = WEIGHTS.T
    kappa = size * np.random.default_rng(0).standard_normal((200, m.shape[1]))
    codes = np.tanh(kappa @ m.T) @ m
    assert np.abs(engrams.undo_embedding(codes, m) - kappa).max() < 1e-8
    with pytest.raises(ValueError, match="codes: expected those of some κ"):
        engrams.undo_embedding(10 * np.abs(m).sum(0)[None], m)
    with pytest.raises(ValueError, match="embedding: expected rank 2"):
        engrams.undo_embedding(np.ones((1, 2)), np.ones((5, 2)))


# ------------------------------------------------------------------ intrinsic dimension


@pytest.mark.parametrize(("d", "k"), [(1, 2), (3, 2), (3, 10), (12, 5)])
def test_the_dimension_follows_its_law(d, k):
    """Independent neighbourhoods: volumes of balls are sums of exponentials. 5 s.e.: false alarm below 1e-6 each."""
    rng = np.random.default_rng([d, k])
    volumes = np.cumsum(rng.exponential(size=(4000, 50, k)), axis=2)
    found = np.array([engrams.dimension_from_distances(v ** (1 / d)) for v in volumes])
    degrees = 50 * (k - 1)
    variance = d**2 / (degrees - 2)
    assert abs(found.mean() - d) < 5 * np.sqrt(variance / 4000)
    kurtosis = np.mean((found - found.mean()) ** 4) / found.var() ** 2
    assert abs(found.var() / variance - 1) < 5 * np.sqrt((kurtosis - 1) / 4000)


def test_neighbours_are_those_of_all_pairs():
    points = RNG.standard_normal((80, 3))
    distances = np.sort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)[:, 1:5]
    assert engrams.intrinsic_dimension(points, 4) == pytest.approx(engrams.dimension_from_distances(distances))


def test_noise_and_borders_break_the_estimate():
    """Twins: on a noisy circle the nearest neighbours see the noise; in ten dimensions most points are at the border."""
    x = engrams.MANIFOLDS["circle"].sample(2000, 3)
    rates = np.tanh(x @ WEIGHTS[:2])
    assert abs(engrams.intrinsic_dimension(rates) - 1) < 0.1
    assert engrams.intrinsic_dimension(rates + 0.05 * RNG.standard_normal(rates.shape)) > 3
    assert engrams.intrinsic_dimension(np.random.default_rng(4).uniform(size=(2000, 10)), 10) < 9


# ------------------------------------------------------------------ the comparator


def test_the_comparator_is_xor_and_error():
    x, y = table(2).T
    plus, minus = engrams.comparator(x, y)
    np.testing.assert_array_equal(plus + minus, np.logical_xor(x, y))
    np.testing.assert_array_equal(plus - minus, x - y)
    assert not (plus * minus).any()


def test_the_comparator_of_bits_and_of_unsigned_numbers_knows_a_sign():
    for kind in (bool, np.uint8):
        plus, minus = engrams.comparator(np.array([0, 1], kind), np.array([1, 0], kind))
        np.testing.assert_array_equal([plus, minus], [[0, 1], [1, 0]])


def test_layers_are_their_own():
    """Whoever changes the arrays that they were made of does not change them; nor can anyone else."""
    weights = tuple(w.copy() for w in START.weights)
    layers = engrams.Layers(weights, START.linear)
    weights[0][:] = np.nan
    assert np.isfinite(layers(np.eye(3))).all()
    with pytest.raises(ValueError, match="read-only"):
        layers.weights[0][:] = 0


def test_the_unsigned_comparator_does_not_descend():
    """Whatever g(pre, x̂, |e|) a synapse does: over both signs of e its update is at right angles to the descent."""
    pre, e = RNG.standard_normal((100, 7)), RNG.standard_normal(100)
    g = np.abs(e)[:, None] * np.sin(pre)
    along = [np.sum(g * (sign * e)[:, None] * pre) for sign in (1, -1)]
    assert sum(along) == pytest.approx(0, abs=1e-12 * abs(along[0]))
    signed = [np.sum((sign * e)[:, None] * pre * (sign * e)[:, None] * pre) for sign in (1, -1)]
    assert sum(signed) > 1


def test_the_xor_rule_keeps_the_perceptron_s_bound():
    """Mistakes ≤ (R/γ)² on every separable problem; on XOR it never ends (twin)."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        pre = np.c_[rng.standard_normal((30, 4)), np.ones(30)]
        teacher = rng.standard_normal(5)
        side = pre @ teacher
        margin = np.abs(side).min() / np.linalg.norm(teacher)
        w, mistakes = engrams.learn_binary(pre, (side > 0) * 1.0, 10**5)
        assert mistakes[-1] == 0
        assert mistakes.sum() <= (np.linalg.norm(pre, axis=1).max() / margin) ** 2
        np.testing.assert_array_equal(pre @ w > 0, side > 0)
    two = np.c_[table(2), np.ones(4)]
    assert engrams.learn_binary(two, table(2).sum(1) % 2, 200)[1].min() > 0


# ------------------------------------------------------------------ index units


def test_storing_is_a_sum_of_outer_products():
    keys, values = RNG.standard_normal((6, 4)), RNG.standard_normal((6, 3))
    units = np.array([0, 1, 0, 2, 2, 2])
    stored = engrams.store(keys, values, units, scaled=False)
    expected = sum(np.outer(np.eye(3)[u], key) for u, key in zip(units, keys, strict=True))
    np.testing.assert_allclose(stored.keys, expected)
    np.testing.assert_allclose(stored.values[2], values[3:].mean(0))
    scaled = engrams.store(keys, values)
    np.testing.assert_allclose(np.linalg.norm(scaled.keys, axis=1), 1)
    np.testing.assert_array_equal(scaled.winners(keys), np.arange(6))
    np.testing.assert_array_equal(scaled.recall(keys), values)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(("d", "snr"), [(2, 4.0), (3, 0.5), (8, 1.0), (16, 0.25)])
def test_recall_follows_its_law(d, snr, scaled):
    """Fresh patterns in every trial; within 5 binomial s.e.: false alarm below 1e-6 each."""
    rng = np.random.default_rng([d, int(4 * snr)])
    n = 4000
    for p in (2, 40):
        keys = rng.standard_normal((n, p, d))
        cues = keys[:, 0] + rng.standard_normal((n, d)) / np.sqrt(snr)
        trials = zip(keys, cues[:, None], strict=True)
        right = np.mean([engrams.store(key, key, scaled=scaled).winners(cue)[0] == 0 for key, cue in trials])
        law = engrams.recall_probability(p, d, snr, scaled)
        assert abs(right - law) < 5 * np.sqrt(law * (1 - law) / n)


def test_known_values_of_the_law():
    assert engrams.recall_probability(1, 5, 1.0) == pytest.approx(1, abs=1e-12)
    assert engrams.recall_probability(100, 8, 1e-9) == pytest.approx(0.01, rel=0.01)  # no signal: a guess
    assert engrams.recall_probability(100, 8, 1e-9, scaled=False) == pytest.approx(0.01, rel=0.01)
    assert engrams.recall_probability(1000, 8, 1e8) > 0.999
    # Two patterns, plain weights, hardly any noise: E Φ(χ_2) = (1 + 1/√2)/2.
    assert engrams.recall_probability(2, 2, 1e12, scaled=False) == pytest.approx((1 + 0.5**0.5) / 2, abs=1e-6)
    # In the plane, scaled, the cue's angle θ to its pattern: E(1 − |θ|/π) for two patterns.
    rng = np.random.default_rng(1)
    a, noise = rng.standard_normal((2, 400_000, 2))
    b = a + noise
    angle = np.arccos((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))
    share = 1 - angle / np.pi
    assert engrams.recall_probability(2, 2, 1.0) == pytest.approx(share.mean(), abs=5 * share.std() / 400_000**0.5)


@pytest.mark.parametrize("scaled", [False, True])
def test_capacity_is_where_recall_falls_to_the_share(scaled):
    for d, snr in ((2, 0.3), (10, 1.0), (30, 4.0)):
        log_p = engrams.capacity(d, snr, scaled)
        assert engrams.recall_probability(np.exp(log_p), d, snr, scaled) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("snr", [0.25, 1.0, 4.0])
def test_capacity_grows_by_shannon_s_rate_and_no_law_passes_fano_s_bound(snr):
    """The rate within 3 % from 100 to 200 latents; plain weights (twin) reach SNR/(1 + SNR)/2 only."""
    rate, plain = ((engrams.capacity(200, snr, s) - engrams.capacity(100, snr, s)) / 100 for s in (True, False))
    assert rate == pytest.approx(np.log1p(snr) / 2, rel=0.03)
    assert plain == pytest.approx(snr / (1 + snr) / 2, rel=0.05)
    for d, p in itertools.product((2, 8, 32, 64), np.geomspace(2, 1e12, 25)):
        for scaled in (False, True):
            assert engrams.recall_probability(p, d, snr, scaled) <= engrams.fano_bound(p, d, snr)


def test_fewer_units_than_episodes_forget():
    """Pigeonhole: with the last U of P episodes stored, U/P of them come back without noise."""
    keys = RNG.standard_normal((90, 6))
    won = engrams.store(keys[-30:], keys[-30:]).recall(keys)
    assert (won == keys).all(1).mean() == 30 / 90


# ------------------------------------------------------------------ spectra and arguments


def test_spectra_have_their_formants():
    labels = np.repeat(np.arange(10), 200)
    sound = engrams.synthetic_spectra(labels, 0).reshape(10, 200, 3, 24).mean(1)
    for name, segments in zip(engrams.FORMANTS, sound, strict=True):
        for formants, segment in zip(name, segments, strict=True):
            assert segment[formants].min() > 3 * np.delete(segment, [g for f in formants for g in range(f - 4, f + 5)
                                                                     if 0 <= g < 24]).mean()  # fmt: skip
    np.testing.assert_array_equal(engrams.synthetic_spectra(labels, 5), engrams.synthetic_spectra(labels, 5))


POINTS = np.zeros((5, 3), np.float32)
START = engrams.initial_layers([3, 2, 3], [0])


@pytest.mark.parametrize(("call", "name"), [
    (lambda: engrams.MANIFOLDS["circle"].sample(0, 0), "n_points"),
    (lambda: engrams.knee(np.array([0.5, 0.0])), "errors"),
    (lambda: engrams.antipodal_pair(lambda x: x, 1, 0), "n_dims"),
    (lambda: engrams.intrinsic_dimension(np.ones((5, 2))), "points"),
    (lambda: engrams.intrinsic_dimension(np.eye(5), 5), "k"),
    (lambda: engrams.dimension_from_distances(np.array([[2.0, 1.0]] * 5)), "distances"),
    (lambda: engrams.dimension_from_distances(np.ones((5, 2))), "distances"),
    (lambda: engrams.initial_layers([3], [0]), "sizes"),
    (lambda: engrams.initial_layers([3, 2, 3], []), "seeds"),
    (lambda: engrams.initial_layers([3, 2, 3], [0], widths=[3]), "widths"),
    (lambda: engrams.initial_layers([3, 2, 3], [0], linear=[3]), "linear"),
    (lambda: engrams.initial_layers([3, 2, 3], [0], widths=[1.5]), "widths"),
    (lambda: START.split(2), "layer"),
    (lambda: START.only(1), "network"),
    (lambda: START(POINTS[:, :2]), "inputs"),
    (lambda: START(np.stack([POINTS, POINTS])), "inputs"),  # two inputs' worth for one network
    (lambda: engrams.Layers((), ()), "weights"),
    (lambda: engrams.Layers((START.weights[0], START.weights[0]), (True, True)), "weights"),
    (lambda: engrams.Layers((START.weights[0] * np.nan,), (True,)), "weights"),
    (lambda: engrams.Layers((START.weights[0], START.weights[1].astype(float)), (True, True)), "weights"),
    (lambda: engrams.Layers(START.weights, (True,)), "linear"),
    (lambda: engrams.unexplained(START, POINTS), "points"),
    (lambda: engrams.unexplained(START, np.eye(3)[None]), "points"),
    (lambda: engrams.unexplained(lambda r: r, np.eye(3)), "network"),
    (lambda: engrams.comparator(np.ones((3, 1)), np.ones(3)), "reconstruction"),
    (lambda: engrams.antipodal_pair(lambda x: x[:, :1], 2, 0, n_starts=0), "n_starts"),
    (lambda: engrams.antipodal_pair(lambda x: x[:, 0], 2, 0), "encode"),
    (lambda: engrams.antipodal_pair(lambda x: x * np.nan, 2, 0), "encode"),
    (lambda: engrams.IndexUnits(np.eye(3), np.eye(3)).winners(np.full((1, 3), np.nan)), "cues"),
    (lambda: engrams.IndexUnits(np.eye(3), np.eye(3)).winners(np.ones((1, 2))), "cues"),
    (lambda: engrams.IndexUnits(np.ones((0, 3)), np.ones((0, 3))), "keys"),
    (lambda: engrams.Manifold(2, 1, lambda n, rng: np.ones((n, 2))), "embeds"),
    (lambda: engrams.learn_binary(POINTS, np.full(5, 0.5)), "targets"),
    (lambda: engrams.store(POINTS, POINTS), "keys"),
    (lambda: engrams.store(POINTS, POINTS[:2]), "values"),
    (lambda: engrams.store(np.eye(3), np.eye(3), np.array([0, 2, 2])), "units"),
    (lambda: engrams.recall_probability(0, 4, 1.0), "n_stored"),
    (lambda: engrams.recall_probability(5, 1, 1.0), "n_latents"),
    (lambda: engrams.recall_probability(5, 4, np.inf), "snr"),
    (lambda: engrams.recall_probability(5, 501, 1.0), "n_latents"),
    (lambda: engrams.recall_probability(5, 4, 1e17), "snr"),
    (lambda: engrams.capacity(4, 1.0, share=1.0), "share"),
    (lambda: engrams.capacity(500, 1e6), "share"),
    (lambda: engrams.fano_bound(1, 4, 1.0), "n_stored"),
    (lambda: engrams.fano_bound(10, 5, np.nan), "snr"),
    (lambda: engrams.fano_bound(10, 5, -1.0), "snr"),
    (lambda: engrams.fano_bound(10, -1, 1.0), "n_latents"),
    (lambda: engrams.synthetic_spectra(np.array([10]), 0), "labels"),
])  # fmt: skip
def test_a_bad_argument_is_named(call, name, unchecked_shapes):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        call()
