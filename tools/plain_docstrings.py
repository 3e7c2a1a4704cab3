"""A Sphinx extension: in docstrings, outside formulas, ``code`` and roles, |x| and x* mean themselves."""

import re

# What to leave alone (code and roles), or what reStructuredText would take for markup.
TOKEN = re.compile(r"(``.+?``|:[\w:]+:`.+?`)|([|*]|(?<=\w)_(?=\W|$))")
DIRECTIVE = re.compile(r"\.\. [\w:-]+::|.*::$")


def escape(app, what, name, obj, options, lines):
    block = None  # the indentation of the directive or literal block that we are in
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if block is not None and line.strip() and indent <= block:
            block = None
        if block is None and DIRECTIVE.match(line.lstrip()):
            block = indent
        elif block is None:
            lines[number] = TOKEN.sub(lambda match: match[1] or "\\" + match[2], line)


def setup(app):
    app.connect("autodoc-process-docstring", escape)
    return {"parallel_read_safe": True}
