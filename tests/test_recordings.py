"""Recordings: what is read against what was written, each kind of broken file, spikes binned by a slow loop."""

import os

import numpy as np
import pytest

from lpu_core import readouts, recordings
from lpu_core.recordings import Recording

RNG = np.random.default_rng(0)
STEINMETZ = {
    "spks": RNG.integers(0, 5, (6, 9, 40)).astype(np.uint8),
    "brain_area": np.array(["VISp", "root", "CA1", "VISp", "CA1", "root"]),
    "contrast_left": np.array([0, 0.5, 1, 0.25, 0, 0.5, 1, 0, 0.25]),
    "contrast_right": np.array([0.5, 0.5, 0, 1, 0, 0.25, 0.5, 1, 0.25]),
    "feedback_type": np.array([1, -1, 1, 1, -1, 1, 1, 1, -1], np.int8),
    "bin_size": np.array(0.01),
}
GO_NOGO = {
    "traces": RNG.standard_normal((4, 10, 12)).astype(np.float32) * np.float32([1, 5, 20, 0])[:, None, None],
    "region": np.array(["V1", "V1", "RSC", "M"]),
    "trial_type": np.arange(10) % 2,
    "session": np.repeat([3, 7], 5),
    "bin_size": np.array(0.1),
}


@pytest.fixture
def write(tmp_path):
    def write(parts, **changes):
        path = tmp_path / "session.npz"
        np.savez(path, **{name: value for name, value in (parts | changes).items() if value is not None})
        return path

    return write


def test_a_steinmetz_session_is_what_its_file_holds(write):
    """Trials of equal contrast and neurons of no region are left out; the label is left > right."""
    read = recordings.load_steinmetz(write(STEINMETZ))
    trials, neurons = [0, 2, 3, 5, 6, 7], [0, 2, 3, 4]
    assert read.activity.shape == (40, 6, 4)
    for i, b in enumerate(trials):
        for j, n in enumerate(neurons):
            np.testing.assert_array_equal(read.activity[:, i, j], STEINMETZ["spks"][n, b])
    assert list(read.labels) == [False, True, False, True, True, False]
    pairs = np.stack([STEINMETZ["contrast_left"], STEINMETZ["contrast_right"]], axis=1)[trials]
    same = (pairs[:, None] == pairs).all(-1)
    np.testing.assert_array_equal(read.conditions[:, None] == read.conditions, same)
    assert list(read.regions) == ["VISp", "CA1", "VISp", "CA1"]
    assert read.bin_size == 0.01


def test_a_go_nogo_mouse_has_unit_power_in_every_session(write):
    read = recordings.load_go_nogo(write(GO_NOGO))
    assert read.activity.shape == (12, 10, 4)
    for part in (slice(5), slice(5, 10)):
        np.testing.assert_allclose(np.square(read.activity[:, part]).mean(axis=(0, 1)), [1, 1, 1, 0], rtol=1e-5)
    assert (read.labels == (np.arange(10) % 2 == 1)).all()
    ratio = read.activity[:, :5, 1] / GO_NOGO["traces"][1, :5].T
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-5)


def test_a_window_is_the_mean_of_its_bins_in_a_region():
    activity = RNG.standard_normal((10, 4, 3))
    recording = Recording(activity, np.array(["a", "b", "a"]), np.array([True, False] * 2), 0.1)
    np.testing.assert_allclose(recording.window(0.2, 0.7, "a"), activity[2:7][:, :, [0, 2]].mean(0))
    np.testing.assert_allclose(recording.window(0.0, 1.0), activity.mean(0))
    assert recording.large_regions(1) == ["a", "b"] and recording.large_regions(2) == ["a"]
    for window in ((0.25, 0.7), (0.2, 1.1), (0.5, 0.5), (-0.1, 0.3)):
        with pytest.raises(ValueError, match="window: expected"):
            recording.window(*window)
    with pytest.raises(ValueError, match="region: expected"):
        recording.window(0.0, 1.0, "c")


NAN = np.where(np.arange(12) == 3, np.nan, GO_NOGO["traces"])


@pytest.mark.parametrize(("load", "parts", "changes", "name"), [
    (recordings.load_steinmetz, STEINMETZ, {"spks": None}, "path"),
    (recordings.load_steinmetz, STEINMETZ, {"spks": STEINMETZ["spks"][0]}, "spks"),
    (recordings.load_steinmetz, STEINMETZ, {"spks": STEINMETZ["spks"] * 0.5}, "spks"),
    (recordings.load_steinmetz, STEINMETZ, {"spks": STEINMETZ["spks"].astype(int) - 1}, "spks"),
    (recordings.load_steinmetz, STEINMETZ, {"brain_area": STEINMETZ["brain_area"][:5]}, "brain_area"),
    (recordings.load_steinmetz, STEINMETZ, {"brain_area": np.full(6, "root")}, "brain_area"),
    (recordings.load_steinmetz, STEINMETZ, {"contrast_left": STEINMETZ["contrast_left"] * 100}, "contrast_left"),
    (recordings.load_steinmetz, STEINMETZ, {"contrast_left": STEINMETZ["contrast_right"]}, "contrast_left"),
    (recordings.load_steinmetz, STEINMETZ, {"contrast_right": np.full(9, np.nan)}, "contrast_right"),
    (recordings.load_steinmetz, STEINMETZ, {"contrast_right": np.zeros(8)}, "contrast_right"),
    (recordings.load_steinmetz, STEINMETZ, {"feedback_type": np.zeros(9)}, "feedback_type"),
    (recordings.load_steinmetz, STEINMETZ, {"bin_size": np.array(0.0)}, "bin_size"),
    (recordings.load_steinmetz, STEINMETZ, {"bin_size": np.array([0.01, 0.01])}, "bin_size"),
    (recordings.load_go_nogo, GO_NOGO, {"session": None}, "path"),
    (recordings.load_go_nogo, GO_NOGO, {"traces": NAN}, "traces"),
    (recordings.load_go_nogo, GO_NOGO, {"traces": GO_NOGO["traces"][..., 0]}, "traces"),
    (recordings.load_go_nogo, GO_NOGO, {"region": np.arange(4)}, "region"),
    (recordings.load_go_nogo, GO_NOGO, {"trial_type": np.arange(10)}, "trial_type"),
    (recordings.load_go_nogo, GO_NOGO, {"session": np.linspace(0, 1, 10)}, "session"),
])  # fmt: skip
def test_a_bad_part_is_named_with_its_file(load, parts, changes, name, write):
    with pytest.raises(ValueError, match=f"^{name}.*: expected") as error:
        load(write(parts, **changes))
    assert "session.npz" in str(error.value)


@pytest.mark.parametrize(("load", "parts", "changes", "said"), [
    (recordings.load_steinmetz, STEINMETZ, {"contrast_left": STEINMETZ["contrast_left"] * 100},
     r"contrast_left in .*session.npz: expected numbers from 0 to 1, got 50.0 at \[1\]"),
    (recordings.load_steinmetz, STEINMETZ, {"spks": STEINMETZ["spks"].astype(int) - 9},
     r"spks in .*session.npz: expected numbers of at least 0, got -\d at \[0, 0, 0\]"),
    (recordings.load_steinmetz, STEINMETZ, {"feedback_type": np.full(9, 2)},
     r"feedback_type in .*session.npz: expected \(9,\) of 1 and -1, got \[2\]"),
    (recordings.load_steinmetz, STEINMETZ, {"bin_size": np.array(np.inf)},
     r"bin_size in .*session.npz: expected a number above 0, got inf"),
    (recordings.load_go_nogo, GO_NOGO, {"trial_type": np.arange(10)},
     r"trial_type in .*session.npz: expected \(10,\) of 0 and 1, got \[2\]"),
    (recordings.load_go_nogo, GO_NOGO, {"traces": NAN}, r"traces in .*session.npz: expected finite numbers, got nan at"),
])  # fmt: skip
def test_the_value_out_of_range_is_told(load, parts, changes, said, write):
    with pytest.raises(ValueError, match=said):
        load(write(parts, **changes))


@pytest.mark.parametrize("load", [recordings.load_steinmetz, recordings.load_go_nogo])
def test_a_broken_file_is_refused(load, write, tmp_path):
    path = write(STEINMETZ)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match="path: expected a recording"):
        load(path)
    np.savez(path, spks=np.array([{}], dtype=object))  # a pickle
    with pytest.raises(ValueError, match="path: expected a recording"):
        load(path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz")


def test_the_folder_comes_from_the_argument_or_the_variable(write, tmp_path, monkeypatch):
    path = write(STEINMETZ)
    monkeypatch.delenv(recordings.FOLDER_VARIABLE, raising=False)
    assert recordings.sessions() == []
    assert recordings.sessions(tmp_path) == [path]
    monkeypatch.setenv(recordings.FOLDER_VARIABLE, str(tmp_path))
    assert recordings.sessions() == [path]
    for folder in (tmp_path / "none", path):
        with pytest.raises(ValueError, match=r"LPU_RECORDINGS.*expected a folder"):
            recordings.sessions(folder)


def test_spikes_fall_into_the_bins_of_a_slow_loop():
    """Overlapping trials, spikes before and after, and spikes on the edges, which open their bin."""
    rng = np.random.default_rng(1)
    onsets = np.array([0.5, 0.6, 3.0, 7.123])
    times = np.sort(np.concatenate([rng.uniform(0, 8, 3000), 3.0 + 0.01 * np.arange(40)]))
    clusters = rng.integers(0, 5, len(times))
    counts = recordings.bin_spikes(times, clusters, onsets, 5)
    slow = np.zeros((5, 4, 40), int)
    for t, c in zip(times, clusters, strict=True):
        for b, onset in enumerate(onsets):
            for k in range(40):
                slow[c, b, k] += onset + k * 0.01 - 1e-11 <= t < onset + (k + 1) * 0.01 - 1e-11
    np.testing.assert_array_equal(counts, slow)
    assert (counts[:, 2].sum(axis=0) >= 1).all()


@pytest.mark.parametrize(("changes", "name"), [
    ({"times": [2.0, 1.0]}, "times"), ({"clusters": [0, 5]}, "clusters"), ({"clusters": [0]}, "clusters"),
    ({"clusters": [0.5, 1.0]}, "clusters"), ({"onsets": [np.nan]}, "onsets"), ({"bin_size": 0.0}, "bin_size"),
    ({"n_bins": 0}, "n_bins"),
])  # fmt: skip
def test_spikes_that_make_no_sense_are_refused(changes, name, unchecked_shapes):
    usual = {"times": [1.0, 2.0], "clusters": [0, 1], "onsets": [1.0], "n_clusters": 5}
    with pytest.raises(ValueError, match=f"{name}: expected"):
        recordings.bin_spikes(**usual | changes)


@pytest.mark.parametrize(("changes", "name"), [
    ({"activity": np.zeros((2, 3))}, "activity"), ({"activity": np.zeros((2, 3, 4), complex)}, "activity"),
    ({"bin_size": np.inf}, "bin_size"), ({"labels": np.ones(3)}, "labels"), ({"regions": np.arange(4)}, "regions"),
    ({"conditions": np.ones(3)}, "conditions"), ({"conditions": np.ones(4, int)}, "conditions"),
    ({"activity": np.full((2, 3, 4), np.inf)}, "activity"),
    ({"regions": np.array(["a"])}, "regions"), ({"labels": np.ones(4, bool)}, "labels"), ({"bin_size": -1.0}, "bin_size"),
])  # fmt: skip
def test_a_recording_that_does_not_fit_is_refused(changes, name, unchecked_shapes):
    usual = {"activity": np.zeros((2, 3, 4)), "regions": np.full(4, "a"), "labels": np.ones(3, bool), "bin_size": 0.1}
    with pytest.raises(ValueError, match=f"{name}: expected"):
        Recording(**usual | changes)


def test_a_recording_owns_its_arrays():
    """Writing to what was passed in, or to a part of the recording, changes nothing or is refused."""
    given = {
        "activity": np.zeros((2, 3, 4)),
        "regions": np.full(4, "a"),
        "labels": np.ones(3, bool),
        "conditions": np.ones(3, int),
    }
    recording = Recording(**given, bin_size=0.1)
    before = {name: getattr(recording, name).copy() for name in given}
    for name, value in given.items():
        value[:] = value.dtype.type(7) if name != "labels" else False
        np.testing.assert_array_equal(getattr(recording, name), before[name])
        with pytest.raises(ValueError, match="read-only"):
            getattr(recording, name)[0] = value[0]


@pytest.mark.skipif(
    not os.environ.get(recordings.FOLDER_VARIABLE), reason="LPU_RECORDINGS names no folder of real recordings"
)
def test_real_sessions_are_read_and_decoded():
    for path in recordings.sessions():
        recording = recordings.load_steinmetz(path)
        assert len(recording.activity) == 40 and recording.bin_size == 0.01
        assert recordings.UNASSIGNED not in recording.regions
    region = recording.large_regions(30)[0]
    found = readouts.decode(recording.window(0.0, 0.4, region), recording.labels, (1, 3), 2, 0, ("LDA",))
    assert 0 <= found.accuracies.min() <= found.accuracies.max() <= 1
