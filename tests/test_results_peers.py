"""What is measured of networks that others trained: a made one stands in for them; and what the committed summary says."""

import numpy as np
import pytest
from test_results import elsewhere, run, summary  # noqa: F401

from lpu_book import RESULTS
from lpu_core import checkpoints, drift
from lpu_core.design import design_flip_flop
from tools.results import experiment, peers


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a network that remembers a sign, under the name of one that does."""
    network = design_flip_flop(300, 1, rng=0)
    (tmp_path / "peers").mkdir()
    weights = {"m": network.embedding, "n": network.encoding, "w_in": 30 * network.input_weights}
    np.savez(tmp_path / "peers" / "rdm_lr_fig2.npz", **weights, w_out=network.encoding[:, 0], alpha=0.2)
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(tmp_path / "peers"))
    return tmp_path / "peers"


def test_what_is_measured_of_a_network(elsewhere, folder, monkeypatch):  # noqa: F811
    """It survives what leaves the encoding subspace alone, and no strong push inside it."""
    few = {"n_trials": 40, "n_draws": 2, "drifts": (0.0, 0.1), "pushes": (0.0, 10.0)}
    monkeypatch.setattr(peers, "SETTINGS", peers.SETTINGS | few)
    run("gallery.peers")
    found, source = summary(elsewhere, "gallery_peers.npz")
    assert source["sha256"] == {"rdm_lr_fig2.npz": experiment.held(folder / "rdm_lr_fig2.npz")["sha256"]}
    assert str(folder) not in str(source)
    assert found["sizes"].tolist() == [[300, 1]] and found["kinds"].tolist() == ["attractor", "attractor", "repeller"]
    assert np.isnan(found["points"][:, 1]).all() and found["points"][2, 0] == pytest.approx(0, abs=1e-6)
    assert found["accuracies"][0, 0] > 0.7 and found["slopes"][0, 0] > found["slopes"][0, 1] > 0
    assert found["drifted"].shape == (1, len(drift.DRIFT_KINDS), 2, 2) and found["pushed"].shape == (1, 2, 2)
    np.testing.assert_allclose(found["drifted"][0, :, 0], found["accuracies"][0, 0])
    np.testing.assert_allclose(found["pushed"][0, :, 0], found["accuracies"][0, 0], atol=1 / 40)
    assert found["pushed"][0, 0, 1] < 0.75 < found["pushed"][0, 1, 1]


def test_a_file_of_another_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"file: expected one of rdm_lr_fig2, .*, got other.npz"):
        peers.read(tmp_path / "other.npz")


def test_the_published_networks_do_their_tasks():
    found, source = summary(RESULTS.parent, "gallery_peers.npz")
    assert found["names"].tolist() == sorted(peers.PUBLISHED) and len(source["sha256"]) == 4
    assert (found["accuracies"][:, 0] >= 0.95).all() and (found["slopes"][:, 0] > 0.7).all()
    assert (np.abs(found["slopes"][:, 1]) < 0.1).all()
    counts = {name: sorted(found["kinds"][found["owners"] == name].tolist()) for name in peers.PUBLISHED}
    assert counts["dms_rank2_500"] == ["attractor"] * 4 + ["repeller"] + ["saddle"] * 4
    random, orthogonal, tangential = found["drifted"].mean(axis=(0, 2, 3))
    assert tangential < random <= orthogonal + 0.02
