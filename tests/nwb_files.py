"""NWB files as a laboratory writes them: units with spikes, a movie's traces, and a table of trials."""

import datetime

import numpy as np
import pynwb
from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation, OpticalChannel, RoiResponseSeries

ONSETS = 5.0 + 2.0 * np.arange(8)
SIDES = np.array(["left", "right", "left ", "right", "none", "left", "right", "none"])
TRAINS = [np.sort(np.random.default_rng(n).uniform(0, 25, 200)) for n in range(4)]
FRAMES = 30.0 * 25  # of a movie of 25 s


def write(path, units=True, traces=False, observed=None, trials=True, **series):
    """A file at `path`. observed: a neuron's obs_intervals each; series: of the traces, instead of 30 Hz from 0 s on."""
    file = pynwb.NWBFile("a test", "test", datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC))
    if units:
        file.add_unit_column("location", "the region")
        file.add_unit_column("quality", "of the sorting")
        for n, train in enumerate(TRAINS):
            own = {} if observed is None else {"obs_intervals": observed[n]}
            file.add_unit(spike_times=train, location="V1 " if n < 2 else "M", quality="good" if n else "noise", **own)
    if trials:
        for column in ("go_cue", "side", "correct", "contrast"):
            file.add_trial_column(column, column)
        for i, onset in enumerate(ONSETS):
            cue = np.nan if i == 1 else onset + 0.5
            file.add_trial(start_time=onset, stop_time=onset + 1, go_cue=cue, side=SIDES[i], correct=i != 2, contrast=i / 7)
    if traces:
        _movie(file, series or {"rate": 30.0, "starting_time": 0.0})
    with pynwb.NWBHDF5IO(path, "w") as disk:
        disk.write(file)
    return path


def data():
    """The traces of three ROIs, (frames, ROIs)."""
    return np.random.default_rng(9).standard_normal((int(FRAMES), 3))


def _movie(file, series):
    channel = OpticalChannel(name="green", description="green", emission_lambda=500.0)
    device = file.create_device("microscope")
    plane = file.create_imaging_plane(
        name="plane", optical_channel=channel, description="a plane", device=device, excitation_lambda=900.0,
        indicator="GCaMP", location="V1", imaging_rate=30.0,
    )  # fmt: skip
    module = file.create_processing_module(name="ophys", description="calcium")
    segmentation = ImageSegmentation()
    module.add(segmentation)
    table = segmentation.create_plane_segmentation(name="ROIs", imaging_plane=plane, description="segmentation")
    table.add_column(name="area", description="the region")
    for n in range(3):
        table.add_roi(pixel_mask=[(n, n, 1.0)], area="V1" if n else "M")
    rois = table.create_roi_table_region(description="all", region=[0, 1, 2])
    for holder, name, scale in ((Fluorescence(), "roi", 1.0), (DfOverF(), "roi", 2.0)):
        module.add(holder)
        shown = {"data": data() * scale, "unit": "a.u.", "rois": rois, "conversion": 0.5, "offset": 1.0} | series
        holder.add_roi_response_series(RoiResponseSeries(name=name, **shown))
