"""What the names of files and folders say: the layouts in which an LMS, a forge or a person hands over a class.

From the source code of the LMS or its documentation:

- Moodle (mod/assign/classes/downloader.php): `Full name_NUMBER_assignsubmission_file/theory.ipynb`, in older versions with
  an underscore at the end of the folder's name; without folders `Full name_NUMBER_assignsubmission_file_theory.ipynb`.
  Underscores of a name become spaces. The number is the participant's in this one assignment. The zip's entries carry the
  time of the download, so there is no time of handing in; the grading worksheet, as the roster, has one.
- Canvas (lib/content_zipper.rb): `leeann_LATE_1234_5678_theory-1.ipynb`: the sortable name without spaces and commas, the
  user's number, the file's number. Its entries carry the time of the download, too.
- nbgrader: `submitted/ann/theory/theory.ipynb` with a `timestamp.txt`, beside `source`, `release`, `autograded` and
  `feedback`; in its exchange `ann+theory+2026-11-05 10:22:33 UTC+…/theory.ipynb`.
- Blackboard Original (nbgrader's documentation gives such a name):
  `Assignment_username_attempt_2026-11-05-10-22-33_theory.ipynb`; the `.txt` beside it is a receipt.

Guesses: Blackboard Ultra writes the same, or leaves out the assignment; a forge's clones are `theory-ann` or `ann`, and
their files carry the time of cloning; folders called "week 3", "class" or as an assignment hold people.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tools.assignments.files import utc

NOTEBOOK = re.compile(r"\.ipynb(?: ?\(\d+\))?(?:\.(?:json|txt))?$", re.IGNORECASE)
SKIPPED = re.compile(r"__MACOSX|\.ipynb_checkpoints|\.DS_Store|\.git|\._.*|Thumbs\.db|desktop\.ini", re.IGNORECASE)
OF_NBGRADER = {"source", "release", "autograded", "feedback"}
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assign(?:submission|feedback)_[a-z]+(?:_(?P<rest>.*))?")
BLACKBOARD = re.compile(r"(?P<name>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<rest>.*)|\.txt)?", re.IGNORECASE)
CANVAS = re.compile(r"(?P<name>\w+?)_(?P<late>LATE_)?(?P<number>\d{3,})_(?P<file>\d{3,})_(?P<rest>.+)")
ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon_[A-Za-z0-9]+)_(?P<file>\d{3,})_(?P<rest>.+)")
EXCHANGE = re.compile(r"(?P<name>[^+]+)\+[^+]+\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[^+]*(?:\+.*)?")
COPY = re.compile(
    r"^(?:copy of |kopie von )|[ _-]+(?:copy[ _-]?\d*|kopie[ _-]?\d*|old|bak|backup)$|[ _-]*\((?:\d+|copy|old)\)$",
    re.IGNORECASE,
)
COMMON = re.compile(
    r"(?:week|unit|lab|sheet|exercise|homework|hw|assignment|task|class|course|submission|submitted|collected|download|notebook"
    r"|untitled|solution|answer|final)e?s?[ _-]*\d*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Told:
    """What an LMS's name tells: which LMS, whose, under which number, where feedback goes, when, and the file's own name."""

    lms: str
    name: str
    number: str = ""
    place: str = ""
    time: datetime | None = None
    late: bool = False
    rest: str = ""
    order: int = 0


def told(name: str, zone: tzinfo | None = None) -> Told | None:
    """What the name of a file or folder tells, if an LMS wrote it.

    >>> moodle = told("Ann Lee_12_assignsubmission_file_theory.ipynb")
    >>> moodle.name, moodle.number, moodle.place, moodle.rest
    ('Ann Lee', '12', 'Ann Lee_12_assignsubmission_file_', 'theory.ipynb')
    >>> canvas = told("leeann_LATE_1234_5678_theory-1.ipynb")
    >>> canvas.name, canvas.number, canvas.late, canvas.place
    ('leeann', '1234', True, 'leeann_LATE_1234_5678_theory-1')
    >>> told("theory.ipynb")
    """
    if match := MOODLE.fullmatch(name):
        who = f"{match['name']} {match['number']}" if match["name"].casefold() == "participant" else match["name"]
        rest = match["rest"] or ""
        return Told("moodle", who, match["number"], name.removesuffix(rest) if rest else name, rest=rest)
    if match := BLACKBOARD.fullmatch(name):
        place = f"{match['name']}_attempt_{match['time']}"
        time = moment(match["time"], "%Y-%m-%d-%H-%M-%S", zone)
        return Told("blackboard", match["name"].rsplit("_", 1)[-1], match["name"], place, time, rest=match["rest"] or "")
    if match := ANONYMOUS.fullmatch(name) or CANVAS.fullmatch(name):
        number = match.groupdict().get("number") or ""
        late, order = bool(match["late"]), int(match["file"][:15])
        return Told("canvas", match["name"], number, stem(name), late=late, rest=match["rest"], order=order)
    if match := EXCHANGE.fullmatch(name):
        return Told("nbgrader", match["name"], place=name, time=stamp(match["time"]))
    return None


def moment(text: str, form: str, zone: tzinfo | None) -> datetime | None:
    try:
        return utc(datetime.strptime(text, form), zone)
    except (ValueError, OverflowError, OSError):
        return None  # the 31st of November


def stamp(text: str) -> datetime | None:
    """The time in nbgrader's timestamp.txt, which is UTC unless the lecturer set another zone.

    >>> stamp("2026-11-05 10:22:33.123456 UTC\\n").isoformat()
    '2026-11-05T10:22:33+00:00'
    """
    match = re.match(r"\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ?(?:UTC)?\s*$", text)
    return moment(f"{match[1]} +0000", "%Y-%m-%d %H:%M:%S %z", None) if match else None


def worksheet_time(text: str, zone: tzinfo | None) -> datetime | None:
    """The time of Moodle's grading worksheet, in English: "Thursday, 5 November 2026, 10:22 AM"."""
    text = re.sub(r"^\w+, ", "", text.strip())
    return moment(text, "%d %B %Y, %I:%M %p", zone)


def stem(name: str) -> str:
    """The name of a file without its ending, if it is a notebook's or a zip's."""
    return re.sub(r"\.zip$", "", NOTEBOOK.sub("", name), flags=re.IGNORECASE)


def plain_name(name: str) -> str:
    """A name without the marks of a copy.

    >>> [plain_name(name) for name in ("class (1)", "theory-Copy1", "ann_old", "Copy of ann", "Arnold")]
    ['class', 'theory', 'ann', 'ann', 'Arnold']
    """
    while (shorter := COPY.sub("", name).strip(" _-")) != name and shorter:
        name = shorter
    return name


def is_copy(name: str) -> bool:
    return plain_name(stem(name)) != stem(name)


def person(name: str, assignments: list[str]) -> str:
    """Whom a file or folder is called after: without ending, marks of a copy, and the assignment's name; "" for nobody.

    >>> [person(name, ["theory"]) for name in ("theory-ann", "Ann Lee_theory (1).ipynb", "theory.ipynb", "week 3")]
    ['ann', 'Ann Lee', '', '']
    """
    name = plain_name(stem(name))
    either = "|".join(re.escape(a) for a in sorted(assignments, key=len, reverse=True)) or "(?!)"
    shorter = re.sub(rf"^(?:{either})(?:[ _-]+|$)|(?:^|[ _-]+)(?:{either})$", "", name, flags=re.IGNORECASE).strip(" _-")
    shorter = plain_name(shorter) if shorter else ""
    return "" if COMMON.fullmatch(shorter) or (shorter.isdecimal() and len(shorter) < 3) else shorter
