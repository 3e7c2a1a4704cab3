"""A reader's own recordings: spikes and traces around events, against slow loops; and what is wrong with a table."""

from types import SimpleNamespace

import numpy as np
import pytest

from lpu_core.recordings import Recording

SPIKES = {
    "trains": [[1.0, 1.05, 2.0], [1.15]],
    "onsets": [1.0, 2.0],
    "labels": ["a", "b"],
    "window": (-0.1, 0.2),
    "bin_size": 0.1,
}
FRAMES = np.arange(0.0, 10.0, 0.1)
TRACES = {
    "traces": np.stack([FRAMES, FRAMES**2]),
    "frame_times": FRAMES,
    "onsets": [1.0, 5.0],
    "labels": [True, False],
    "window": (-0.4, 0.4),
    "bin_size": 0.2,
}


@pytest.mark.parametrize("late", [0.0, 1e3, 1e5, 1e7])
@pytest.mark.parametrize("bin_size", [0.01, 1 / 30, 0.1])
def test_a_spike_on_an_edge_opens_its_bin_however_late_it_is(late, bin_size):
    """Times as a clock of 30 kHz writes them down, as late as three months into a recording."""
    samples = round(30_000 * bin_size)
    first = round(late * 30_000) + 12_345
    edges = (first + samples * np.arange(-20, 21)) / 30_000  # each rounded once, from whole samples
    found = Recording.from_spike_trains([edges], [first / 30_000], [True], (-20 * bin_size, 20 * bin_size), bin_size)
    np.testing.assert_array_equal(found.activity[:, 0, 0], 1)  # the last one opens the bin after the window
    just_before = edges - 2 / 30_000
    found = Recording.from_spike_trains([just_before], [first / 30_000], [True], (-20 * bin_size, 20 * bin_size), bin_size)
    np.testing.assert_array_equal(found.activity[:, 0, 0], 1)
    assert found.start == -20 * bin_size


def test_bins_that_add_up_would_drift_where_ours_do_not():
    """The twin: edges as a running sum are off by more than the last place after a hundred thousand bins."""
    n, bin_size = 100_000, 0.01
    running = np.cumsum(np.full(n, bin_size))
    assert np.abs(running - bin_size * np.arange(1, n + 1)).max() > 1e-10
    spikes = bin_size * np.arange(n) + 1e5
    found = Recording.from_spike_trains([spikes], [1e5], [True], (0.0, n * bin_size), bin_size)
    np.testing.assert_array_equal(found.activity[:, 0, 0], 1)


def test_counts_are_those_of_a_slow_loop():
    rng = np.random.default_rng(0)
    trains = [rng.uniform(0, 50, 400), np.zeros(0), rng.uniform(20, 30, 50)]  # in no order; one never fires
    onsets, labels = rng.uniform(2, 45, 30), rng.integers(0, 3, 30)
    found = Recording.from_spike_trains(trains, onsets, labels, (-0.5, 1.0), 0.25, regions=["a ", "b", "a"])
    assert found.activity.shape == (6, 30, 3)
    for k in range(6):
        for b, onset in enumerate(onsets):
            low = onset - 0.5 + 0.25 * k
            for n, train in enumerate(trains):
                assert found.activity[k, b, n] == np.count_nonzero((low <= train) & (train < low + 0.25))
    assert found.notes == ("1 of 3 neurons never fire in these trials.",)
    assert found.large_regions(1) == ["a", "b"] and list(np.unique(found.labels)) == [0, 1, 2]


def test_means_are_those_of_a_slow_loop_with_uneven_frames():
    rng = np.random.default_rng(1)
    frames = np.cumsum(rng.uniform(0.02, 0.06, 1000))
    traces, onsets = rng.standard_normal((3, 1000)), rng.uniform(2, 25, 12)
    found = Recording.from_traces(traces, frames, onsets, np.arange(12) % 2, (-0.5, 0.7), 0.1)
    for k in range(12):
        for b, onset in enumerate(onsets):
            low = onset - 0.5 + 0.1 * k
            inside = (low <= frames) & (frames < low + 0.1)
            np.testing.assert_allclose(found.activity[k, b], traces[:, inside].mean(axis=1), rtol=1e-12)


def test_a_window_before_the_event_is_found_by_its_time():
    found = Recording.from_spike_trains(**SPIKES)
    np.testing.assert_array_equal(found.window(-0.1, 0.0), [[0, 0], [0, 0]])
    np.testing.assert_array_equal(found.window(0.0, 0.2), [[1, 0.5], [0.5, 0]])
    assert found.stop == pytest.approx(0.2)
    with pytest.raises(ValueError, match=r"window: expected whole bins of 0.1 s between -0.1 and 0.2 s, got \(-0.2, 0.0\)"):
        found.window(-0.2, 0.0)
    assert repr(found) == "Recording(3 bins of 0.1 s from -0.1 s, 2 trials of 2 classes, 2 neurons in 1 regions)"


@pytest.mark.parametrize(("onsets", "labels", "kept", "said"), [
    ([1.0, np.nan, 2.0], ["a", "b", "b"], ["a", "b"], "1 of 3 trials was left out: no time of the event."),
    ([1.0, 1.5, 2.0], ["a", None, "b"], ["a", "b"], "1 of 3 trials was left out: no label."),
    ([1.0, 1.5, 2.0], ["a", "  ", "b"], ["a", "b"], "1 of 3 trials was left out: no label."),
    ([1.0, 1.5, 2.0], [3.0, np.nan, 7.0], [3, 7], "1 of 3 trials was left out: no label."),
    ([1.0, 50.0, -9.0, 2.0], ["a", "b", "b", "b"], ["a", "b"], "2 of 4 trials were left out: outside of the recording."),
])  # fmt: skip
def test_a_trial_that_cannot_be_used_is_left_out_and_counted(onsets, labels, kept, said):
    found = Recording.from_spike_trains(**SPIKES | {"onsets": onsets, "labels": np.array(labels, dtype=object)})
    assert found.notes == (said,) and found.labels.tolist() == kept and found.activity.shape[1] == len(kept)


def test_a_span_keeps_trials_that_lie_within_one_part_of_it():
    """The silence between two parts would pass for the neurons' own."""
    trains, onsets = [np.arange(0, 10, 0.01)], np.array([0.05, 1.0, 3.0, 5.0, 9.9])
    spikes = {"trains": trains, "onsets": onsets, "labels": np.arange(5), "window": (-0.1, 0.2), "bin_size": 0.1}
    assert Recording.from_spike_trains(**spikes).labels.tolist() == [0, 1, 2, 3, 4]
    for span in ([[0, 3.1], [4, 10]], SimpleNamespace(start=np.array([0, 4.0]), end=np.array([3.1, 10.0]))):
        assert Recording.from_spike_trains(**spikes, span=span).labels.tolist() == [1, 3]


@pytest.mark.parametrize(("labels", "kept"), [
    (["go  ", "no", " go", "no"], ["go", "no", "go", "no"]),
    (np.array([b"go", b"no ", b"go", b"no"]), ["go", "no", "go", "no"]),
    (np.array(["go", "no", "rest", "no"], dtype=object), ["go", "no", "rest", "no"]),
    (np.array([True, False, True, False], dtype=object), [True, False, True, False]),
    ([2.0, 5.0, 2.0, 9.0], [2, 5, 2, 9]), ([0.25, 0.5, 0.5, 0.25], None),
])  # fmt: skip
def test_labels_are_truth_whole_numbers_or_text(labels, kept):
    values = SPIKES | {"onsets": [1.0, 1.1, 1.2, 1.3], "labels": labels}
    if kept is None:
        with pytest.raises(
            ValueError, match=r"labels: expected \(4,\) of true and false, whole numbers or text, got float64"
        ):
            Recording.from_spike_trains(**values)
    else:
        assert Recording.from_spike_trains(**values).labels.tolist() == kept


def test_what_pynapple_has_is_taken_as_it_is():
    """By the attributes of TsGroup, Ts, TsdFrame and IntervalSet; pynapple itself is not imported."""

    class Group(dict):
        time_support = SimpleNamespace(start=np.array([0.5, 1.8]), end=np.array([1.6, 3.0]))

    def ts(times):
        return SimpleNamespace(t=np.array(times), start=times[0], end=times[-1])  # a Ts has these two, too

    epochs = SimpleNamespace(start=np.array([1.0, 1.55, 2.0]), end=np.array([1.5, 1.9, 2.5]))
    group = Group({3: ts([1.0, 1.05, 2.0]), 9: ts([1.15])})
    found = Recording.from_spike_trains(**SPIKES | {"trains": group, "onsets": epochs, "labels": ["a", "c", "b"]})
    np.testing.assert_array_equal(found.activity, Recording.from_spike_trains(**SPIKES).activity)
    frame = SimpleNamespace(t=FRAMES, d=TRACES["traces"].T)
    found = Recording.from_traces(**TRACES | {"traces": frame, "frame_times": None})
    np.testing.assert_array_equal(found.activity, Recording.from_traces(**TRACES).activity)


def test_gaps_and_nan_in_a_movie_cost_trials_and_are_counted():
    traces, frames = np.stack([FRAMES, FRAMES, np.full(100, np.nan)]), FRAMES.copy()
    traces[1, 70] = np.nan
    values = TRACES | {"onsets": [1.0, 3.0, 5.0, 7.0, 9.8], "labels": np.arange(5)}
    found = Recording.from_traces(**values | {"traces": traces})
    assert found.labels.tolist() == [0, 1, 2] and found.activity.shape == (4, 3, 2)
    outside, silent, hole = found.notes
    assert "1 of 5 trials was left out: outside" in outside and "1 of 3 neurons were left out" in silent
    assert "1 of 4 trials was left out: a bin without a frame, or a NaN" in hole
    keep = (frames < 2.9) | (frames > 3.3)
    found = Recording.from_traces(**values | {"traces": TRACES["traces"][:, keep], "frame_times": frames[keep]})
    assert found.labels.tolist() == [0, 2, 3]


spikes, traces = Recording.from_spike_trains, Recording.from_traces


@pytest.mark.parametrize(("make", "good", "changes", "said"), [
    (spikes, SPIKES, {"trains": []}, "trains: expected at least one neuron, got none"),
    (spikes, SPIKES, {"trains": [[], []]}, "trains: expected at least one spike, got none from 2 neurons"),
    (spikes, SPIKES, {"trains": [1.0, 2.0]}, r"trains\[0\]: expected times in s, shape \(any,\), got \(\)"),
    (spikes, SPIKES, {"trains": [[1.0], [np.nan]]}, r"trains\[1\]: expected finite numbers, got nan"),
    (spikes, SPIKES, {"trains": "abc"}, "trains: expected a list"),
    (spikes, SPIKES, {"trains": [np.float32([1e6])]}, r"trains\[0\]: expected times in float64, got float32"),
    (spikes, SPIKES, {"onsets": [np.nan, np.nan]}, "onsets, labels: expected at least one trial .* no time"),
    (spikes, SPIKES, {"onsets": [1.0, np.inf]}, "onsets: expected numbers"),
    (spikes, SPIKES, {"onsets": [1.0]}, r"labels: expected shape \(1,\), one for each of the onsets"),
    (spikes, SPIKES, {"onsets": [900.0, 901.0]}, "onsets, labels: expected .* 2 of 2 trials were left out: out"),
    (spikes, SPIKES, {"labels": [{}, {}]}, "labels: expected an array of true and false"),
    (spikes, SPIKES, {"window": (0.2, -0.1)}, "window: expected .*start below stop"),
    (spikes, SPIKES, {"window": (-0.1, 0.25)}, "window: expected a whole number of bins of 0.1 s"),
    (spikes, SPIKES, {"bin_size": 1e-9}, "bin_size: expected at most 100000 bins in the window"),
    (spikes, SPIKES, {"regions": ["a"]}, r"regions: expected \(2,\) names"),
    (spikes, SPIKES, {"span": (3.0, 1.0)}, r"span: expected \(first, last\) in s"),
    (traces, TRACES, {"frame_times": FRAMES[::-1]}, "frame_times: expected times that increase"),
    (traces, TRACES, {"frame_times": None}, "frame_times: expected the time of each frame"),
    (traces, TRACES, {"traces": TRACES["traces"].T}, r"traces: expected \(neurons, 100\).*is it \(frames, neurons\)"),
    (traces, TRACES, {"traces": np.full((2, 100), np.nan)}, "traces: expected numbers, got none that is finite"),
    (traces, TRACES, {"bin_size": 0.05}, "bin_size: expected at least the time between two frames, 0.1 s, got 0.05"),
])  # fmt: skip
def test_what_cannot_be_aligned_is_told(make, good, changes, said):
    with pytest.raises(ValueError, match=said):
        make(**good | changes)


def test_a_recording_is_saved_and_loaded_whole(tmp_path):
    """All its fields, text labels and notes, too; another file is refused."""
    rng = np.random.default_rng(0)
    for extra in ({}, {"conditions": np.arange(5), "notes": ("one", "two"), "start": -0.5}):
        recording = Recording(rng.poisson(1.0, (4, 5, 3)).astype(np.float32), ["a", "b", "b"], list("xyxyx"), 0.1, **extra)
        recording.save(tmp_path / "mine.npz")
        again = Recording.load(tmp_path / "mine.npz")
        for name, value in vars(recording).items():
            np.testing.assert_array_equal(getattr(again, name), value)
            assert type(getattr(again, name)) is type(value)
    np.savez(tmp_path / "other.npz", activity=np.ones((1, 1, 1)))
    with pytest.raises(ValueError, match=r"path: expected a recording that was saved, got .*holds activity"):
        Recording.load(tmp_path / "other.npz")
