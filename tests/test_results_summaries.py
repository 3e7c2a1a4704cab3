"""The committed summaries of the paper-size experiments: where they come from, and that they fit the code."""

import json

import numpy as np
import pytest
from test_results import summary

from lpu_book import RESULTS
from lpu_core.files import read_npz
from lpu_core.tasks import MICE, REGIONS, TRIALS
from tools.results import __main__ as command
from tools.results import drift, gallery, inference, manifolds, peers, readouts, reconfiguration, reconstruction, stability
from tools.results import theory as networks_of_theory

SUMMARIES = {"training.json": networks_of_theory.NETWORKS, "rank_limit.json": networks_of_theory.LIMIT,
             "learning_rates.json": networks_of_theory.RATES, "long_training.json": networks_of_theory.LONG,
             "go_nogo_decoding.json": readouts.SIMULATED, "steinmetz_decoding.json": readouts.RECORDED,
             "manifolds_embedding.npz": manifolds.EMBEDDING,
             "manifolds_random.npz": manifolds.RANDOM, "manifolds_sorting.npz": manifolds.SORTING,
             "manifolds_recordings.npz": manifolds.RECORDINGS, "drift.npz": drift.SETTINGS,
             "reconstruction_survival.npz": reconstruction.CIRCUIT | reconstruction.SHARES,
             "reconstruction_errors.npz": reconstruction.CIRCUIT | reconstruction.ERRORS,
             "inference_recordings.npz": inference.RECORDED, "gallery_peers.npz": peers.SETTINGS,
             "gallery_table.npz": gallery.TABLE | gallery.HOW, "gallery_more.npz": gallery.MORE | gallery.HOW,
             "stability_signs.npz": stability.SIGNS, "stability_recordings.npz": stability.RECORDED,
             "reconfiguration_law.npz": reconfiguration.LAW, "reconfiguration_kinds.json": reconfiguration.KINDS,
             "reconfiguration_latents.json": reconfiguration.LATENTS,
             "reconfiguration_trained.json": reconfiguration.TRAINED}  # fmt: skip


def test_every_summary_is_known():
    files = {path.name for path in RESULTS.iterdir() if path.suffix in (".json", ".npz")}
    assert files == SUMMARIES.keys() | {"run_times.json"}


@pytest.mark.parametrize("file", SUMMARIES)
def test_a_committed_summary_says_where_it_comes_from(file):
    """The command, the date, the cost, the versions; and its settings are those of the code."""
    _, source = summary(RESULTS.parent, file)
    assert source["command"].removeprefix("python -m tools.results ") in command.PARTS and source["cpu_seconds"] > 0
    assert source["settings"].items() >= json.loads(json.dumps(SUMMARIES[file])).items()


def test_the_committed_growth_is_what_the_code_computes():
    """One draw again; a count may be off by one where another BLAS rounds otherwise."""
    stored = read_npz(RESULTS / "manifolds_embedding.npz", "path", "a result")["dims"]
    sizes = manifolds.EMBEDDING["n_neurons"][:5]
    again = manifolds.sphere_dimensions("tanh", 3.0, 5, 1, sizes, manifolds.EMBEDDING["n_points"])["dims"]
    assert np.abs(again - stored[3, 2, 1, :5]).max() <= 1


@pytest.mark.parametrize("name", ["go_nogo_decoding", "steinmetz_decoding"])
def test_accuracies_are_shares(name):
    stored = json.loads((RESULTS / f"{name}.json").read_text())
    for part in stored["parts"]:
        for row in part["rows"]:
            values = np.array(list(row["accuracy"].values()))
            assert values.shape[0] == 4 and ((values >= 0) & (values <= 1)).all()
            assert row["neurons"] >= stored["provenance"]["settings"]["least"]


def test_the_mice_of_the_summary_are_the_paper_s():
    stored = json.loads((RESULTS / "go_nogo_decoding.json").read_text())
    for part, mouse, trials in zip(stored["parts"], MICE, TRIALS, strict=True):
        counts = dict(zip(REGIONS, mouse, strict=True))
        assert {row["region"]: row["neurons"] for row in part["rows"]} == {r: n for r, n in counts.items() if n >= 100}
        assert {row["trials"] for row in part["rows"]} == {trials}


def test_the_recordings_of_the_summary_are_named_by_their_checksums():
    stored = json.loads((RESULTS / "steinmetz_decoding.json").read_text())
    assert len({part["sha256"] for part in stored["parts"]}) == len(stored["parts"])
    assert all(bool(part["rows"]) == (part["trials"] >= readouts.LEAST_TRIALS) for part in stored["parts"])
