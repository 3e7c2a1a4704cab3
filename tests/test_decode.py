"""The paper-size decoding: it goes on where it was, needs a folder, and left summaries that say where they come from."""

import json
import sys

import numpy as np
import pytest

from lpu_core import RESULTS, recordings
from lpu_core.recordings import Recording
from lpu_core.tasks import MICE, REGIONS, TRIALS
from tools import decode


def test_what_was_done_is_not_done_again(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "KEPT", tmp_path)
    calls = []
    for _ in range(2):
        made = decode.once("part", lambda: calls.append(1) or {"value": 3})
    assert made["value"] == 3 and calls == [1]


def test_permuted_labels_are_the_same_labels_elsewhere():
    labels = np.arange(40) < 15
    recording = Recording(np.zeros((1, 40, 2)), np.full(2, "a"), labels, 0.1)
    dealt = decode.permuted(recording, 1).labels
    assert dealt.sum() == 15 and (dealt != labels).any()


def test_recordings_need_a_folder(monkeypatch, capsys):
    monkeypatch.delenv(recordings.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "argv", ["decode", "recorded"])
    with pytest.raises(SystemExit):
        decode.main()
    assert recordings.VARIABLE in capsys.readouterr().err


@pytest.mark.parametrize("name", ["go_nogo_decoding", "steinmetz_decoding"])
def test_a_summary_says_where_it_comes_from(name):
    stored = json.loads((RESULTS / f"{name}.json").read_text())
    assert {"command", "date", "seconds", "versions", "dimensions", "n_splits", "seeds"} <= set(stored)
    for part in stored["parts"]:
        for row in part["rows"]:
            values = np.array(list(row["accuracy"].values()))
            assert values.shape[0] == 4 and ((values >= 0) & (values <= 1)).all()
            assert row["neurons"] >= stored["least"]


def test_the_mice_of_the_summary_are_the_paper_s():
    stored = json.loads((RESULTS / "go_nogo_decoding.json").read_text())
    for part, mouse, trials in zip(stored["parts"], MICE, TRIALS, strict=True):
        counts = dict(zip(REGIONS, mouse, strict=True))
        assert {row["region"]: row["neurons"] for row in part["rows"]} == {r: n for r, n in counts.items() if n >= 100}
        assert {row["trials"] for row in part["rows"]} == {trials}


def test_the_recordings_of_the_summary_are_named_by_their_checksums():
    stored = json.loads((RESULTS / "steinmetz_decoding.json").read_text())
    assert len({part["sha256"] for part in stored["parts"]}) == len(stored["parts"])
    assert all(bool(part["rows"]) == (part["trials"] >= decode.LEAST_TRIALS) for part in stored["parts"])
