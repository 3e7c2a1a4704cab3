"""Broken submissions, drawn at random from good ones: notebooks and zips, as bytes. A seed always gives the same."""

import copy
import io
import json
import random
import re
import struct
import warnings
import zipfile

GOOD = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Theory"},
        {
            "cell_type": "code",
            "id": "b",
            "execution_count": 1,
            "metadata": {"nbgrader": {"grade_id": "step", "solution": True, "grade": False}, "tags": ["mine"]},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}],
            "source": ["def step(network, rates, inputs, alpha):\n", "    return rates"],
        },
        {
            "cell_type": "markdown",
            "id": "c",
            "metadata": {"nbgrader": {"grade_id": "conclude", "solution": True, "grade": True, "points": 2}},
            "attachments": {"photo.png": {"image/png": "aGVsbG8="}},
            "source": "The tuning is real. ![photo](attachment:photo.png)",
        },
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "lpu": {"assignment": "theory"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
"""A small notebook that can be graded."""
TEXTS = (
    "",
    "\ud800",
    "half an emoji \ud83d",
    "\x00\x1b[31m\x07",
    "\u202eEVIL",
    "a\nb\r",
    "=cmd()",
    "<script>",
    "Jo\u0308rg",
    "\ufeff",
    "x" * 5000,
)
VALUES = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**40,
    [],
    {},
    [[]],
    [None],
    {"": None},
    ["theory"],
    {"a": {"b": []}},
)
VERSIONS = (0, 1, 2, 3, 5, 4.99, "4", None, True, -1, [4])
NAMES = (
    "theory.ipynb",
    "Theory.IPYNB",
    "theory.ipynb.txt",
    "a/b/theory.ipynb",
    "../../theory.ipynb",
    "/etc/theory.ipynb",
    "C:\\hw\\theory.ipynb",
    "Ben Fox_13_assignsubmission_file_theory.ipynb",
    "notes.txt",
    "__MACOSX/._theory.ipynb",
    "x" * 300 + ".ipynb",
    "/".join("abcdefgh" * 8) + "/theory.ipynb",
    "\x07bell\u202e.ipynb",
    "inner.zip",
    "inner.zip/theory.ipynb",
)


def anything(rng):
    """A value that nobody expects."""
    return copy.deepcopy(rng.choice(VALUES)) if rng.random() < 0.6 else rng.choice(TEXTS)


def nodes(tree, path=()):
    """The paths to all that a tree holds."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items):
        yield (*path, key)
        yield from nodes(value, (*path, key))


def spoil_node(rng, tree):
    """Replace, remove, double or rename something in the notebook."""
    path = rng.choice(list(nodes(tree)) or [()])
    if not path:
        return
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    how = rng.choice(("replace", "replace", "replace", "remove", "wrap", "double", "rename"))
    if how == "replace":
        parent[path[-1]] = anything(rng)
    elif how == "remove":
        del parent[path[-1]]
    elif how == "wrap":
        parent[path[-1]] = [parent[path[-1]]] if rng.random() < 0.5 else {"x": parent[path[-1]]}
    elif isinstance(parent, list):
        parent += copy.deepcopy(parent) if len(parent) < 100 else []
    elif how == "rename":
        parent[rng.choice(TEXTS)] = parent.pop(path[-1])


def spoil_meaning(rng, tree):
    """Break what grading reads: the assignment, a mark, the language, the version, a source, a picture."""
    cells = tree.get("cells")
    cell = rng.choice(cells) if isinstance(cells, list) and cells else {}
    cell = cell if isinstance(cell, dict) else {}
    what = rng.randrange(9)
    if what == 0:
        tree["metadata"] = {"lpu": {"assignment": anything(rng)}, "kernelspec": anything(rng), "widgets": anything(rng)}
    elif what == 1:
        cell["metadata"] = {"nbgrader": anything(rng), "tags": ["a", "a", 1]}
    elif what == 2:
        cell["metadata"] = {"nbgrader": {"grade_id": anything(rng), "points": anything(rng), "solution": anything(rng)}}
    elif what == 3:
        tree["nbformat"] = rng.choice(VERSIONS)
    elif what == 4:
        cell["source"] = rng.choice(TEXTS) if rng.random() < 0.7 else [rng.choice(TEXTS), anything(rng)]
    elif what == 5:
        cell["attachments"] = {rng.choice(TEXTS): {"image/png": anything(rng), rng.choice(TEXTS): anything(rng)}}
    elif what == 6:
        cell.pop("outputs", None)
        cell["cell_type"] = rng.choice(("code", "heading", "markdown", "raw", "", None, []))
    elif what == 7:
        tree["metadata"] = {"language_info": {"name": rng.choice(("R", *TEXTS))}}
    else:
        tree.update(nbformat=rng.choice((2, 3)), worksheets=rng.choice(([{"cells": cells}], [], {}, [anything(rng)])))


def spoil_bytes(rng, data):
    """Change, cut, double or insert bytes."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 2, 4, 50)))
        how = rng.randrange(5)
        if how == 0:
            data[start:end] = rng.randbytes(end - start)
        elif how == 1:
            del data[start:end]
        elif how == 2:
            data[start:start] = rng.choice(
                (b"\xff", b"\x00", b"\xed\xa0\x80", b'"', b"{", b"[" * 3000, b"9" * 5000, b"\\ud800")
            )
        elif how == 3:
            data[start:start] = data[start:end]
        elif rng.random() < 0.3:
            del data[start:]
    return bytes(data)


def notebook(rng):
    """A broken notebook."""
    tree = copy.deepcopy(GOOD)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        rng.choice((spoil_node, spoil_meaning))(rng, tree)
    text = json.dumps(tree, ensure_ascii=rng.random() < 0.7)
    if rng.random() < 0.02:
        text = rng.choice(("[" * 200_000, '{"a":' * 100_000, "", "null", "[]", '"x"', "{}", "1e999", text * 2, "[]" + text))
    if rng.random() < 0.01:
        text = json.dumps(GOOD | {"cells": GOOD["cells"] * 1000})
    coding = rng.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7"))
    data = text.encode(coding, "surrogatepass" if coding.startswith("utf-") and coding != "utf-7" else "replace")
    return spoil_bytes(rng, data) if rng.random() < 0.3 else data


def archive(rng, depth=0):
    """A broken zip: odd entries, and fields or bytes that are not what they should be."""
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w") as made:
        warnings.simplefilter("ignore")  # names that are there twice
        for _ in range(rng.choice((1, 1, 2, 3, 6))):
            info = zipfile.ZipInfo(rng.choice(NAMES), (rng.choice((1980, 2026, 2107)), rng.randint(1, 12), 1, 0, 0, 0))
            info.compress_type = rng.choice(
                (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
            )
            info.external_attr = rng.choice((0o100644, 0o120777, 0o040755)) << 16
            nested = info.filename == "inner.zip" and depth < 5
            made.writestr(info, archive(rng, depth + 1) if nested else notebook(rng))
    data = packed.getvalue()
    how = rng.randrange(4)
    return data if how == 0 else spoil_bytes(rng, data) if how == 1 else spoil_fields(rng, data)


def spoil_fields(rng, data):
    """Change a field of a header: versions, flags, methods, dates, sizes, lengths, names."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2))):
        kind = rng.choice((b"PK\1\2", b"PK\1\2", b"PK\3\4", b"PK\5\6"))
        places = [match.start() for match in re.finditer(re.escape(kind), data)]
        if not places:
            continue
        start = rng.choice(places)
        if kind == b"PK\1\2" and rng.random() < 0.4 and start + 47 < len(data):
            flags, name = start + 8, start + 46
            data[flags : flags + 2] = struct.pack("<H", rng.choice((0x800, 1, 0x801, 0xFFFF, 0x20, 0x40)))
            data[name] = rng.choice((0xFF, 0xC3, 0, 0x2F, 0x80))
            continue
        field = start + rng.randrange(4, 46 if kind == b"PK\1\2" else 30 if kind == b"PK\3\4" else 22)
        if field < len(data):
            data[field] = rng.choice((0, 1, 8, 12, 14, 99, 0x7F, 0xFF))
    return bytes(data)


def cases(seed, count):
    """Broken submissions: an ending and the bytes."""
    rng = random.Random(seed)
    return [(".zip", archive(rng)) if rng.random() < 0.35 else (".ipynb", notebook(rng)) for _ in range(count)]
