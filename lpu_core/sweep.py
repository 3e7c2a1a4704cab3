"""Sweeps: one function over a grid of parameters, on the cores of this machine or on a Dask cluster.

Each run has a generator of its own, drawn from the sweep's seed and the run's parameters, or seeds among its parameters. So
its numbers do not depend on the other runs, on their order, or on who does the work.
"""

import asyncio
import functools
import hashlib
import inspect
import itertools
import json
import logging
import os
import platform
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, cpu_count, delayed
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from lpu_core.check import Array, require, whole
from lpu_core.files import read_npz, save_npz
from lpu_core.imports import closure
from lpu_core.progress import hidden, track

SCHEDULER_VARIABLE = "LPU_SCHEDULER"
CONNECT = "15s"
PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")
Result = dict[str, Array]


class SweepError(RuntimeError):
    """Some runs failed; all the others are done, and stored where there is a store.

    failures: parameters and traceback of each run that failed. results: what :func:`sweep` returns, with None for these.
    """

    def __init__(self, failures: list[tuple[dict[str, Any], str]], results: list[Result | None]):
        self.failures, self.results = failures, results
        lines = [f"  {json.dumps(parameters)}: {text.strip().splitlines()[-1]}" for parameters, text in failures]
        super().__init__(f"{len(failures)} of {len(results)} runs failed:\n" + "\n".join(lines))


def grid(**axes: Iterable[Any]) -> list[dict[str, Any]]:
    """All combinations of the values of the `axes`, the last axis fastest.

    >>> grid(n=(10, 20), draw=range(2))
    [{'n': 10, 'draw': 0}, {'n': 10, 'draw': 1}, {'n': 20, 'draw': 0}, {'n': 20, 'draw': 1}]
    """
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def sweep(
    function: Callable[..., dict[str, Any]],
    runs: Sequence[dict[str, Any]],
    seed: int | None,
    *,
    store: Path | str | None = None,
    scheduler: str | None = None,
    n_jobs: int = -1,
    label: str = "sweep",
) -> list[Result]:
    """``function(rng=…, **parameters)`` for each of `runs`, in their order: numbers and arrays by name.

    function: one that a module holds, so that workers can import it and the store knows its code.
    runs: distinct sets of parameters (numbers, strings, lists, dicts); :func:`grid` makes them. seed: the sweep's, of which
    each run's rng is made; None where the parameters hold the seeds: then no rng is passed.
    store: a folder that keeps each run as soon as it is done, and from which the same sweep goes on. A file that is broken,
    or of other code or versions, is done again, with a warning. scheduler: the address of a Dask scheduler, tcp://…, by
    default the one that LPU_SCHEDULER names; without one, joblib works on `n_jobs` local cores (-1: all). label: the bar's.

    Raises ValueError for parameters that JSON cannot hold or that come twice; SweepError, once all others are done, where a
    run failed, its worker died or the scheduler went away; OSError, at once, where the store's disk is full.
    """
    seeded = isinstance(seed, int) and seed >= 0
    require(seeded or seed is None, "seed", "a whole number of at least 0, or None", repr(seed))
    n_jobs = whole("n_jobs", n_jobs)
    require(n_jobs == -1 or n_jobs >= 1, "n_jobs", "a whole number, -1 or at least 1", n_jobs)
    wrong = [run for run in runs if not isinstance(run, dict)]
    require(not wrong, "runs", "a list of dicts of parameters", f"{wrong[:1]} among {type(runs).__name__}")
    require(seed is None or not any("rng" in run for run in runs), "runs", "no rng, for the seed makes it", "one")
    mark = fingerprint(function)
    tasks = [_Task(function, _canonical(parameters), seed, mark) for parameters in runs]
    twice = [task.parameters for task, count in Counter(tasks).items() if count > 1]
    require(not twice, "runs", "distinct parameters", f"some that come twice: {', '.join(twice[:3])}")
    folder = None if store is None else Path(store)
    files = [] if folder is None else [str(path) for path in (folder, *folder.parents) if path.is_file()]
    require(not files, "store", "a folder", f"{store}, but {', '.join(files)} is a file")
    done = {} if folder is None else {task: result for task in tasks if (result := task.load(folder)) is not None}
    failures: dict[_Task, str] = {}
    todo = [task for task in tasks if task not in done]
    scheduler = scheduler or os.environ.get(SCHEDULER_VARIABLE)
    outcomes = _on_cluster(todo, scheduler) if scheduler else _on_cores(todo, n_jobs)
    for task, outcome in track(outcomes, label, total=len(tasks), initial=len(done)):
        if isinstance(outcome, str):
            failures[task] = outcome
        else:
            done[task] = outcome
            if folder is not None:
                task.save(folder, outcome)
    results = [done.get(task) for task in tasks]
    if failures:
        raise SweepError([(json.loads(task.parameters), text) for task, text in failures.items()], results)
    return results  # type: ignore


@dataclass(frozen=True)
class _Task:
    """One run: what to call, with which parameters (as JSON), for which sweep."""

    function: Callable[..., dict[str, Any]]
    parameters: str
    seed: int | None
    fingerprint: str

    def run(self) -> Result | str:
        """The result, or the traceback of what went wrong; on one thread, for sums depend on how they are split; without
        a bar of its own."""
        try:
            here = fingerprint(self.function)
            require(here == self.fingerprint, "worker", f"the code and versions {self.fingerprint}", here)
            parameters = json.loads(self.parameters)
            if self.seed is not None:
                words = np.frombuffer(hashlib.sha256(self.parameters.encode()).digest(), np.uint32).tolist()
                parameters["rng"] = np.random.default_rng([self.seed, *words])
            with threadpool_limits(1), _one_torch_thread(), hidden():
                result = self.function(**parameters)
            arrays = {name: np.asarray(value) for name, value in result.items()}
            wrong = [name for name, value in arrays.items() if value.dtype.kind not in "biufcU"]
            require(not wrong, "function", "numbers and arrays by name", f"{wrong} of another kind")
            return arrays
        except Exception:
            return traceback.format_exc()

    @property
    def name(self) -> str:
        """Of the file in the store: the same run has the same name, whatever the code's state."""
        key = f"{self.function.__module__}.{self.function.__qualname__} {self.seed} {self.parameters}"
        return f"{self.function.__name__}-{hashlib.sha256(key.encode()).hexdigest()[:20]}.npz"

    @property
    def about(self) -> str:
        return json.dumps({"parameters": self.parameters, "seed": self.seed, "fingerprint": self.fingerprint})

    def save(self, folder: Path, result: Result) -> None:
        named = {f"result.{name}": array for name, array in result.items()}  # apart from any name of ours or NumPy's
        try:
            folder.mkdir(parents=True, exist_ok=True)
            save_npz(folder / self.name, about=np.array(self.about), **named)
        except OSError as error:
            text = f"store: {error.strerror}. What is stored stays, and the same sweep goes on from it"
            raise OSError(error.errno, text, str(folder)) from None

    def load(self, folder: Path) -> Result | None:
        try:
            held = read_npz(folder / self.name, "store", "a finished run")
        except FileNotFoundError:
            return None
        except ValueError as error:
            warnings.warn(f"{error}. It is done again.", stacklevel=3)
            return None
        if str(held.pop("about", "")) != self.about:
            warnings.warn(f"store: {folder / self.name} is of other code or versions. It is done again.", stacklevel=3)
            return None
        return {name.removeprefix("result."): array for name, array in held.items()}


def _on_cores(tasks: list[_Task], n_jobs: int) -> Iterator[tuple[_Task, Result | str]]:
    """Each task's outcome as it comes, from this process (n_jobs = 1) or from workers."""
    if n_jobs == 1:
        yield from ((task, task.run()) for task in tasks)
        return
    left = dict.fromkeys(tasks)
    workers = Parallel(n_jobs, batch_size=1, return_as="generator_unordered")
    try:
        for task, outcome in workers(delayed(_labelled)(task) for task in tasks):
            del left[task]
            yield task, outcome
    except TerminatedWorkerError:  # one of them took all workers down; find it by giving each a worker of its own
        with ThreadPoolExecutor(cpu_count() if n_jobs == -1 else n_jobs) as threads:
            futures = {threads.submit(_alone, task): task for task in left}
            yield from ((futures[future], future.result()) for future in as_completed(futures))


def _labelled(task: _Task) -> tuple[_Task, Result | str]:
    return task, task.run()


def _alone(task: _Task) -> Result | str:
    with ProcessPoolExecutor(max_workers=1) as worker:
        try:
            return worker.submit(task.run).result()
        except TerminatedWorkerError as error:
            return f"its worker died: {' '.join(str(error).split())}"


def _on_cluster(tasks: list[_Task], scheduler: str) -> Iterator[tuple[_Task, Result | str]]:
    """Each task's outcome as it comes from a Dask cluster, which gives the tasks of a worker that died to another."""
    # Not by joblib's Dask backend: it gives all up where one's worker died. Here that run is named, and the rest go on.
    try:
        from distributed import Client
        from distributed import as_completed as as_they_come
    except ImportError:
        raise ImportError("a Dask scheduler needs the package distributed: pip install 'lpu-core[cluster]'") from None
    try:
        with ThreadPoolExecutor(1) as thread:  # of its own, for a notebook's runs an event loop already
            thread.submit(
                asyncio.run, _reach(scheduler)
            ).result()  # a Client that cannot would hold us up when it is deleted
    except (OSError, ValueError) as error:
        raise ValueError(f"scheduler: expected the address of a Dask scheduler, got {scheduler!r}: {error}") from None
    left = dict.fromkeys(tasks)
    try:
        with _unlogged("distributed.client"), Client(scheduler, timeout=CONNECT, set_as_default=False) as client:
            futures = {client.submit(_Task.run, task, pure=False): task for task in tasks}
            for future in as_they_come(list(futures), loop=client.loop):
                if future.status == "finished":
                    outcome = future.result()
                elif future.status == "error":
                    outcome = f"its worker died: {' '.join(str(future.exception()).split())}"
                else:
                    continue
                del left[futures[future]]
                yield futures[future], outcome
    except (OSError, CancelledError):
        pass  # the connection is lost, as what is left tells
    yield from ((task, f"the scheduler {scheduler} is gone, or has cancelled it") for task in left)


async def _reach(scheduler: str) -> None:
    from distributed.comm import connect

    (await connect(scheduler, timeout=CONNECT)).abort()


@contextmanager
def _unlogged(name: str) -> Iterator[None]:
    """Without what a logger says: with tracebacks, of what we say in a sentence."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def fingerprint(function: Callable) -> str:
    """A hash of the source of `function`'s module and of all that it imports, and of the versions that numbers depend on.

    Raises ValueError for a function that other processes cannot import, such as one from a notebook.
    """
    module = sys.modules.get(function.__module__)
    importable = function.__module__ != "__main__" and getattr(module, function.__qualname__, None) is function
    require(importable, "function", "one that a module holds, so that workers can import it", function.__qualname__)
    return _fingerprint(inspect.getsourcefile(inspect.unwrap(function)) or "")  # its own file, not a decorator's


def installed(name: str) -> str:
    """The version of the package `name`; "none" where it is not installed, as torch need not be."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@functools.cache
def _fingerprint(file: str) -> str:
    top, here = Path(file), Path(__file__).parent
    while (top.parent / "__init__.py").is_file():
        top = top.parent
    # What is installed counts by its version; what lies beside the function's module, by its source.
    beside = [top] if (top.parent / "numpy").is_dir() else top.parent.iterdir()
    sources = closure(Path(file), [*beside, here, here.with_name("lpu_book")])
    parts = [f"{name} {installed(name)}".encode() for name in PACKAGES] + sorted(path.read_bytes() for path in sources)
    digest = hashlib.sha256(platform.python_version().encode())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:20]


def _canonical(parameters: dict[str, Any]) -> str:
    """The parameters as JSON, in one order, whatever kind of number they came as."""
    try:
        return json.dumps(parameters, sort_keys=True, allow_nan=False, default=lambda value: value.item())
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"runs: expected numbers, strings, lists and dicts, got {parameters}: {error}") from None


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    torch = sys.modules.get("torch")  # where nobody has imported it, its threads do nothing
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
