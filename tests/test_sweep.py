"""Sweeps: the same numbers however they are scheduled, and nothing lost when something breaks."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import lpu_core
from lpu_core import sweep as sweep_module
from lpu_core.sweep import SweepError, fingerprint, grid, sweep
from tests import sweep_jobs

RUNS = grid(steps=[3, 5], start=[0.0, 1.0, 2.0])
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("LPU_PROGRESS", "0")
    monkeypatch.delenv("LPU_SCHEDULER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for the workers


def same(one, other):
    return all(a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a) for a, b in zip(one, other, strict=True))


def test_a_grid_holds_all_combinations_the_last_axis_fastest():
    assert grid(a=(1, 2), b=("x", "y")) == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


def test_results_come_in_the_order_of_the_runs_and_are_the_functions():
    results = sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1)
    assert [len(result["path"]) for result in results] == [3, 3, 3, 5, 5, 5]
    assert len({float(result["norm"]) for result in results}) == 6  # a stream of its own for each


def test_the_numbers_do_not_depend_on_who_does_the_work_or_on_the_other_runs(tmp_path):
    alone = sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1)
    assert same(sweep(sweep_jobs.walk, RUNS, 7, n_jobs=2), alone)
    assert same(sweep(sweep_jobs.walk, RUNS[::-1], 7, n_jobs=1)[::-1], alone)
    assert same(sweep(sweep_jobs.walk, RUNS[2:3], 7, n_jobs=1), alone[2:3])
    assert same(sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1, store=tmp_path), alone)
    assert same(sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1, store=tmp_path), alone)  # read back
    assert not same(sweep(sweep_jobs.walk, RUNS, 8, n_jobs=1), alone)


def test_numpy_numbers_and_tuples_are_the_same_parameters_as_pythons():
    plain = sweep(sweep_jobs.walk, [{"steps": 3, "start": 1.0}], 7, n_jobs=1)
    assert same(sweep(sweep_jobs.walk, [{"start": np.float64(1), "steps": np.int64(3)}], 7, n_jobs=1), plain)


def test_without_a_seed_the_parameters_hold_the_seeds_and_no_rng_is_passed(tmp_path):
    runs = grid(seed=[3, 4])
    found = sweep(sweep_jobs.seeded, runs, None, n_jobs=1, store=tmp_path)
    assert [float(one["value"]) for one in found] == [np.random.default_rng(seed).random() for seed in (3, 4)]
    assert same(sweep(sweep_jobs.seeded, runs, None, n_jobs=2), found)
    assert same(sweep(sweep_jobs.seeded, runs, None, n_jobs=1, store=tmp_path), found)  # read back
    with pytest.raises(SweepError, match="rng"):
        sweep(sweep_jobs.walk, RUNS, None, n_jobs=1)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_run_has_one_thread(n_jobs):
    assert all(result["threads"] == 1 for result in sweep(sweep_jobs.threads, grid(draw=range(2)), 0, n_jobs=n_jobs))


def test_a_run_shows_no_bar_of_its_own(monkeypatch, capsys):
    monkeypatch.setenv("LPU_PROGRESS", "1")
    assert [int(run["steps"]) for run in sweep(sweep_jobs.tracked, grid(steps=[2, 3]), 0, n_jobs=1, label="outer")] == [2, 3]
    said = capsys.readouterr().err
    assert "outer" in said and "inner" not in said and os.environ["LPU_PROGRESS"] == "1"


def test_finished_runs_are_not_done_again(tmp_path):
    log = str(tmp_path / "log")
    first = sweep(sweep_jobs.counted, grid(draw=range(3), log=[log]), 1, n_jobs=1, store=tmp_path / "store")
    more = sweep(sweep_jobs.counted, grid(draw=range(5), log=[log]), 1, n_jobs=2, store=tmp_path / "store")
    assert same(more[:3], first)
    assert Counter(line.split()[0] for line in Path(log).read_text().splitlines()) == dict.fromkeys("01234", 1)


def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path):
    runs = grid(draw=range(5), flag=[str(tmp_path / "flag")])
    with pytest.raises(KeyboardInterrupt):
        sweep(sweep_jobs.interrupted, runs, 1, n_jobs=1, store=tmp_path / "store")
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "store").iterdir()}
    assert len(kept) == 3
    results = sweep(sweep_jobs.interrupted, runs, 1, n_jobs=1, store=tmp_path / "store")
    assert [int(result["draw"]) for result in results] == list(range(5))
    assert all(file.stat().st_mtime_ns == written for file, written in kept.items())


def test_a_broken_file_is_done_again_with_a_warning(tmp_path):
    results = sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1, store=tmp_path)
    spoiled = sorted(tmp_path.iterdir())[:3]
    spoiled[0].write_bytes(b"")
    spoiled[1].write_bytes(spoiled[1].read_bytes()[:-40])
    middle = bytearray(spoiled[2].read_bytes())
    middle[len(middle) // 3] ^= 0xFF
    spoiled[2].write_bytes(bytes(middle))
    with pytest.warns(UserWarning, match="done again") as seen:
        again = sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1, store=tmp_path)
    assert len(seen) == 3 and all(any(file.name in str(w.message) for w in seen) for file in spoiled)
    assert same(again, results)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same(sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1, store=tmp_path), results)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_full_disk_is_one_sentence_and_what_was_stored_stays(tmp_path, monkeypatch, n_jobs):
    whole = sweep_module.save_npz

    def nearly_full(path, **arrays):
        if len(list(tmp_path.iterdir())) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, **arrays)

    monkeypatch.setattr(sweep_module, "save_npz", nearly_full)
    with warnings.catch_warnings(), pytest.raises(OSError, match=r"store: No space left on device\. .* goes on") as caught:
        warnings.simplefilter("error")
        sweep(sweep_jobs.walk, RUNS, 7, n_jobs=n_jobs, store=tmp_path)
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(tmp_path)
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    monkeypatch.setattr(sweep_module, "save_npz", whole)
    results = sweep(sweep_jobs.walk, RUNS, 7, n_jobs=n_jobs, store=tmp_path)
    assert len(kept) == 2 and all(file.stat().st_mtime_ns == then for file, then in kept.items())
    assert same(results, sweep(sweep_jobs.walk, RUNS, 7, n_jobs=1))


def test_a_store_of_other_code_or_versions_is_done_again(tmp_path, monkeypatch):
    sweep(sweep_jobs.walk, RUNS[:2], 7, n_jobs=1, store=tmp_path)
    monkeypatch.setattr(sweep_module, "_fingerprint", lambda file: "another")
    with pytest.warns(UserWarning, match="other code or versions"):
        sweep(sweep_jobs.walk, RUNS[:2], 7, n_jobs=1, store=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sweep(sweep_jobs.walk, RUNS[:2], 7, n_jobs=1, store=tmp_path)


def test_the_fingerprint_is_that_of_the_source_and_the_versions(tmp_path, monkeypatch):
    before = fingerprint(sweep_jobs.walk)
    other = tmp_path / "sweep_jobs.py"
    other.write_text(Path(sweep_jobs.__file__).read_text() + "\n")
    assert before == fingerprint(sweep_jobs.moody) != fingerprint(grid)
    for change in ("source", "version"):
        sweep_module._fingerprint.cache_clear()
        with monkeypatch.context() as patch:
            if change == "source":
                patch.setattr(sweep_module.inspect, "getsourcefile", lambda function: str(other))
            else:
                patch.setattr(sweep_module, "version", lambda name: "0")
            assert fingerprint(sweep_jobs.walk) != before
    sweep_module._fingerprint.cache_clear()
    assert fingerprint(sweep_jobs.walk) == before


JOB = """from helper import add
from lpu_core import timescales

def work(rng):
    return {"value": add(timescales.__name__)}
"""
MARKS = """
import os, sys
import job
from lpu_core.sweep import fingerprint

for line in sys.stdin:  # each in a process that has looked at no file yet
    if os.fork() == 0:
        print(fingerprint(job.work), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.mark.slow
def test_the_fingerprint_is_of_what_the_module_imports_and_of_nothing_else(tmp_path):
    core = tmp_path / "lpu_core"
    shutil.copytree(Path(lpu_core.__file__).parent, core, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "helper.py").write_text("import lpu_core.dynamics\n\ndef add(x):\n    return x\n")
    (tmp_path / "other.py").write_text("")
    command, environment = [sys.executable, "-c", MARKS], os.environ | {"PYTHONPATH": str(tmp_path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}

    def mark(*changed):
        for name in changed:
            with (tmp_path / name).open("a") as file:
                file.write("\n# changed\n")
        process.stdin.write("\n")
        process.stdin.flush()
        return process.stdout.readline()

    with subprocess.Popen(command, env=environment, cwd=tmp_path, **pipes) as process:
        first = mark()
        assert first and mark("other.py", "lpu_core/engrams.py", "lpu_core/sweep.py") == first
        later = [
            mark("helper.py"),
            mark("lpu_core/timescales.py"),
            mark("lpu_core/dynamics/equilibria.py"),
            mark("job.py"),
        ]
        process.stdin.close()
    assert all(later) and len({first, *later}) == 5


def test_the_fingerprint_of_a_decorated_function_is_that_of_its_own_module():
    assert sweep_jobs.decorated.__code__.co_filename != sweep_jobs.__file__
    assert fingerprint(sweep_jobs.decorated) == fingerprint(sweep_jobs.walk)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_run_that_fails_is_named_and_the_others_are_kept(tmp_path, n_jobs):
    with pytest.raises(SweepError, match=r'1 of 5 runs failed:\n  {"draw": 2}: RuntimeError: no numbers today') as caught:
        sweep(sweep_jobs.moody, grid(draw=range(5)), 1, n_jobs=n_jobs, store=tmp_path)
    ((parameters, text),) = caught.value.failures
    assert parameters == {"draw": 2} and "Traceback" in text
    assert [result is None for result in caught.value.results] == [False, False, True, False, False]
    assert len(list(tmp_path.iterdir())) == 4


def test_a_run_that_kills_its_process_is_named_and_the_others_are_kept(tmp_path):
    with pytest.raises(SweepError, match=r'1 of 6 runs failed:\n  {"draw": 2}: its worker died') as caught:
        sweep(sweep_jobs.deadly, grid(draw=range(6)), 1, n_jobs=2, store=tmp_path)
    assert [result is None for result in caught.value.results] == [False, False, True, False, False, False]
    assert len(list(tmp_path.iterdir())) == 5


def test_a_result_that_is_no_number_is_a_failure():
    with pytest.raises(SweepError, match=r"numbers and arrays by name.*value"):
        sweep(sweep_jobs.unsaid, grid(draw=[0]), 1, n_jobs=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"runs": grid(steps=[3, 3])}, "runs"),
        ({"runs": [{"steps": np.zeros(2)}]}, "runs"),
        ({"runs": [{"steps": float("nan")}]}, "runs"),
        ({"seed": -1}, "seed"),
        ({"runs": {"steps": 3}}, "runs"),
        ({"runs": [{"steps": 3}, 4]}, "runs"),
        ({"runs": [{"steps": 3, "rng": 1}]}, "runs"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": 2.5}, "n_jobs"),
        ({"n_jobs": "all"}, "n_jobs"),
        ({"store": __file__}, "store"),
        ({"store": Path(__file__) / "below"}, "store"),
        ({"function": lambda rng: {}}, "function"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "scheduler"),
        ({"scheduler": "nowhere"}, "scheduler"),
    ],
)
def test_bad_arguments_are_named(change, named, monkeypatch, unchecked_shapes):
    arguments = {"function": sweep_jobs.walk, "runs": RUNS, "seed": 0, "n_jobs": 1} | change
    monkeypatch.setattr(sweep_module, "CONNECT", "1s")
    with pytest.raises(ValueError, match=f"^{named}"):
        sweep(arguments.pop("function"), arguments.pop("runs"), arguments.pop("seed"), **arguments)


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_takes_no_longer_than_we_wait_and_is_said_once(monkeypatch):
    code = "from lpu_core import sweep; from tests import sweep_jobs; sweep.CONNECT = '1s'\n"
    code += "try:\n    sweep.sweep(sweep_jobs.walk, [{'steps': 3}], 0, scheduler='tcp://127.0.0.1:1')\n"
    code += "except ValueError as error:\n    print(error)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=25)
    assert run.stdout.startswith("scheduler: expected the address of a Dask scheduler") and not run.stderr


def test_no_runs_are_no_results():
    assert sweep(sweep_jobs.walk, [], 0) == []


# ------------------------------------------------------------------ a real Dask scheduler


@pytest.fixture(params=["--no-nanny"])
def cluster(tmp_path, request):
    """A Dask scheduler and two worker processes on this machine: the address and the workers."""
    pytest.importorskip("distributed")
    about = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    quietly = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": tmp_path}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", about], **quietly
    )
    processes = [scheduler]
    try:
        deadline = time.monotonic() + 60
        while not about.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(about.read_text())["address"]
        worker = [*dask, "worker", address, "--nthreads", "1", request.param, "--no-dashboard"]
        processes += [subprocess.Popen([*worker, "--name", str(i)], **quietly) for i in range(2)]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, processes[1:], scheduler
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_cluster_gives_the_same_numbers_though_a_worker_is_killed(cluster, tmp_path, monkeypatch):
    address, workers, _ = cluster
    monkeypatch.setenv("LPU_SCHEDULER", address)
    log = tmp_path / "log"
    runs = grid(draw=range(12), log=[str(log)], seconds=[0.4])
    shots = []

    def kill_one_when_four_are_done(items, *_, **__):
        for i, item in enumerate(items, start=1):
            if i == 4:
                workers[0].send_signal(signal.SIGKILL)
                shots.append(i)
            yield item

    monkeypatch.setattr(sweep_module, "track", kill_one_when_four_are_done)
    results = sweep(sweep_jobs.counted, runs, 3, store=tmp_path / "store")
    assert shots == [4] and workers[0].wait(10) == -signal.SIGKILL
    assert [int(result["draw"]) for result in results] == list(range(12))  # none lost, none twice
    assert len(list((tmp_path / "store").iterdir())) == 12
    assert len({line.split()[1] for line in log.read_text().splitlines()}) == 2  # both had worked
    monkeypatch.delenv("LPU_SCHEDULER")
    monkeypatch.undo()
    monkeypatch.setenv("LPU_PROGRESS", "0")
    assert same(sweep(sweep_jobs.counted, grid(draw=range(12), log=[str(log)], seconds=[0.4]), 3, n_jobs=1), results)


@pytest.mark.slow
def test_what_a_killed_scheduler_left_undone_is_named(cluster, tmp_path, monkeypatch, capfd):
    address, _, scheduler = cluster

    def kill_it_when_three_are_done(items, *_, **__):
        for i, item in enumerate(items, start=1):
            if i == 3:
                scheduler.kill()
            yield item

    monkeypatch.setattr(sweep_module, "track", kill_it_when_three_are_done)
    runs = grid(draw=range(12), log=[str(tmp_path / "log")], seconds=[0.4])
    with pytest.raises(SweepError, match=r"the scheduler tcp://.* is gone") as caught:
        sweep(sweep_jobs.counted, runs, 3, store=tmp_path / "store", scheduler=address)
    done = [result for result in caught.value.results if result is not None]
    assert 3 <= len(done) == len(list((tmp_path / "store").iterdir())) == 12 - len(caught.value.failures)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("cluster", ["--nanny"], indirect=True)  # the nanny starts a new worker for one that died
def test_a_run_that_kills_its_cluster_worker_is_named(cluster):
    with pytest.raises(SweepError, match=r'{"draw": 2}: its worker died'):
        sweep(sweep_jobs.deadly, grid(draw=range(4)), 1, scheduler=cluster[0])
