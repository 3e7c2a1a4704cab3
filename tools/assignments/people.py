"""Whose the files are that came back: the tree is walked from its root, and each thing gets a person.

On each level an LMS's name tells whose something is (:mod:`layouts`); a folder or zip that holds people is opened; any
other folder, zip or notebook belongs to the person whom it is called after. With a roster that person is looked up there.
What lies inside a person's folder never makes it somebody else's.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from tools.assignments import files, layouts
from tools.assignments.files import File, Unreadable, printable
from tools.assignments.layouts import NOTEBOOK, OF_NBGRADER, SKIPPED, Told, person, plain_name, stem
from tools.assignments.roster import Roster, Student, folded

ZIPS, NESTED = 20, 3
"""Zips of a person that are opened, and how deep."""
IN_ALL = 200 * 2**20
"""Bytes that are read of a person: of notebooks, and of zips in zips."""
LEVELS = 8
"""Folders in folders that hold people."""


@dataclass
class Found:
    """A file of somebody: what the LMS's name told, and why it can't be read, where that is known."""

    file: File
    told: Told | None = None
    problem: str | None = None


@dataclass
class Pile:
    """What belongs to one person: by which name, the folder or zip in which it stands, what the LMS told, the files.

    Cloned files carry the time of cloning. Feedback goes to `place`, unless the files' own names say where. The name may
    stand `within` a folder that the roster doesn't know: then it is only a student's who has handed in nowhere else.
    """

    name: str
    where: str
    told: Told | None = None
    found: list[Found] = field(default_factory=list)
    cloned: bool = False
    place: str = ""
    within: str = ""
    remarks: list[str] = field(default_factory=list)


@dataclass
class Walk:
    """A walk through what came back. Zips that hold people stay open until `stack` is closed."""

    assignments: list[str]
    roster: Roster | None
    zone: tzinfo | None
    stack: ExitStack

    def owned(self, path: Path) -> dict[str, list[Pile]]:
        """The piles of each student: under the roster's key, or the cleaned name."""
        self.piles: list[Pile] = []
        for pile in self.root(path):
            try:
                self.piles += list(self.apart(pile))
            except Exception:  # nobody stops the class
                self.piles.append(pile)
        owned: dict[str, list[Pile]] = defaultdict(list)
        for pile in sorted(self.piles, key=lambda pile: pile.within != ""):
            student = self.owner(pile)
            if pile.within and student in owned and not all(other.within for other in owned[student]):
                pile.remarks.append(f"called after {student}, who has handed in elsewhere")
                student = f"{clean(pile.within)} (not on the roster)"
            owned[student].append(pile)
        return owned

    def root(self, path: Path) -> Iterator[Pile]:
        """The piles of what lies at a path. Raises SystemExit where that is no folder, zip or notebook."""
        if path.is_dir():
            yield from self.level(files.listed(path), (path.resolve().name,))
        elif path.is_file():
            one = files.on_disk(path, (printable(path.name),))
            if NOTEBOOK.search(one.name):
                yield from self.level([one], ("",))
                return
            try:
                inside = files.unzipped(one, self.stack, self.zone)
            except Unreadable as error:
                raise SystemExit(f"SUBMISSIONS: {path}: {error}; unzip it and give the folder") from None
            yield from self.level(inside, (stem(one.name),))
        else:
            raise SystemExit(f"SUBMISSIONS: no folder, zip or notebook at {path}")

    # -------------------------------------------------------------- levels

    def level(self, found: list[File], above: tuple[str, ...], cloned: bool = False, within: str = "") -> Iterator[Pile]:
        """The piles of a folder or zip that holds people."""
        cloned = cloned or any(file.parts[0] == ".git" for file in found)
        clones = {file.parts[0] for file in found if file.parts[1:2] == (".git",)}
        with_clones = {file.parts[0] for file in found if ".git" in file.parts}
        held: dict[str, list[File]] = defaultdict(list)
        leaves: list[File] = []
        for file in found:
            if not any(SKIPPED.fullmatch(part) for part in file.parts):
                (held[file.parts[0]] if len(file.parts) > 1 or file.is_zip else leaves).append(file)
        if "submitted" in held and OF_NBGRADER & held.keys():
            held, leaves = {"submitted": held["submitted"]}, []
        piles: dict[tuple[str, str, str], Pile] = {}

        def add(name: str, told: Told | None, mine: list[File]) -> None:
            key = (told.lms, told.name, told.number) if told else ("", name, "")
            where = "/".join(above) if told and told.lms == "moodle" else ""
            pile = piles.setdefault(key, Pile(told.name if told else name, where, told, cloned=cloned, within=within))
            pile.cloned |= mine[0].parts[0] in with_clones
            pile.found += [Found(file, told) for file in mine]

        plain = {}
        for name, mine in held.items():
            told = layouts.told(name, self.zone)
            if told:
                add(name, told, mine)
            else:
                plain[name] = mine
        nameless: list[File] = []
        for file in leaves:
            told = layouts.told(file.name, self.zone)
            if told or not NOTEBOOK.search(file.name):
                add(Path(file.name).stem, told, [file])
            elif name := person(file.name, self.assignments):
                add(name, None, [file])
            else:
                nameless.append(file)
        yield from self.nameless(nameless, above, bool(piles or plain))
        insides = {name: self.inside(mine) for name, mine in plain.items()}
        alone = len(plain) == 1 and not nameless and not any(NOTEBOOK.search(file.name) for file in leaves)
        by_lms = bool(insides) and all(self.of_lms(inside) for inside in insides.values() if has_work(inside))
        for name, mine in plain.items():
            opened = name not in clones and self.holds_people(name, insides[name], above, alone, by_lms)
            if opened and len(above) <= LEVELS:
                unknown = within or (person(name, self.assignments) if self.roster else "")
                yield from self.level(self.opened(mine, self.stack), (*above, plain_name(stem(name))), cloned, unknown)
            else:
                add(person(name, self.assignments) or plain_name(stem(name)), None, mine)
        yield from piles.values()

    def nameless(self, leaves: list[File], above: tuple[str, ...], others: bool) -> Iterator[Pile]:
        """Notebooks whose name is that of an assignment, or of nothing: of whom the folder is called after, if of one."""
        outer = next((name for part in reversed(above) if (name := person(part, self.assignments))), "")
        several = len({plain_name(stem(file.name)).casefold() for file in leaves}) < len(leaves)
        if outer and leaves and not several and not others:
            remark = f"whose it is, only the name of the folder or zip tells: {outer}"
            yield Pile(outer, "", None, [Found(file) for file in leaves], place=outer, remarks=[remark])
            return
        for file in leaves:
            yield Pile(stem(file.name), "", None, [Found(file)], remarks=["its name doesn't tell whose it is"])

    def holds_people(self, name: str, inside: list[File], above: tuple[str, ...], alone: bool, by_lms: bool) -> bool:
        """Is a folder or zip one that holds people, rather than a person's own?"""
        who, here = person(name, self.assignments), holders(inside)
        if by_lms or ("submitted" in here and OF_NBGRADER & here):
            return True
        if self.roster:
            if who and self.roster.find(who):
                return False
            if len({s.key for part in here if (s := self.roster.find(person(part, self.assignments)))}) > 1:
                return True
            if self.roster.find(plain_name(stem(name))):
                return False
        if not who or not alone:
            return not who
        if folded(plain_name(stem(name))) == folded(plain_name(above[-1])):
            return True
        while len(here) == 1 and all(len(file.parts) > 1 for file in inside):
            inside = [file.below() for file in inside]
            here = holders(inside)
        return len({folded(who) for part in here if (who := person(part, self.assignments))}) > 1

    def of_lms(self, inside: list[File]) -> bool:
        """Do the names in a folder or zip, or in the one folder in it, come from an LMS?"""
        while inside and len({file.parts[0] for file in inside}) == 1 and all(len(file.parts) > 1 for file in inside):
            if layouts.told(inside[0].parts[0]):
                return True
            inside = [file.below() for file in inside]
        return any(layouts.told(name) for name in {file.parts[0] for file in inside})

    def inside(self, mine: list[File]) -> list[File]:
        """What is in a folder or zip, to look at the names."""
        with ExitStack() as stack:
            return self.opened(mine, stack)

    def opened(self, mine: list[File], stack: ExitStack) -> list[File]:
        """The files in a folder or zip, seen from there; of a zip that can't be read, none."""
        found: list[File] = []
        for file in mine:
            if len(file.parts) > 1:
                found.append(file.below())
                continue
            try:
                found += files.unzipped(file, stack, self.zone)
            except Unreadable:
                found.append(file)
        return [file for file in found if not any(SKIPPED.fullmatch(part) for part in file.parts) or ".git" in file.parts]

    def expanded(self, pile: Pile, stack: ExitStack) -> list[Found]:
        """The files of a person, with those in their zips, and zips in them."""
        done: list[Found] = []
        waiting = [(found, 0) for found in reversed(pile.found)]
        opened, budget = 0, files.Budget(IN_ALL)
        while waiting:
            found, depth = waiting.pop()
            file = found.file
            if not file.is_zip or found.problem:
                done.append(found)
                continue
            opened += 1
            try:
                if depth >= NESTED or opened > ZIPS:
                    raise Unreadable(f"a zip in a zip is opened {NESTED} deep, and {ZIPS} zips of a student")
                inside = files.unzipped(file, stack, self.zone, budget)
            except Unreadable as error:
                done.append(Found(file, found.told, str(error)))
                continue
            inside = [part for part in inside if not any(SKIPPED.fullmatch(name) for name in part.parts)]
            if not inside:
                done.append(Found(file, found.told, "the zip holds no file"))
            for part in reversed(inside):
                waiting.append((Found(replace(part, parts=(*file.parts, *part.parts)), found.told), depth + 1))
        return done

    # -------------------------------------------------------------- whose

    def apart(self, pile: Pile) -> Iterator[Pile]:
        """A pile whose name the roster doesn't know, by the students whom the names inside tell."""
        if self.roster is None or pile.told or self.students(pile):
            yield pile
            return
        rest = replace(pile, found=[])
        mine: dict[str, Pile] = {}
        for found in self.expanded(pile, self.stack):
            for part in found.file.parts[1:]:
                if student := self.roster.find(person(part, self.assignments)):
                    new = Pile(student.key, "", place=student.key, within=pile.name, remarks=[f"whose it is, {part} tells"])
                    mine.setdefault(student.key, new).found.append(found)
                    break
            else:
                rest.found.append(found)
        yield from mine.values()
        if any(NOTEBOOK.search(found.file.name) for found in rest.found) or not mine:
            yield rest

    def students(self, pile: Pile) -> list[Student]:
        """The students on the roster whom a pile's name may mean."""
        roster, told = self.roster, pile.told
        assert roster
        if told and told.number in roster.numbers and roster.lms == told.lms:
            return [roster.numbers[told.number]]
        if told and told.lms == "blackboard" and (student := roster.login_at_end(told.number)):
            return [student]
        found = roster.matches(pile.name)
        if not found and told and told.lms == "canvas":
            found = roster.squeezed(pile.name)
        return found

    def owner(self, pile: Pile) -> str:
        """The key of a pile's student; the pile is told where that isn't sure."""
        name = clean(pile.name)
        if self.roster is None:
            told = pile.told
            if told and len(self.numbers[told.lms, pile.where, told.name]) > 1:
                pile.remarks.append(f"several people are called {name}; a roster would tell them apart for good")
                return f"{name} ({told.number})"
            return name
        found = self.students(pile)
        if len(found) == 1:
            return found[0].key
        if found:
            some = "; ".join(f"{student.name} ({student.key})" for student in found[:3])
            pile.remarks.append(f"could be of several on the roster: {some}{' …' if len(found) > 3 else ''}")
        else:
            pile.remarks.append("not on the roster: nobody there has this id, e-mail, login or name")
        return f"{name} (not on the roster)"

    @cached_property
    def numbers(self) -> dict[tuple[str, str, str], set[str]]:
        """The LMS's numbers of all who have a name, where the LMS has a number for each."""
        found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for pile in self.piles:
            if pile.told and pile.told.lms in ("moodle", "canvas"):
                found[pile.told.lms, pile.where, pile.told.name].add(pile.told.number)
        return found


def holders(inside: list[File]) -> set[str]:
    """The names of folders, zips and notebooks."""
    seen = {f.parts[0] for f in inside if len(f.parts) > 1 or f.is_zip or NOTEBOOK.search(f.name)}
    return {name for name in seen if not SKIPPED.fullmatch(name)}


def has_work(inside: list[File]) -> bool:
    """Is there a notebook or a zip?"""
    return any(file.is_zip or NOTEBOOK.search(file.name) for file in inside)


def clean(name: str) -> str:
    """A student's name as it may stand in tables and names of files; two names never become one.

    >>> clean("Ann Lee"), clean("Ann_Lee"), clean("=cmd()|x")
    ('Ann Lee', 'Ann_Lee', 'cmd()_x-a51b5f16')
    """
    whole = printable(name)
    kept = re.sub(r"[^\w @.,'()+-]", "_", whole)[:60]
    kept = re.sub(r"^[\W_]+", "", kept).rstrip(" .") or "nameless"
    return kept if kept == whole else f"{kept}-{sha256(whole.encode()).hexdigest()[:8]}"
