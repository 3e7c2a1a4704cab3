"""The last touches to the built pages: names for screen readers, and nothing along that no page uses."""

import re
import shutil
from collections import Counter
from pathlib import Path

from lpu_book import claims

# What the theme and the extensions write, and what a screen reader can use.  Each is (pattern, replacement).
MENDS = [
    # A name that hides the visible words.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    (r'(<button class="btn search-button-field[^>]*?) aria-label="Search"', r"\1"),
    # A megabyte that holds up every page to draw icons that the theme's fonts have, too.
    (r'<script src="[^"]*scripts/fontawesome\.js[^>]*>\s*</script>', ""),
    # A tab full of JSON instead of a file.
    (r'(<a href="_sources/[^"]+\.ipynb") target="_blank"', r"\1 download"),
    # A toggle without a name: of a chapter that has further pages.
    (r'<summary>(<span class="toctree-toggle")', r'<summary aria-label="Further pages of this chapter">\1'),
    # One name for all proofs of a page and for all bodies of its boxes, so that it names none of them.
    (r'(<(?:div|section)(?: class="[\w -]+")?) id="(?:proof|proof-content|exercise-content|solution-content)"', r"\1"),
    # A list of no items.
    (r'role="doc-biblioentry"', 'role="listitem"'),
]
# What has the colour of the text around it: half of the nodes of a page with much code.
COLOURLESS = re.compile(r'<span class="(?:n|nn|p|w|pre)">([^<]*)</span>')
# A claim's box as lpu_book.claims writes it, in the output of its cell: its outcome and its panel; and some in a row.
BOX = r'<div class="output text_html"><div class="lpu-claim {}"[^>]*>(?:(?!</div>).)*?{}(?:(?!</div>).)*</div>\s*</div>'
CHECK = re.compile(f"({BOX.format('([a-z-]+)', '<b>(.*?)</b>')})", re.DOTALL)
CHECKS = re.compile(f"(?:{BOX.format('[a-z-]+', '')}\\s*)+", re.DOTALL)
# A statement of the paper in a box that the extension has numbered anew, and a link to one.
STATEMENT = re.compile(
    r'(<div class="proof \w+ admonition" id="([\w-]+)">\s*<p class="admonition-title">)'
    r'<span class="caption-number">[^<]*</span> \((.*?): (\w+ \d+) of the paper\)</p>'
)
REFERENCE = re.compile(r'(<a class="reference internal" href="[\w./-]*#([\w-]+)">)[A-Z][a-z]+ [\d.]+</a>')
VERBATIM = re.compile(r"(<(pre|textarea|script|style)\b.*?</\2>)", re.DOTALL)
UNUSED = [
    "_static/flip-flop-*.svg",  # they stand in the page itself
    "_static/readme.svg",
    "_static/**/*.map",
    "_static/locales",
    "_static/**/*webpack-macros.html",
    "_static/scripts/fontawesome.*",
    "_static/vendor/fontawesome/webfonts/*.ttf",  # every browser since 2018 takes the .woff2 beside it
]


def polish(site: Path) -> None:
    """Mend the pages and drop what none of them uses. Exits, naming it, where a mend finds nothing to mend."""
    idle, pages = set(MENDS), {page: page.read_text("utf-8") for page in site.rglob("*.html")}
    names = {label: name for html in pages.values() for _, label, _, name in STATEMENT.findall(html)}
    for page, html in pages.items():
        idle -= {mend for mend in idle if re.search(mend[0], html)}
        page.write_text(called(mended(html), names), "utf-8")
    if idle:
        listed = "\n".join(f"  {pattern}" for pattern, _ in idle)
        raise SystemExit(f"tools/polish.py mends what no page holds (has the theme changed?):\n{listed}")
    for pattern in UNUSED:
        for path in site.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def mended(html: str) -> str:
    for pattern, replacement in MENDS:
        html = re.sub(pattern, replacement, html)
    found = 1
    while found:  # they stand in each other
        html, found = COLOURLESS.subn(r"\1", html)
    return squeezed(CHECKS.sub(folded, html))


def squeezed(html: str) -> str:
    """Without the space around ends of lines, which no reader sees, but in what is shown or run as it is written."""
    parts = VERBATIM.split(html)  # every third is the name of a tag
    parts[::3] = [re.sub(r"\s*\n\s*", "\n", text) for text in parts[::3]]
    return "".join(part for i, part in enumerate(parts) if i % 3 != 2)


def called(html: str, names: dict[str, str]) -> str:
    """The paper's statements by the paper's numbers alone, at their boxes and where they are referred to."""
    html = STATEMENT.sub(r'\1<span class="caption-number">\4 of the paper</span> (\3)</p>', html)
    return REFERENCE.sub(lambda link: f"{link[1]}{names[link[2]]}</a>" if link[2] in names else link[0], html)


def folded(run: re.Match[str]) -> str:
    """The checks under a figure in one line that opens: how many hold. What does not hold stays in sight."""
    checks = CHECK.findall(run[0])
    found = Counter(status for _, status, _ in checks)
    good, rest = ("".join(text for text, status, _ in checks if (status == "holds") == wanted) for wanted in (True, False))
    panels = ", ".join(dict.fromkeys(panel for *_, panel in checks))
    counted = " ".join(f"{found[status]} {icon}" for status, icon in claims.ICONS.items() if found[status])
    line = f"{len(checks)} check{'s' * (len(checks) > 1)}: {counted} <span>{panels}</span>"
    fold = f'<details class="lpu-checks"><summary>{line}</summary>{good}</details>' if good else ""
    return fold + rest
