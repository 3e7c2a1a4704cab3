"""The paper-size experiments, at small sizes: each goes through a sweep, goes on where it was, and says what it cost."""

import errno
import json
from functools import partial

import numpy as np
import pytest

from lpu_book import RESULTS
from lpu_core import checkpoints, networks, recordings, training
from lpu_core.files import read_npz
from lpu_core.recordings import Recording
from lpu_core.tasks import MICE, FlipFlop
from tools.results import __main__ as command
from tools.results import drift, experiment, inference, manifolds, readouts, reconfiguration, reconstruction, stability
from tools.results import theory as networks_of_theory


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Runs are kept and summaries written in a folder of the test, which it returns."""
    monkeypatch.setattr(experiment, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(experiment, "SUMMARIES", tmp_path / "results")
    (tmp_path / "results").mkdir()
    monkeypatch.setenv("LPU_PROGRESS", "0")
    for name in ("LPU_SCHEDULER", recordings.FOLDER_VARIABLE, checkpoints.FOLDER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(name):
    assert command.main([name, "--jobs", "1"]) == 0


def summary(folder, file):
    """A summary's arrays or values, and its provenance, which every one has."""
    path = folder / "results" / file
    found = read_npz(path, "path", "a result") if file.endswith(".npz") else json.loads(path.read_text())
    source = found.pop("provenance")
    source = source if isinstance(source, dict) else json.loads(str(source))
    assert source["cpu_seconds"] >= 0 and source["versions"]["numpy"] and source["date"] and source["settings"]
    assert source["command"].startswith("python -m tools.results ")
    return found, source


# ------------------------------------------------------------------ each part, small


@pytest.fixture
def small_networks(monkeypatch):
    """Both recipes for 2 bits, six neurons and a few epochs."""
    few = training.Descent(2, 0.01, n_trials=3, check_every=2, n_check_trials=5)
    for name in ("train_low_rank", "train_full_rank", "fine_tune"):
        monkeypatch.setattr(training, name, partial(getattr(training, name), descent=few))
    monkeypatch.setattr(training, "fit_low_rank", partial(training.fit_low_rank, n_trials=2))
    monkeypatch.setattr(networks_of_theory, "NETWORKS", {"n_neurons": 6, "n_test_trials": 5,
                        "recipe, bits, networks": (("direct", 2, 2), ("steps", 2, 2))})  # fmt: skip


def test_the_networks_of_both_recipes(elsewhere, small_networks):
    run("theory.networks")
    found, _ = summary(elsewhere, "training.json")
    names = {(row["recipe"], row["seed"]) for row in found["networks"]}
    assert names == {(recipe, seed) for recipe in ("direct", "teacher", "two_steps", "fine_tuned") for seed in (0, 1)}
    folder = elsewhere / "results" / "flip_flop_2bit"
    assert {p.stem for p in folder.iterdir()} == {f"{r}_0{s}" for r, s in names if (r, s) != ("teacher", 1)}
    direct = training.train_low_rank(FlipFlop(2), 6, [0, 1]).networks
    for seed, network in enumerate(direct):
        kept = networks.load(folder / f"direct_0{seed}.npz")
        np.testing.assert_array_equal(kept.encoding, network.encoding)
        source = networks.provenance(folder / f"direct_0{seed}.npz")
        assert source["accuracy"] == networks_of_theory.test_accuracy(network, FlipFlop(2), seed, 5)
        assert source["seed"] == seed and source["versions"]["torch"] and source["n_attractors"] >= 1
    assert isinstance(networks.load(folder / "teacher_00.npz"), networks.FullRankRNN)


@pytest.mark.slow
def test_the_long_training(elsewhere, monkeypatch):
    few = {"n_neurons": 10, "n_epochs": 3, "seeds": (0, 1), "n_test_trials": 5,
           "pulse probability, steps, trials": ((0.05, 20, 5), (0.2, 10, 5))}  # fmt: skip
    monkeypatch.setattr(networks_of_theory, "LONG", few)
    run("theory.long_training")
    found, _ = summary(elsewhere, "long_training.json")
    assert len(found["teachers"]) == 2 and [row["seed"] for row in found["students"]] == [0, 0, 1, 1]
    one = networks_of_theory.long_teacher(seed=1, n_neurons=10, n_epochs=3, n_test_trials=5)
    assert found["students"][2]["accuracy"] == one["accuracy"][0]
    assert found["students"][3]["gains"] == pytest.approx(one["gains"][1])


def test_the_rank_limit(elsewhere, monkeypatch):
    monkeypatch.setitem(networks_of_theory.LIMIT, "rank and trials", ((2, 2), (3, 2)))
    monkeypatch.setitem(networks_of_theory.LIMIT, "n_test_trials", 5)
    run("theory.rank_limit")
    found, _ = summary(elsewhere, "rank_limit.json")
    assert [(row["rank"], row["n_trials"]) for row in found["students"]] == [(2, 2), (3, 2)]
    assert all(0 <= value <= 1 for value in [found["teacher"], *(row["accuracy"] for row in found["students"])])


def test_the_learning_rates(elsewhere, monkeypatch):
    few = {
        "rates": (0.01, 1e6),
        "n_epochs": 12,
        "n_trials": 3,
        "n_steps": 10,
        "neurons, networks, rates": ((8, 2, 2), (9, 1, 1)),
    }
    monkeypatch.setattr(networks_of_theory, "RATES", networks_of_theory.RATES | few)
    run("theory.learning_rates")
    found, _ = summary(elsewhere, "learning_rates.json")
    assert [(row["n_neurons"], row["n_networks"], row["rates"]) for row in found["runs"]] == [
        (8, 2, [0.01, 1e6]),
        (9, 1, [0.01]),
    ]
    descent = training.Descent(12, learning_rate=1e-3, n_trials=3, check_every=12)
    curves = training.learning_curves(FlipFlop(3, n_steps=10), 8, (0.01, 1e6), range(2), descent)
    assert found["runs"][0]["largest_rate"] == training.largest_converging_rate((0.01, 1e6), curves)


@pytest.mark.slow
def test_the_simulated_mice(elsewhere, monkeypatch):
    monkeypatch.setattr(readouts, "MICE", MICE[:1])
    monkeypatch.setattr(readouts, "SIMULATED", {"dimensions": (1,), "n_splits": 1, "least": max(MICE[0])})
    run("readouts.simulated")
    found, source = summary(elsewhere, "go_nogo_decoding.json")
    (mouse,) = found["parts"]
    assert mouse["mouse"] == 1 and {row["neurons"] for row in mouse["rows"]} == {max(MICE[0])}
    assert source["cpu_seconds"] == pytest.approx(mouse["cpu_seconds"], abs=0.1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two recorded sessions, the second too short to be decoded."""
    (tmp_path / "recorded").mkdir()
    for name, trials in (("one", 120), ("two", 60)):
        rng = np.random.default_rng(trials)
        left = np.arange(trials) % 2.0
        np.savez(tmp_path / "recorded" / f"{name}.npz", spks=rng.poisson(1 + left[:, None], (40, trials, 40)),
                 brain_area=np.full(40, "V1"), contrast_left=left, contrast_right=1 - left,
                 feedback_type=np.ones(trials), bin_size=0.01)  # fmt: skip
    monkeypatch.setenv(recordings.FOLDER_VARIABLE, str(tmp_path / "recorded"))
    return tmp_path / "recorded"


def test_the_recorded_sessions(elsewhere, monkeypatch, folder):
    monkeypatch.setattr(readouts, "RECORDED", {"dimensions": (1,), "n_splits": 1, "least": 30, "advantage": 0.1})
    run("readouts.recordings")
    one, two = summary(elsewhere, "steinmetz_decoding.json")[0]["parts"]
    assert (one["file"], one["trials"], two["trials"], two["rows"]) == ("one.npz", 120, 60, [])
    assert one["sha256"] == experiment.held(folder / "one.npz")["sha256"]
    assert one["rows"][0]["accuracy"]["LDA"][0] > 0.9 > one["permuted"][0]["accuracy"]["LDA"][0]
    assert one["untuned"][0]["accuracy"]["untuned forest"][0] > 0.8
    assert one["twins"][0]["judged"][0] > 0.9 and two["twins"] == []


def test_the_dimensions_of_recorded_sessions(elsewhere, folder):
    run("manifolds.recordings")
    found, _ = summary(elsewhere, "manifolds_recordings.npz")
    np.testing.assert_array_equal(found["sizes"], [[120, 40], [60, 40]])
    assert found["dims"].shape == (2, 3, 4, 2) and found["names"].tolist() == ["one", "two"]


def test_the_spikes_of_recorded_sessions(elsewhere, monkeypatch, folder):
    """The side moves all rates: an LPU, which knows it, beats the average over trials, and also from another trial."""
    monkeypatch.setattr(inference, "RECORDED", inference.RECORDED | {"folds": 2, "ranks": (1,), "priors": (1.0,)})
    run("inference.recordings")
    found, source = summary(elsewhere, "inference_recordings.npz")
    assert found["bits"].shape == (2, 5, 1, 2) and set(source["sha256"]) == {"one.npz", "two.npz"}
    average, *_, lpu, other = found["bits"][0, :, 0].mean(-1)
    assert min(lpu, other) > average + 0.02


def test_the_shapes_of_recorded_sessions(elsewhere, monkeypatch, folder):
    """Two conditions a session are too few for a shape; six are not."""
    rng = np.random.default_rng(1)
    left = np.arange(120) % 4 / 4
    np.savez(folder / "three.npz", spks=rng.poisson(1 + 3 * left[:, None], (40, 120, 40)), brain_area=np.full(40, "V1"),
             contrast_left=left, contrast_right=(left + 0.25) % 1, feedback_type=np.ones(120), bin_size=0.01)  # fmt: skip
    monkeypatch.setitem(stability.RECORDED, "n_splits", 10)
    run("stability.recordings")
    found, source = summary(elsewhere, "stability_recordings.npz")
    assert found["sessions"].tolist() == ["three.npz"] and found["regions"].tolist() == ["V1"]
    row = dict(zip(found["measures"].tolist(), found["values"][0], strict=True))
    assert row["conditions"] == 4 and row["stability"] > 0.8 > abs(row["shuffled"])
    assert set(source["sha256"]) == {"one.npz", "two.npz", "three.npz"}


def test_the_signs_of_drifts(elsewhere, monkeypatch):
    few = {"n_networks": 3, "n_neurons": 90, "sigmas": (0.01, 1.0), "n_observed, n_trials": ((30, 2), (90, 4), (30, 4))}
    monkeypatch.setattr(stability, "SIGNS", stability.SIGNS | few)
    run("stability.signs")
    found, _ = summary(elsewhere, "stability_signs.npz")
    assert found["auc"].shape == (2, 2, 3, 6, 2) and len(found["statistics"]) == 6
    values = stability.signs_of(first=0, last=3, sigma=1.0, same_states=True)["values"]
    assert values.shape == (3, 2, 3, 6)
    above = np.mean(values[:, None, 0, 1, 0] > values[None, :, 1, 1, 0])  # centroid drift, by hand
    assert found["auc"][1, 1, 1, 0, 0] == pytest.approx(above)


def test_a_worker_with_another_file_says_so(folder):
    one, two = (experiment.held(folder / f"{name}.npz") for name in ("one", "two"))
    assert experiment.verified(**one) == folder / "one.npz"
    with pytest.raises(ValueError, match=r"file: expected .*two\.npz of checksum"):
        experiment.verified(two["file"], one["sha256"])
    book_s = experiment.held("flip_flop_2bit/teacher_00.npz")
    assert experiment.verified(**book_s) == RESULTS / book_s["file"]


def test_the_sorting_networks(elsewhere, monkeypatch):
    few = {"n_neurons": (4, 5), "ranks": (1, 2), "lengths": (2,), "seeds": {4: 2, 5: 1}, "n_steps": 2, "n_test_points": 40}
    monkeypatch.setattr(manifolds, "SORTING", manifolds.SORTING | few)
    run("manifolds.sorting")
    values = summary(elsewhere, "manifolds_sorting.npz")[0]["values"]
    assert values.shape == (2, 2, 1, 2, 2, 4)
    one = manifolds.sorting_networks(n_neurons=5, rank=2, length=2, n_seeds=1, n_steps=2)["values"]
    np.testing.assert_array_equal(values[1, 1, 0, 0], one[0].astype(np.float32))
    assert np.isnan(values[1, :, :, 1]).all() and np.isfinite(values[0]).all()


def test_the_embedded_spheres(elsewhere, monkeypatch):
    few = {"n_neurons": (2, 3, 4, 5, 6, 7, 8), "n_dims": (2, 3), "embeddings": (("tanh", 3.0), ("sign", 1.0)), "seeds": 2,
           "n_points": 20, "at 10000": (("sign", 1.0, 3),), "n_points at 10000": 30}  # fmt: skip
    monkeypatch.setattr(manifolds, "EMBEDDING", manifolds.EMBEDDING | few)
    run("manifolds.embedding")
    dims = summary(elsewhere, "manifolds_embedding.npz")[0]["dims"]
    assert np.isfinite(dims[..., :5]).all()
    assert np.argwhere(np.isfinite(dims[..., 6])).tolist() == [[1, 1, 0]]
    assert dims[1, 1, 1, 4] == manifolds.sphere_dimensions("sign", 1.0, 3, 1, [2, 3, 4, 5, 6], 20)["dims"][-1]


@pytest.mark.slow
def test_the_random_networks(elsewhere, monkeypatch):
    few = {"n_neurons": 100, "rank": 20, "seeds": 2, "n_steps": 20, "factors": (0.5, 3.0),
           "scaling": {"n_neurons": (20, 30), "ranks": (10, None), "factors": (3.0,), "seeds": 2, "n_trials": 2,
                       "n_steps": 20, "n_transient": 2}}  # fmt: skip
    monkeypatch.setattr(manifolds, "RANDOM", few)
    run("manifolds.random")
    found, _ = summary(elsewhere, "manifolds_random.npz")
    assert found["exponents"].shape == (2, 2, 2) and found["dims"].shape == (2, 2, 1, 2, 2)
    one = manifolds.random_networks(seed=1, rank=20, n_neurons=100, n_steps=20)
    assert found["predicted"][1, 1] == one["predicted"] and (found["exponents"][1, 1] == one["exponents"]).all()


@pytest.fixture
def small_drift(monkeypatch):
    monkeypatch.setattr(drift, "SIGMAS", np.array([0.01, 30.0]))
    monkeypatch.setattr(drift, "SIZES", {100: (2, 2), 0: (1, 1)})
    monkeypatch.setattr(drift, "RECIPES", ("direct",))
    monkeypatch.setattr(drift, "SETTINGS", drift.SETTINGS | {"n_before": 200, "n_after": 400})


def test_drift(elsewhere, small_drift):
    run("drift")
    found, source = summary(elsewhere, "drift.npz")
    assert found["direct_100"].shape == (4, 3, 2, 2) and found["direct_0"].shape == (1, 2)
    assert found["direct_0"][0, 0] > 0.99 > found["direct_0"][0, 1]
    file = experiment.held("flip_flop_3bit/direct_01.npz")
    one = drift.accuracies(**file, seed=[1, 0], n_neurons=100, **drift.SETTINGS)
    np.testing.assert_array_equal(found["direct_100"][2], one["accuracies"].astype(np.float32))
    assert sum(source["cpu_seconds_by_size"].values()) == pytest.approx(source["cpu_seconds"], abs=0.2)


@pytest.mark.slow
def test_an_interrupted_experiment_goes_on_where_it_was(elsewhere, small_drift, monkeypatch):
    calls, real = [], drift.drift.drift_accuracies

    def interrupted(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(drift.drift, "drift_accuracies", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("drift")
    assert len(list((elsewhere / "kept" / "drift.tolerance").iterdir())) == 2
    run("drift")
    assert len(calls) == 5  # four runs, one of them begun twice
    once, _ = summary(elsewhere, "drift.npz")
    monkeypatch.setattr(experiment, "KEPT", elsewhere / "another")
    run("drift")
    assert all(np.array_equal(once[name], values) for name, values in summary(elsewhere, "drift.npz")[0].items())


def test_reconstruction(elsewhere, monkeypatch):
    monkeypatch.setitem(reconstruction.CIRCUIT, "n_neurons", 2000)
    few = {"n_observed": (100, 1000), "batches": 3, "n_parts": 4}
    monkeypatch.setattr(reconstruction, "SHARES", few)
    monkeypatch.setattr(reconstruction, "ERRORS", few | {"n_circuits": 5, "bundle": 100})
    run("reconstruction")
    survival, _ = summary(elsewhere, "reconstruction_survival.npz")
    errors, _ = summary(elsewhere, "reconstruction_errors.npz")
    assert survival["n_parts"] == 12 and ((survival["share"] >= 0) & (survival["share"] <= 1)).all()
    assert errors["error"][1] < errors["error"][0] and (errors["standard_error"] > 0).all()


@pytest.mark.slow
def test_reconfiguration(elsewhere, monkeypatch):
    monkeypatch.setitem(reconfiguration.LAW, "neurons, networks", ((20, 4), (30, 2)))
    monkeypatch.setitem(reconfiguration.LAW, "batches", 2)
    monkeypatch.setitem(reconfiguration.KINDS, "levels", 5)
    monkeypatch.setitem(reconfiguration.KINDS, "networks", 2)
    monkeypatch.setattr(reconfiguration, "SIZES", [{"n_neurons": 6, "n_units": 6, "stds": (1.0, 1.0)}])
    monkeypatch.setattr(reconfiguration, "POPULATIONS", [{"n_neurons": 6, "n_units": 2, "stds": (1.0, 1.0)}])
    both = [{"n_neurons": 6, "n_units": 6, "n_modulators": b, "stds": (1.0, 1.0)} for b in (1, 4)]
    monkeypatch.setattr(reconfiguration, "BANDWIDTHS", both)  # the second is a size, too
    monkeypatch.setattr(reconfiguration, "TRAINED", reconfiguration.TRAINED | {"n_neurons": 6, "ranks": (2,), "networks": 2,
                        "n_epochs": 2, "n_test_trials": 5})  # fmt: skip
    monkeypatch.setattr(reconfiguration, "LATENTS", reconfiguration.LATENTS | {"neurons": (6,), "levels": 5, "networks": 2})
    run("reconfiguration")
    by_latents, _ = summary(elsewhere, "reconfiguration_latents.json")
    assert [len(row["loop"]) for row in by_latents["rows"]] == [1, 1, 2, 2, 3, 3]
    for row in by_latents["rows"]:
        assert sum(row["kinds"].values()) == 5
        assert all(len(kind.split()) == len(row["loop"]) + 1 for kind in row["kinds"] if kind != "unresolved")
    rules, _ = summary(elsewhere, "reconfiguration_trained.json")
    assert [(row["rank"], row["seed"]) for row in rules["networks"]] == [(2, 0), (2, 1)]
    assert all(0 <= row[name] <= 1 for row in rules["networks"] for name in ("told", "blocked"))
    law, _ = summary(elsewhere, "reconfiguration_law.npz")
    assert law["gains 20 bistable"].shape == law["gains 20 lengths"].shape == (4, 5)
    assert law["biases 30 bistable"].dtype == bool and set(np.unique(law["biases 30 lengths"]) < 1.5) == {True}
    kinds, source = summary(elsewhere, "reconfiguration_kinds.json")
    assert len(kinds["rows"]) == 8 and len(source["cpu_seconds_by_run"]) == 6
    assert all(sum(row["kinds"].values()) == 5 for row in kinds["rows"])
    same = [row["kinds"] for row in kinds["rows"] if row["n_units"] == 6 and row["n_modulators"] == 4]
    assert same[:2] == same[2:]


def test_permuted_labels_are_the_same_labels_elsewhere():
    labels = np.arange(40) < 15
    recording = Recording(np.zeros((1, 40, 2)), np.full(2, "a"), labels, 0.1)
    dealt = readouts.permuted(recording, 1).labels
    assert dealt.sum() == 15 and (dealt != labels).any()


# ------------------------------------------------------------------ the command


def test_an_unknown_part_is_named(capsys):
    with pytest.raises(SystemExit):
        command.main(["drift", "theory.nothing"])
    assert "got theory.nothing" in capsys.readouterr().err


def test_a_chapter_is_all_its_parts_and_recordings_need_a_folder(monkeypatch, capsys, tmp_path):
    assert command.chosen(["theory"]) == [
        "theory.networks",
        "theory.rank_limit",
        "theory.learning_rates",
        "theory.long_training",
    ]
    on_recordings = [part for part in command.PARTS if part.endswith(".recordings")]
    others = [part for part in command.PARTS if part not in [*on_recordings, "gallery.peers"]]
    assert command.chosen([]) == others and command.chosen(["gallery"]) == ["gallery.table", "gallery.more"]
    np.savez(tmp_path / "one.npz", a=1)
    for part, module in (("readouts.recordings", recordings), ("gallery.peers", checkpoints)):
        with pytest.raises(SystemExit):
            command.main([part])
        assert f"{module.FOLDER_VARIABLE}: expected" in capsys.readouterr().err
        monkeypatch.setenv(module.FOLDER_VARIABLE, str(tmp_path))
        assert command.chosen([part]) == [part]
    assert command.chosen([]) == list(command.PARTS)


def test_the_scheduler_and_the_jobs_reach_the_sweep(small_drift, monkeypatch):
    asked = []

    class Enough(Exception):
        pass

    def sweep(function, runs, seed, *, scheduler, n_jobs, **_):
        asked.append((scheduler, n_jobs))
        raise Enough

    monkeypatch.setattr(experiment, "sweep", sweep)
    for arguments in (["--scheduler", "tcp://a.host:1"], ["--jobs", "3"], []):
        with pytest.raises(Enough):
            command.main(["drift", *arguments])
    assert asked == [("tcp://a.host:1", -1), (None, 3), (None, -1)]


def test_a_run_that_fails_is_named(small_drift, monkeypatch, capsys):
    def failing(*args, **kwargs):
        raise RuntimeError("no drift today")

    monkeypatch.setattr(drift.drift, "drift_accuracies", failing)
    with pytest.raises(SystemExit):
        run("drift")
    said = capsys.readouterr().err
    assert "drift.tolerance: 4 of 5 runs failed" in said and '"seed": [1, 0]' in said and "no drift today" in said


def test_a_full_disk_is_one_sentence(monkeypatch):
    def full(part):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(command.PARTS, "drift.tolerance", full)
    with pytest.raises(SystemExit, match=r"^drift\.tolerance: the disk is full. Make room and run it again.$"):
        command.main(["drift.tolerance"])
