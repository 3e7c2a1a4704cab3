"""Recordings: trials of a population and its regions, from spike trains, traces and files.

A :class:`Recording` comes from arrays at hand, from an NWB file (:func:`read_nwb`), from sessions of Steinmetz et al. (2019)
or from files in the layout of the paper's data.
"""

from lpu_core.recordings.alignment import bin_spikes
from lpu_core.recordings.events import names
from lpu_core.recordings.files import FOLDER_VARIABLE, UNASSIGNED, load_go_nogo, load_steinmetz, sessions
from lpu_core.recordings.nwb import read_nwb
from lpu_core.recordings.trials import Recording

__all__ = [
    "FOLDER_VARIABLE",
    "UNASSIGNED",
    "Recording",
    "bin_spikes",
    "load_go_nogo",
    "load_steinmetz",
    "names",
    "read_nwb",
    "sessions",
]
