"""The pages on speed and on larger machines: their tables say what was measured, and no more."""

import re

import pytest
from pytest import approx

from benchmarks import bench, kinds, rows
from tools import book, costs, speed
from tools.results.__main__ import PARTS


def measured(what, value, target, met, **more):
    return {"what": what, "measured": value, "target": target, "met": met} | more


FOUND = {
    "date": "2026-01-02",
    "machine": {"processor": "A|B", "avx512": True, "cores": 4, "threads": 1, "system": "Linux", "python": "3.11.9",
                "numpy": "2.0"},
    "columns": {
        "as it is": {
            "simulation": [
                measured("a step / its *primitives*", 1.234, "≤ 1.3", True),
                measured("slope", 1.1, "≤ 1.05", False, seconds={"1000": 1e-5, "100000": 1e-3}),
                measured("nanoseconds", 123.4, "", None),
            ],
            "flow": [measured("flow", 9.5, "≤ 1.5", False, reason="tanh is fast here")],
        },
        "as a laptop": {
            "simulation": [
                measured("a step / its *primitives*", 2.5, "≤ 2", False, reason="it is narrow"),
                measured("slope", 1.0, "≤ 1.05", True, seconds={"1000": 2e-5, "100000": 3e-3}),
            ],
            "flow": [measured("flow", 1.25, "≤ 1.5", True)],
        },
    },
}  # fmt: skip


# ------------------------------------------------------------------ speed


def test_the_targets_of_each_column_are_counted_and_a_missed_one_has_its_reason():
    table = speed.table(FOUND)
    counted = "**Measured as it is: 3 targets, 1 met, 2 missed**. **Measured as a laptop: 3 targets, 2 met, 1 missed**."
    assert table.startswith(counted)
    assert r"a step / its \*primitives\*<br>*Why: it is narrow.*" in table
    assert table.count("✓ met") == 3 and table.count("✗ missed") == 3
    assert "flow<br>*Why: tanh is fast here.*" in table
    assert "slope<br>*Why: we have not measured it.*" in table
    assert "### Flow" in table


def test_a_row_has_a_cell_for_each_column_and_one_without_a_target_its_number_alone():
    lines = speed.table(FOUND).splitlines()
    at = lines.index("* - nanoseconds")
    assert lines[at + 1 : at + 3] == ["  - 123", "  - –"]
    at = next(i for i, line in enumerate(lines) if line.startswith("* - flow"))
    assert "9.5 (≤ 1.5)" in lines[at + 1] and "1.25 (≤ 1.5)" in lines[at + 2]


def test_the_machine_is_named():
    said = speed.machine(FOUND)
    assert "2026-01-02" in said and r"A\|B with AVX-512, 4 cores, of which 1 is used" in said and "numpy 2.0" in said


def test_the_picture_shows_the_rows_that_have_times():
    curves = speed.growth(FOUND)
    assert [part.tolist() for part in curves["as it is"]] == [[1000, 100_000], [1e-5, 1e-3]]
    assert curves["as a laptop"][1].tolist() == [2e-5, 3e-3]
    svg = speed.picture(curves)
    assert svg.startswith("<svg") and f'aria-label="{speed.ALT}"' in svg


def test_the_committed_measurement_is_one_of_every_part_and_judges_as_it_says():
    found = speed.load()
    assert set(found["columns"]) <= {bench.NATIVE, bench.LAPTOP}
    for parts in found["columns"].values():
        assert tuple(parts) == bench.PARTS and all(parts.values())
        for row in (row for part in parts.values() for row in part if row["target"]):
            sign, bound = row["target"].split()
            met = row["measured"] <= float(bound) if sign == "≤" else row["measured"] >= float(bound)
            assert row["met"] == met and (met or row["reason"]), row["what"]


def test_both_columns_are_measured_by_the_same_parts():
    assert tuple(rows.PARTS) == bench.PARTS


def test_a_stack_is_of_the_kind_of_its_library_and_machine_code_counts_for_its_caller():
    cell, steps = "<ipython-input>", "/x/lpu_core/steps.py"
    assert kinds.kind([steps, "/x/lpu_core/networks/low_rank.py", cell]) == kinds.KERNELS
    assert kinds.kind(["/x/numpy/linalg.py", steps, cell]) == kinds.REST
    assert kinds.kind([steps, "/x/sklearn/base.py", cell]) == kinds.LIBRARIES
    assert kinds.kind(["/x/scipy/a.py", "<frozen importlib._bootstrap>", "/x/matplotlib/b.py"]) == kinds.IMPORTS
    assert kinds.kind([steps, "/x/matplotlib/figure.py", "/x/lpu_book/plotting.py"]) == kinds.FIGURES
    assert kinds.kind([]) == kinds.REST


def test_the_loops_that_we_compare_with_compute_what_we_do():
    run = rows.Run(50, 3, work=0)
    ours, rates = run.simulate().latents, run.in_torch()().numpy()
    assert ours == approx(rates @ run.net.encoding / 50, abs=1e-5)
    assert run.with_rates().rates == approx(rates, abs=1e-5)


def test_a_row_is_judged_by_its_target(capsys):
    assert rows.row("x", 1.0, "≤ 1")["met"] and not rows.row("x", 1.0, "≥ 1.1", "slow")["met"]
    assert rows.row("x", 1.0)["met"] is None and "reason" not in rows.row("x", 1.0, "≤ 1", "slow")
    assert "MISS  x" in capsys.readouterr().out


# ------------------------------------------------------------------ costs


def test_every_experiment_says_what_it_cost():
    assert {one.name for one in costs.experiments()} == set(PARTS)
    assert set(costs.LAWS) <= set(PARTS)


@pytest.mark.parametrize("one", costs.experiments(), ids=lambda one: one.name)
def test_the_runs_add_up_to_the_measured_cost_and_the_full_sizes_cost_more(one):
    if one.runs:
        assert sum(one.runs) == approx(one.seconds)
    if one.full:
        assert sum(one.full) > one.seconds and len(one.full) >= len(one.runs) and one.larger


def test_decoding_goes_with_the_splits():
    about = {"command": "python -m tools.results readouts.simulated", "cpu_seconds": 30.0, "settings": {"n_splits": 4}}
    one = costs.of({"provenance": about, "parts": [{"cpu_seconds": 10.0}, {"cpu_seconds": 20.0}]})
    assert one.runs == approx((10, 20)) and one.full == approx((250, 500)) and one.larger == "100 splits for 4"


def test_sorting_goes_with_networks_steps_and_neurons():
    how = {"n_neurons": [10, 100], "ranks": [1], "lengths": [2], "n_steps": 4000, "seeds": {"10": 10, "100": 2}}
    found = {"provenance": {"command": "x manifolds.sorting", "cpu_seconds": 30.0, "settings": how}}
    one = costs.of(found)
    assert one.runs == approx((10, 20))
    assert one.full == approx((10, 100))  # at 100 neurons 5 times the networks


def test_drift_repeats_its_largest_sizes():
    sizes = {
        "cpu_seconds_by_size": {"direct_10": 30.0, "direct_99": 80.0},
        "networks_and_runs": {"10": [5, 3], "99": [4, 1]},
    }
    one = costs.of({"provenance": {"command": "x drift.tolerance", "cpu_seconds": 110.0} | sizes})
    assert one.runs == approx([2.0] * 15 + [20.0] * 4) and one.full == approx([2.0] * 15 + [20.0] * 12)


def test_an_experiment_without_a_law_has_its_cost_alone():
    one = costs.of(
        {"provenance": {"command": "python -m tools.results manifolds.random", "cpu_seconds": 5.0, "note": "old"}}
    )
    assert one == costs.Experiment("manifolds.random", 5.0, "old")


@pytest.mark.parametrize(("cores", "expected"), [(1, 100.0), (4, 25.0), (1000, 7.0)])
def test_no_number_of_cores_beats_the_longest_run(cores, expected):
    assert costs.wall(100.0, 7.0, cores) == expected


@pytest.mark.parametrize(("seconds", "said"), [(0.5, "0.5 s"), (59.0, "59 s"), (90.0, "1.5 min"), (3600.0, "1 h")])
def test_a_duration_has_the_unit_that_fits(seconds, said):
    assert costs.duration(seconds) == said


def test_the_tables_hold_every_experiment_and_the_sum():
    made = [costs.Experiment("a.b", 60.0), costs.Experiment("c.d", 100.0, "", (40.0, 60.0), (1800.0, 5400.0), "more")]
    measured, estimated = costs.measured(made), costs.estimated(made)
    assert "`a.b`\n  - 1 min\n  - –\n  - –" in measured and "`c.d`\n  - 1.67 min\n  - 2\n  - 1 min" in measured
    assert "**2.67 min**" in measured
    assert "`c.d`: more\n  - 2\n  - 2\n  - 1.5 h\n  - 1.5 h\n  - 1.5 h\n  - 1.5 h" in estimated
    assert "**all**\n  - 2.02" in estimated


# ------------------------------------------------------------------ the pages


@pytest.mark.parametrize("name", ["speed", "past-one-machine"])
def test_what_a_page_includes_is_made(name):
    text = (book.BOOK / f"{name}.md").read_text("utf-8")
    wanted = re.findall(r"^```\{include\} (\S+)", text, re.MULTILINE) + re.findall(r"^:file: (\S+)", text, re.MULTILINE)
    assert wanted and set(wanted) <= set(speed.fragments() | costs.fragments())


def test_the_commands_of_the_page_are_those_of_the_tool():
    text = (book.BOOK / "past-one-machine.md").read_text("utf-8")
    assert {"--scheduler", "--jobs"} <= set(re.findall(r"tools\.results (--\w+)", text))
    named = re.findall(r'PARTS="([^"]+)"', text)[0].split()
    assert all(name in PARTS or name in {part.partition(".")[0] for part in PARTS} for name in named)
