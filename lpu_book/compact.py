"""A picture in fewer characters that looks the same: a third of a page with many figures are its coordinates.

Coordinates are rounded to a hundredth of a point and written as steps, and siblings say once what they share.
"""

import re

_LEAVES = r"(?:<(?:path|use) [^>]*/>)+"


def compact(text: str) -> str:
    """An SVG picture as Matplotlib writes it, shorter; what its parts are, and in which order, stays.

    >>> compact('<path d="M 10.5 2 L 10.256 3.1238 L 11 3 z"/>')
    '<path d="m10.5 2-.24 1.12 .74-.12z"/>'
    """
    text = re.sub(r">\s+<", "><", text).replace(" xlink:href=", " href=")
    text = re.sub(r' style="[^"]*"', lambda style: re.sub(r"(?<=[:;]) ", "", style[0]), text)
    text = re.sub(r'(?: [xy]="|translate\(|opacity:)[^")]*', _rounded, text)
    text = re.sub(r'(<use [^>]*) transform="translate\((\S+) 0\)"', r'\1 x="\2"', text)
    text = re.sub(r' d="([^"]*)"', lambda found: f' d="{_steps(found[1])}"', text)
    return re.sub(rf"<g([^>]*)>({_LEAVES})</g>", _said_once, text)


def _rounded(numbers: re.Match[str]) -> str:
    """Places and opacities to a hundredth."""
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), numbers[0])


def _steps(path: str) -> str:
    """A path of absolute coordinates as steps from point to point.

    The points are rounded, not the steps, so that errors don't add up.
    """
    written, before = "", ""
    at = start = (0, 0)
    for letter, rest in re.findall(r"([MLCQz])([^MLCQz]*)", path):
        if letter == "z":
            written, before, at = written + "z", "z", start
            continue
        places = [round(100 * float(value)) for value in rest.split()]
        numbers = [_short(place - at[i % 2]) for i, place in enumerate(places)]
        at = (places[-2], places[-1])
        if letter == "M":
            start = at
        again = (letter == "L" and before in ("M", "L")) or letter == before != "M"
        line = " ".join(numbers) if again else letter.lower() + " ".join(numbers)
        written, before = written + (" " if again else "") + line, letter
    return written.replace(" -", "-")


def _short(hundredths: int) -> str:
    """A number of hundredths: -50 as -.5."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{hundredths / 100:.2f}".rstrip("0").rstrip("."))


def _said_once(group: re.Match[str]) -> str:
    """A group of leaves, where all share a style or a clip path with these in its own place.

    An opacity of the whole is left to the leaves: those that overlap would look different.
    """
    own, leaves = group[1], group[2]
    for name in ("clip-path", "style"):
        found = re.findall(rf' {name}="[^"]*"', leaves)
        shared = len(found) == leaves.count("<") > 1 and len(set(found)) == 1 and f" {name}=" not in own
        if shared and not re.search(r'["; ]opacity:' if name == "style" else " transform=", leaves):
            own, leaves = own + found[0], leaves.replace(found[0], "")
    return f"<g{own}>{leaves}</g>"
