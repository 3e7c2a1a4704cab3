"""The claims ledger: what the book claims, held against what its chapters measure.

``book/claims.yml`` states each claim once, with its tolerance, before anything is run. A chapter calls
:func:`check` under the figure: the page shows a badge with the numbers, and the same record travels inside
the executed notebook, from where the build collects it (:func:`collect`).
"""

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from html import escape
from pathlib import Path
from typing import Any

import yaml

from lpu_book import BOOK

MIME = "application/vnd.lpu.claim+json"
CLAIM_KINDS = {
    "paper": "the paper says",
    "mathematics": "the paper's mathematics",
    "ours": "ours",
    "analogue": "analogue",
    "peers": "what peers published",
}
"""Who says it, and how the page names it: a sentence or a panel of the paper; a theorem, a definition or an equation of
it; a hypothesis, a law or a control of this book; a statement of the paper about data that are not at hand, held against
others; a result of other authors, tested here."""
HOLDS, DIFFERS, UNDECIDED, NOT_RUN = "holds", "differs", "undecided", "not run"

# How a measured value is held against an expected one; `slack` is the ledger's tolerance.
COMPARISONS = {
    "equal": (lambda measured, expected, slack: measured == expected, "= {expected}"),
    "within": (lambda measured, expected, slack: abs(measured - expected) <= slack, "= {expected} ± {slack}"),
    "relative": (
        lambda measured, expected, slack: abs(measured - expected) <= slack * abs(expected),
        "= {expected} ± {slack} of it",
    ),
    "at least": (lambda measured, expected, slack: measured >= expected, "≥ {expected}"),
    "at most": (lambda measured, expected, slack: measured <= expected, "≤ {expected}"),
}
NEEDS_TOLERANCE = ("within", "relative")
ICONS = {HOLDS: "✓", DIFFERS: "≠", UNDECIDED: "?", NOT_RUN: "–"}


class LedgerError(ValueError):
    """The ledger is malformed, or the chapters do not agree with it; the message has one problem a line."""


@dataclass(frozen=True)
class _Statement:
    """What is claimed, where, and how it is to be tested."""

    id: str
    panel: str
    chapter: str
    kind: str
    statement: str
    comparison: str
    tolerance: float = 0.0

    def _stated(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(_Statement)}


@dataclass(frozen=True)
class Claim(_Statement):
    """One entry of the ledger: a panel's or a theorem's claim, its kind and how it is tested."""

    expected: float | None = None
    """The value in the ledger; None where the chapter computes it from the theory."""
    differs: str | None = None
    """Why the claim does not hold, or cannot be decided, where that is known."""

    def __post_init__(self):
        if self.kind not in CLAIM_KINDS:
            raise LedgerError(f"{self.id}: kind must be one of {tuple(CLAIM_KINDS)}, not {self.kind!r}")
        if self.comparison not in COMPARISONS:
            raise LedgerError(f"{self.id}: comparison must be one of {tuple(COMPARISONS)}, not {self.comparison!r}")
        if not 0 <= self.tolerance < math.inf or (self.tolerance > 0) != (self.comparison in NEEDS_TOLERANCE):
            raise LedgerError(
                f"{self.id}: comparisons {NEEDS_TOLERANCE} need a tolerance above 0 and no other has one; "
                f"here {self.comparison!r} with {self.tolerance}"
            )


@dataclass(frozen=True)
class Record(_Statement):
    """A claim after its chapter ran (or did not)."""

    measured: float | None = None
    expected: float | None = None
    status: str = NOT_RUN
    reason: str | None = None
    profile: str | None = None
    band: tuple[float, float] | None = None
    """The 90 % band of the measured value, where the chapter has one."""

    def numbers(self) -> str:
        """Measured against expected, in words a reader can check."""
        if self.measured is None:
            return "not run"
        wanted = COMPARISONS[self.comparison][1]
        band = f" ({_short(self.band[0])} to {_short(self.band[1])})" if self.band else ""
        return f"measured {_short(self.measured)}{band}, expected " + wanted.format(
            expected=_short(self.expected), slack=_short(self.tolerance)
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        line = f"{ICONS[self.status]} {self.status} · {self.panel} · {self.numbers()}"
        reason = f'<span class="lpu-claim-reason">{typeset(self.reason)}</span>' if self.reason else ""
        html = (
            f'<div class="lpu-claim {self.status.replace(" ", "-")}" id="claim-{escape(self.id)}">'
            f'<span class="lpu-claim-status">{ICONS[self.status]} {escape(self.status)}</span> '
            f'<span class="lpu-claim-text"><b>{escape(self.panel)}</b>: {typeset(self.statement)}</span> '
            f'<span class="lpu-claim-numbers">{escape(CLAIM_KINDS[self.kind])}; {escape(self.numbers())}</span>'
            f"{reason}</div>"
        )
        return {"text/plain": line, "text/html": html, MIME: asdict(self)}


def typeset(text: str) -> str:
    """A sentence as HTML, with the indices and powers of its formulas set.

    >>> typeset("1/τ_LPU falls as N^(-1/2)")
    '1/τ<sub>LPU</sub> falls as N<sup>−1/2</sup>'
    """

    def script(found: re.Match[str]) -> str:
        if found["index"]:
            return f"<sub>{found['index']}</sub>"
        return f"<sup>{(found['sum'] or found['power']).replace('-', '−')}</sup>"

    return _SCRIPT.sub(script, escape(text))


# After a symbol: _index; after anything: ^power, or ^(powers).  Names such as flip_flop have no index.
_SCRIPT = re.compile(
    r"(?<![A-Za-z]{2})(?<=[^\W\d_]|[\u0302*′])_(?P<index>[^\W²³⁴]+)|\^(?:\((?P<sum>[^()]*)\)|(?P<power>[-−]?\w+))"
)


def _short(value: float | None) -> str:
    if value is None:
        return "?"
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    if value and abs(value) < 1e-4:  # in powers of ten as one writes them
        digits, power = f"{value:.1e}".split("e")
        return f"{digits.removesuffix('.0')}·10{str(int(power)).translate(_RAISED)}".removeprefix("1·")
    return f"{value:.4g}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@functools.lru_cache(maxsize=4)
def _entries(text: str) -> list[Any]:
    """The YAML of a ledger; kept, for a chapter asks for it at each of its claims and parsing takes the longest."""
    return yaml.safe_load(text) or []


def load_ledger(path: Path | str = BOOK / "claims.yml") -> dict[str, Claim]:
    """The claims by id. Raises LedgerError for an unknown field, a missing one or an id used twice."""
    ledger: dict[str, Claim] = {}
    for entry in _entries(Path(path).read_text(encoding="utf-8")):
        try:
            claim = Claim(**entry)
        except TypeError as error:
            raise LedgerError(f"{path}: {entry!r}: {error}") from None
        if claim.id in ledger:
            raise LedgerError(f"{path}: the id {claim.id!r} stands there twice")
        ledger[claim.id] = claim
    return ledger


def outcome(claim: Claim, measured: float, expected: float, band: tuple[float, float] | None) -> str:
    """Whether a claim holds. With a band: whether it holds, or fails, for every value in it; else it is undecided."""
    holds = COMPARISONS[claim.comparison][0]
    if band is None:
        return HOLDS if holds(measured, expected, claim.tolerance) else DIFFERS
    inside = [holds(end, expected, claim.tolerance) for end in band]
    if all(inside):
        return HOLDS
    return UNDECIDED if any(inside) or band[0] <= expected <= band[1] else DIFFERS


def evaluate(
    claim: Claim, measured: float, expected: float | None = None, band: tuple[float, float] | None = None
) -> Record:
    """Hold `measured`, or all of its `band`, against the claim.

    `expected` is given where, and only where, the ledger has none.
    """
    if (expected is None) == (claim.expected is None):
        raise ValueError(
            f"expected: claim {claim.id!r} takes its expected value from "
            + ("the chapter, and none was given" if expected is None else f"the ledger ({claim.expected})")
        )
    wanted = float(claim.expected if expected is None else expected)  # type: ignore[arg-type]  # one of them is there
    got, ends = float(measured), None if band is None else (float(band[0]), float(band[1]))
    if not all(map(math.isfinite, (got, wanted, *(ends or ())))):  # an infinity is at least anything, and no JSON
        raise ValueError(f"measured, expected, band: claim {claim.id!r} needs numbers, got {got}, {wanted} and {ends}")
    if ends and not ends[0] <= got <= ends[1]:
        raise ValueError(f"band: claim {claim.id!r} needs one around the measured {got}, got {ends}")
    status = outcome(claim, got, wanted, ends)
    reason = None if status == HOLDS else claim.differs
    return Record(**claim._stated(), measured=got, expected=wanted, status=status, reason=reason, band=ends)


def check(id: str, measured: float, expected: float | None = None, *, band: tuple[float, float] | None = None) -> None:
    """Show on the page whether claim `id` of the ledger holds, and leave the record for the build.

    band: the 90 % band of `measured`; where it covers the bound, the claim is undecided. Raises ValueError for an id that
    the ledger lacks, a value that is no number, or an expected value given twice or not at all. A claim that does not hold
    raises nothing here: the build judges it.
    """
    ledger = load_ledger()
    if id not in ledger:
        raise ValueError(f"id: expected one of the ledger's {sorted(ledger)}, got {id!r}")
    from IPython.display import display  # only chapters need it

    display(evaluate(ledger[id], measured, expected, band))


def _verb(status: str) -> str:
    return "is undecided" if status == UNDECIDED else status


def _records(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def collect(ledger: dict[str, Claim], notebooks: Mapping[str, Mapping[str, Any]], profile: str) -> list[Record]:
    """One record a claim, from the executed `notebooks` (chapter name → notebook).

    The numbers are judged again by the ledger as it stands now. Raises LedgerError when a claim of an executed
    chapter was not checked, or twice, or stands in another chapter, is unknown, or newly fails.
    """
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for chapter, notebook in notebooks.items():
        for record in _records(notebook):
            found.setdefault(record["id"], []).append((chapter, record))
    problems = [f"{id}: checked in {where[0][0]}, but the ledger has no such claim"
                for id, where in found.items() if id not in ledger]  # fmt: skip
    records = []
    for id, claim in ledger.items():
        checks = found.get(id, [])
        if len(checks) > 1:
            problems.append(f"{id}: checked {len(checks)} times, expected once")
        if checks and checks[0][0] != claim.chapter:
            problems.append(f"{id}: checked in {checks[0][0]}, but the ledger places it in {claim.chapter}")
        if not checks:
            if claim.chapter in notebooks:
                problems.append(f"{id}: chapter {claim.chapter} ran without checking it")
            records.append(Record(**claim._stated(), expected=claim.expected))
            continue
        measured = checks[0][1]
        given = None if claim.expected is not None else measured["expected"]
        judged = replace(evaluate(claim, measured["measured"], given, measured.get("band")), profile=profile)
        if judged.status in (DIFFERS, UNDECIDED) and not claim.differs:
            problems.append(f"{id}: {judged.numbers()}, and the ledger does not say why it {_verb(judged.status)}")
        records.append(judged)
    if problems:
        raise LedgerError("\n".join(problems))
    return records
