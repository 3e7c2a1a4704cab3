"""The projector on the encoding subspace against the formula written out."""

import numpy as np
import pytest

from lpu_core import readouts

N = np.random.default_rng(0).standard_normal((50, 3))


def test_the_projector_is_the_formula():
    """P = Wᵀ(WWᵀ)⁻¹W (M58), applied and dense; κ sees all of r∥ and nothing of r⊥."""
    projector = readouts.encoding_projector(N)
    expected = N @ np.linalg.inv(N.T @ N) @ N.T
    rates = np.random.default_rng(1).standard_normal((4, 5, 50))
    np.testing.assert_allclose(projector.matrix(), expected, atol=1e-13)
    np.testing.assert_allclose(projector(rates), rates @ expected, atol=1e-13)
    np.testing.assert_allclose(projector.off(rates) @ N, 0, atol=1e-12)
    np.testing.assert_allclose(projector(projector(rates)), projector(rates), atol=1e-13)


def test_the_projector_does_not_know_the_latent_basis():
    """(M60)."""
    mixed = readouts.encoding_projector(N @ np.random.default_rng(2).standard_normal((3, 3)))
    np.testing.assert_allclose(mixed.matrix(), readouts.encoding_projector(N).matrix(), atol=1e-12)
    other = readouts.encoding_projector(N + 1e-3)  # twin: another subspace
    assert np.abs(other.matrix() - readouts.encoding_projector(N).matrix()).max() > 1e-5


@pytest.mark.parametrize("encoding", [np.ones((5, 2)), np.ones((2, 3)), np.full((4, 1), np.nan)])
def test_dependent_vectors_are_refused(encoding):
    with pytest.raises(ValueError, match="encoding: expected"):
        readouts.encoding_projector(encoding)


def test_float32_stays_float32_and_a_million_neurons_fit():
    encoding = np.random.default_rng(3).standard_normal((10**6, 2), dtype=np.float32)
    projector = readouts.encoding_projector(encoding)
    assert projector(np.ones((1, 10**6), np.float32)).dtype == np.float32


def test_rates_of_another_size_are_refused(unchecked_shapes):
    with pytest.raises(ValueError, match="rates: expected"):
        readouts.encoding_projector(N)(np.ones(49))
