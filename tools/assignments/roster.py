"""The roster: the list of students as an LMS exports it, and whose a file or folder is by its name.

Columns that are known, whatever else a table holds (upper and lower case are alike):

- Moodle's grading worksheet: `Identifier` ("Participant 12", a number of that assignment alone), `Full name`, `ID number`,
  `Email address`; its export of grades and participants: `First name`, `Last name` or `Surname`, `ID number`, `Username`.
- Canvas's gradebook: `Student` ("Lee, Ann"; or `LastName`, `FirstName`), `ID`, `SIS User ID`, `SIS Login ID`. Its rows above
  the students ("Points Possible") are left out.
- Blackboard's grade centre: `Last Name`, `First Name`, `Username`, `Student ID`; as a table with tabs in UTF-16, too.
- A table of one's own: `name`, `id`, `email`, `login`, as many of them as there are.

These are the columns that Moodle's and Canvas's source code writes; Blackboard's are those of exports that people published.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tools.assignments.questions import plain

COLUMNS = {
    "id": ("id number", "sis user id", "student id", "student number", "id"),
    "login": ("username", "sis login id", "login", "login id", "user name"),
    "email": ("email address", "email", "e-mail", "mail"),
    "name": ("full name", "name", "student", "student name"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "number": ("identifier",),
    "time": ("last modified (submission)",),
}
"""What a column may be called, the more telling name first."""
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
ACCENTS = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """A text without what upper case, accents and ways to compose them add.

    >>> folded("Jo\u0308rg Müller-Strauß"), folded("ŁUKASZ")
    ('jorg muller-strauss', 'lukasz')
    """
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold().translate(PLAIN))


def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, folded.

    >>> tokens("Lee, Ann_12 (ann.lee@uni.edu)")
    ('lee', 'ann', '12', 'ann', 'lee', 'uni', 'edu')
    """
    return tuple("".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded(text)).split())


@dataclass(frozen=True)
class Student:
    """One line of the roster: the key under which all is kept, the name, the e-mail, and all columns as they came."""

    key: str
    name: str
    email: str
    row: dict[str, str]


class Roster:
    """The students by key, the columns in their order, and the LMS: "moodle", "canvas", "blackboard" or "".

    The key is the id, or where there is none the login, the e-mail or the name.
    """

    def __init__(self, rows: list[tuple[int, dict[str, str]]], columns: list[str], source: str = "roster.csv"):
        self.columns = columns
        known = {" ".join(column.casefold().split()): column for column in columns}
        self.known = {what: [known[name] for name in names if name in known] for what, names in COLUMNS.items()}
        if not any(self.known[what] for what in ("id", "login", "email", "name", "last", "number")):
            raise SystemExit(
                f"{source}: the first line should name the columns, such as name, id, email; it is "
                f"{', '.join(columns)[:200]!r}"
            )
        canvas = "student" in known or "sis login id" in known
        self.lms = "moodle" if self.known["number"] else "canvas" if canvas and "id" in known else ""
        if not self.lms and {"last name", "first name", "username"} <= known.keys():
            self.lms = "blackboard"
        self.students: dict[str, Student] = {}
        self.numbers: dict[str, Student] = {}
        """Students by the number that the LMS puts into names of files: Moodle's participant, Canvas's ID."""
        self._words: dict[tuple[str, ...], set[str]] = {}
        self._sure: set[tuple[str, ...]] = set()
        self._logins: dict[str, Student | None] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._squeezed: dict[str, set[str]] = {}
        lines: dict[str, int] = {}
        for line, row in rows:
            student = self._student(row)
            if student is None:
                continue
            if student.key in lines:
                raise SystemExit(
                    f"{source}, lines {lines[student.key]} and {line}: two students have the id {student.key!r}; "
                    "each needs an id of their own"
                )
            lines[student.key] = line
            self.students[student.key] = student
            self._learn(student)
        if not self.students:
            raise SystemExit(f"{source}: there is no student in it")

    @classmethod
    def read(cls, path: Path) -> "Roster":
        """The roster in a CSV: with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows' own encoding.

        Raises SystemExit, with the lines, where the columns say nothing, a line has too many, or two students have one id.
        """
        try:
            text = decoded(path.read_bytes())
        except OSError as error:
            raise SystemExit(f"{path}: the roster can't be read: {error.strerror}") from None
        first = next((line for line in text.splitlines() if line.strip()), "")
        delimiter = max(",;\t", key=first.count)
        table = csv.reader(io.StringIO(text), delimiter=delimiter)
        rows: list[tuple[int, dict[str, str]]] = []
        columns: list[str] = []
        try:
            for cells in table:
                if not any(cell.strip() for cell in cells):
                    continue
                if not columns:
                    columns = [cell.strip() for cell in cells]
                    twice = [name for name, n in Counter(c for c in columns if c).items() if n > 1]
                    if twice:
                        raise SystemExit(f"{path}: two columns are called {twice[0]!r}")
                    continue
                if any(cell.strip() for cell in cells[len(columns) :]):
                    raise SystemExit(
                        f"{path}, line {table.line_num}: {len(cells)} cells, but there are {len(columns)} columns; "
                        'a name with a comma needs quotes: "Lee, Ann"'
                    )
                cells += [""] * (len(columns) - len(cells))
                rows.append((table.line_num, {name: cell for name, cell in zip(columns, cells, strict=False) if name}))
        except csv.Error as error:
            raise SystemExit(f"{path}, line {table.line_num}: no table that can be read: {error}") from None
        return cls(rows, [name for name in columns if name], str(path))

    def find(self, text: str) -> Student | None:
        """The one student whom a text names by id, e-mail, login or whole name; None for nobody and for several."""
        found = self.matches(text)
        return found[0] if len(found) == 1 else None

    def matches(self, text: str) -> list[Student]:
        """The students whom a text may mean, in whole words.

        First counts an id, login or e-mail that has a digit or an @, or is all of the text; then all words of a name, the
        longer of "Ann Lee" and "Ann Lee Smith"; then any other login, and an e-mail's part before the @. Ids of up to three
        digits, and others of up to two characters, count only where they are all of the text.
        """
        if text in self.students:
            return [self.students[text]]
        said = tokens(text[:1000])[:60]
        sure: set[str] = set()
        likely: set[str] = set()
        for length in range(min(len(said), 8), 0, -1):
            for start in range(len(said) - length + 1):
                part = said[start : start + length]
                if part != said and length == 1 and len(part[0]) < (4 if part[0].isdecimal() else 3):
                    continue
                if part == said or part in self._sure:
                    sure |= self._words.get(part, set())
                elif not likely:
                    likely |= self._words.get(part, set())
            if sure:
                return self._listed(sure)
        words = set(said)
        named = {key for key, name in self._names.items() if name <= words}
        return self._listed({key for key in named if not any(self._names[key] < self._names[k] for k in named)} or likely)

    def squeezed(self, text: str) -> list[Student]:
        """The students whose name it is without a space, as Canvas writes it: "leeann" for "Lee, Ann"."""
        return self._listed(self._squeezed.get("".join(tokens(text)), set()))

    def login_at_end(self, text: str) -> Student | None:
        """The student whose login or id ends a text after an underscore, as in Blackboard's "Homework 1_ann_lee"."""
        parts = text.split("_")
        for start in range(max(0, len(parts) - 8), len(parts)):
            if student := self._logins.get(folded("_".join(parts[start:]).strip())):
                return student
        return None

    def _listed(self, keys: set[str]) -> list[Student]:
        return [self.students[key] for key in sorted(keys)]

    def _cell(self, row: dict[str, str], what: str) -> str:
        """The first of a student's cells of a kind that isn't empty, as text for people."""
        for column in self.known[what]:
            text = " ".join(unicodedata.normalize("NFC", plain(row[column], 200)).split())
            if text:
                return text
        return ""

    def _student(self, row: dict[str, str]) -> Student | None:
        """A line as a student; None for one that holds none."""
        email, login = self._cell(row, "email"), self._cell(row, "login")
        name = self._cell(row, "name") or f"{self._cell(row, 'first')} {self._cell(row, 'last')}".strip()
        key = self._cell(row, "id") or login or email or name or self._cell(row, "number")
        if not key or (self.lms == "canvas" and (name.casefold() == "points possible" or not name)):
            return None
        return Student(key, name or key, email, row)

    def _learn(self, student: Student) -> None:
        """Note by what a student is found."""
        row, key = student.row, student.key
        telling = {key, student.email, self._cell(row, "id"), self._cell(row, "login")} - {""}
        if student.email:
            telling.add(student.email.split("@")[0])
        for text in telling:
            if words := tokens(text):
                self._words.setdefault(words, set()).add(key)
                if re.search(r"[@\d]", text):
                    self._sure.add(words)
            self._logins[folded(text)] = student if self._logins.get(folded(text), student) is student else None
        name = tokens(student.name)
        if len("".join(name)) > 2:
            self._names[key] = frozenset(name)
            last, comma, first = student.name.partition(",")
            given, _, family = student.name.rpartition(" ")
            orders = (first + last, last + first) if comma else (student.name, family + given)
            for order in orders:
                self._squeezed.setdefault("".join(tokens(order)), set()).add(key)
        number = self._cell(row, "number").split()[-1:] if self.lms == "moodle" else []
        if self.lms == "canvas":
            ids = [column for column in self.known["id"] if column.casefold() == "id"]
            number = [row[ids[0]].strip()] if ids else []
        if number and number[0].isdecimal():
            self.numbers[number[0]] = student


def decoded(data: bytes) -> str:
    """The text of a table, whatever wrote it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
