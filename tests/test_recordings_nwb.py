"""NWB files: what is read against what was written. PyNWB belongs to the test extra, so that its lack is an error here."""

import subprocess
import sys

import numpy as np
import nwb_files
import pytest
from nwb_files import FRAMES, ONSETS, SIDES, TRAINS, write

from lpu_core.recordings import Recording, load_steinmetz, read_nwb

WINDOW = {"window": (-0.5, 1.0), "bin_size": 0.25}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mouse one.nwb"


def test_units_are_read_as_they_were_written(path):
    found = read_nwb(write(path), "start_time", "side", region="location", **WINDOW)
    expected = Recording.from_spike_trains(TRAINS, ONSETS, SIDES, regions=["V1", "V1", "M", "M"], **WINDOW)
    np.testing.assert_array_equal(found.activity, expected.activity)
    assert found.regions.tolist() == ["V1", "V1", "M", "M"] and found.start == -0.5
    assert found.labels.tolist() == [side.strip() for side in SIDES] and len(set(found.labels.tolist())) == 3


def test_good_units_and_correct_trials_with_a_cue_are_kept(path):
    found = read_nwb(write(path), "go_cue", "side", units={"quality": "good"}, trials={"correct": True}, **WINDOW)
    assert found.activity.shape == (6, 6, 3)  # of 8 trials one is wrong and one has no cue
    assert found.notes == ("1 of 7 trials was left out: no time of the event.",)
    expected = Recording.from_spike_trains(TRAINS[1:], ONSETS[[0, 3, 4, 5, 6, 7]] + 0.5, SIDES[[0, 3, 4, 5, 6, 7]], **WINDOW)
    np.testing.assert_array_equal(found.activity, expected.activity)


def test_trials_lie_within_the_observed_time_of_every_unit(path):
    observed = [[[0.0, 12.0], [14.0, 25.0]], [[6.0, 25.0]], [[0.0, 25.0]], [[0.0, 25.0]]]
    found = read_nwb(write(path, observed=observed), "start_time", "correct", **WINDOW)
    kept = [7.0, 9.0, 11.0, 15.0, 17.0, 19.0]
    assert found.notes == ("2 of 8 trials were left out: outside of the recording.",)
    np.testing.assert_array_equal(
        found.activity, Recording.from_spike_trains(TRAINS, kept, np.ones(6, bool), **WINDOW).activity
    )


@pytest.mark.parametrize("series", [{}, {"timestamps": np.arange(FRAMES) / 30.0}])
def test_traces_are_read_as_they_were_written(path, series):
    write(path, units=False, traces=True, **series)
    found = read_nwb(path, "start_time", "side", region="area", series="DfOverF", **WINDOW)
    traces = np.float32(nwb_files.data() * 2).T * np.float32(0.5) + np.float32(1)
    expected = Recording.from_traces(traces, np.arange(FRAMES) / 30.0, ONSETS, SIDES, **WINDOW)
    np.testing.assert_array_equal(found.activity, expected.activity)
    assert found.regions.tolist() == ["M", "V1", "V1"]


def test_two_series_of_one_name_are_told_by_what_holds_them(path):
    write(path, traces=True)
    with pytest.raises(
        ValueError, match=r"series: expected one series of .*ophys/DfOverF/roi, .*ophys/Fluorescence/roi, got 'roi'"
    ):
        read_nwb(path, "start_time", "side", series="roi", **WINDOW)
    one, other = (
        read_nwb(path, "start_time", "side", series=name, **WINDOW) for name in ("DfOverF/roi", "Fluorescence/roi")
    )
    np.testing.assert_allclose(one.activity - 1, 2 * (other.activity - 1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("changes", "said"), [
    ({"event": "cue"}, "event: expected a column of trials in .*start_time, stop_time, go_cue, .*, got 'cue'"),
    ({"label": "choice"}, "label: expected a column of trials in .*, got 'choice'"),
    ({"label": "contrast"}, "labels: expected .* true and false, whole numbers or text, got float64"),
    ({"region": "area"}, "region: expected a column of units in .*location, .*, got 'area'"),
    ({"units": {"quality": "best"}}, "units: expected a row of units in .*, got none with {'quality': 'best'}"),
    ({"trials": {"stage": 3}}, "trials: expected a column of trials in .*, got 'stage'"),
    ({"series": "DfOverF"}, "series: expected one series of .*which has no RoiResponseSeries, got 'DfOverF'"),
    ({"window": (-0.5, 0.9)}, "window: expected a whole number of bins"),
])  # fmt: skip
def test_what_a_file_lacks_is_told(path, changes, said):
    usual = {"event": "start_time", "label": "side"} | WINDOW
    with pytest.raises(ValueError, match=said):
        read_nwb(write(path), **usual | changes)


def test_a_file_without_trials_or_of_another_kind_is_refused(path):
    with pytest.raises(ValueError, match=r"path: expected an NWB file with a table of trials, got .*mouse one\.nwb"):
        read_nwb(write(path, trials=False), "start_time", "side", **WINDOW)
    with pytest.raises(
        ValueError, match=r"path: expected a recording saved as .npz, got .*, which is HDF5, as NWB files are"
    ):
        load_steinmetz(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"path: expected an NWB file, got .*mouse one\.nwb"):
        read_nwb(path, "start_time", "side", **WINDOW)
    with pytest.raises(FileNotFoundError):
        read_nwb(path.with_name("none.nwb"), "start_time", "side", **WINDOW)


def test_without_pynwb_it_says_what_to_install_and_nothing_else_needs_it():
    script = """
import sys
sys.modules["pynwb"] = None
from lpu_core.recordings import read_nwb
try:
    read_nwb("mouse.nwb", "start_time", "side", (0.0, 1.0), 0.1)
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "pip install 'lpu-core[nwb]'" in run.stdout
