"""One page's cells in one namespace, in the reader's browser: what runs a cell, and what tells the page of its outputs."""

import ast
import builtins
import importlib.abc
import importlib.machinery
import json
import linecache
import logging
import re
import sys
import traceback
import types

import _host

ABSENT = {"torch": "PyTorch", "ipywidgets": "Jupyter", "pynwb": "PyNWB", "distributed": "Dask", "numba": "Numba"}
"""What no browser has and some cell asks for."""
PLACEHOLDERS = {"lpu_core.training": "torch", "pynwb": "pynwb"}
"""Modules that cells import beside others, and what each would need."""
MOVING = "application/vnd.lpu.moving+json"
MIMES = (MOVING, "text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain")
"""What the page can show, the best first."""

main = types.ModuleType("__main__")
main.__dict__["__builtins__"] = builtins
INNER = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
"""What has names of its own."""
FILLS = ("append", "extend", "add", "update", "setdefault", "insert")
"""Methods by which a cell fills what it has made."""
lost: dict[str, int | str] = {}
"""Names that a cell would have made, had it run; and which cell."""
drawers = []
"""What draws the pictures of second sliders, by the number under which the page knows it."""


def tell(kind, **said):
    """Send the page a message."""
    _host.call(json.dumps({"kind": kind, **said}).encode())


class Stream:
    """Standard output and error, as messages of whole lines."""

    encoding, errors, closed = "utf-8", "replace", False

    def __init__(self, name):
        self.name, self.held = name, ""

    def write(self, text):
        self.held += text
        if "\n" in text or len(self.held) > 4096:
            self.flush()
        return len(text)

    def flush(self):
        if self.held:
            tell("stream", name=self.name, text=self.held)
        self.held = ""

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def isatty(self):
        return False

    def writable(self):
        return True


class NotHere(ImportError):
    """A module that no browser has."""


class Missing:
    """What stands for a thing that needs a module which is not here: it can be imported and passed on, not used."""

    def __init__(self, name, module):
        self.__dict__.update(_name=name, _module=module)

    def _refuse(self, *_, **__):
        raise NotHere(f"{self._name} needs {self._module}", name=self._module)

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = _refuse

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()


class Placeholder(types.ModuleType):
    """A module that is not here: a cell may import from it, and is told so when it calls what it got."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.__name__}.{name}", PLACEHOLDERS[hollow(self.__name__)])


def hollow(name):
    """Which of the PLACEHOLDERS a module is, or belongs to."""
    return next((one for one in PLACEHOLDERS if name == one or name.startswith(f"{one}.")), None)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds Placeholders."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if hollow(name) else None

    def create_module(self, spec):
        return Placeholder(spec.name)

    def exec_module(self, module):
        pass


def display(*things, raw=False, metadata=None, **_):
    """Show things in the page, each in the best of its forms."""
    flush()
    for thing in things:
        show(thing if raw else forms(thing))


def forms(thing):
    """What a thing can look like: text by MIME type."""
    found = {}
    bundle = getattr(thing, "_repr_mimebundle_", None)
    if bundle:
        found = bundle()
        found = found[0] if isinstance(found, tuple) else found
    for mime, name in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_"), ("image/png", "_repr_png_")):
        method = getattr(thing, name, None)
        made = method() if method and mime not in found else None
        if made is not None:
            found[mime] = made
    if type(thing).__name__ == "Figure" and hasattr(thing, "savefig"):
        return picture(thing)
    return found or {"text/plain": repr(thing)}


def show(found):
    """Tell the page of the best form."""
    for mime in MIMES:
        if mime in found:
            data = found[mime]
            if isinstance(data, bytes):
                import base64

                data = base64.b64encode(data).decode()
            tell("display", mime=mime, data=data if isinstance(data, str) else "".join(data))
            return


def picture(figure):
    """A figure of Matplotlib as the book draws them; closes it."""
    from lpu_book.plotting import Picture

    titles = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes]
    return {"text/html": Picture(figure, "A figure drawn by this cell. " + " ".join(filter(None, titles)))._repr_html_()}


class Moving:
    """What lpu_book.plotting.moving makes with Jupyter's widgets: here sliders of the page, over the same pictures."""

    def __init__(self, draw, values, label, alt, start=None, live=None):
        from lpu_book.claims import typeset
        from lpu_book.plotting import Picture

        def name(value):
            return f"{value:g}" if isinstance(value, float) else str(value)

        def shown(value):
            return Picture(draw(value), f"{alt} {label}: {name(value)}.")._repr_html_()

        start = len(values) // 2 if start is None else start
        names = [name(value) for value in values]
        self.said = {"label": typeset(label), "names": names, "pictures": [shown(value) for value in values], "start": start}
        if live:
            step = 1 if all(isinstance(end, int) for end in live) else (live[1] - live[0]) / 200
            self.said["live"] = {"number": len(drawers), "low": live[0], "high": live[1], "step": step}
            drawers.append(lambda value: shown(value if step != 1 else int(value)))

    def _repr_mimebundle_(self):
        return {MOVING: json.dumps(self.said)}


def draw(number, value):
    """Tell the page the picture of a second slider at a value."""
    try:
        tell("drawn", html=drawers[number](value))
    except Exception as error:
        tell("error", **explained(error, None))
    finally:
        flush()


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


def names(statements):
    """The names that lines of a cell bind or fill in, without those inside of functions."""
    found, left = set(), list(statements)
    while left:
        node = left.pop()
        if isinstance(node, INNER):
            found |= {node.name} if hasattr(node, "name") else set()
            continue
        left += ast.iter_child_nodes(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in FILLS:
            node = node.func
        elif not isinstance(getattr(node, "ctx", None), ast.Store):
            continue
        while isinstance(node, (ast.Subscript, ast.Attribute)):
            node = node.value
        if isinstance(node, ast.Name):
            found.add(node.id)
    return found


def parsed(source, file):
    """The cell's syntax tree; lines for IPython alone are passed over."""
    try:
        return ast.parse(source, file)
    except SyntaxError:
        plain = re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)
        if plain == source:
            raise
        return ast.parse(plain, file)


def run(source, number):
    """Run one cell; what its last line gives is shown, unless it ends in a semicolon."""
    file, body = f"<cell {number}>", []
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        tree = parsed(source, file)
        body = [*tree.body]
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec"), main.__dict__)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), file, "eval"), main.__dict__)
            if value is not None and not source.rstrip().endswith(";"):
                main.__dict__["_"] = value
                display(value)
        show_figures()
        for name in names(body):
            lost.pop(name, None)
        tell("done")
    except BaseException as error:
        flush()
        close_figures()
        said, line = explained(error, file), line_of(error, file)
        undone = names(statement for statement in body if statement.end_lineno >= line)
        if isinstance(error, ImportError) or (isinstance(error, NameError) and error.name in lost):
            for name in undone:  # half made, or of an earlier run: whoever needs it shall be told, and get no wrong number
                main.__dict__.pop(name, None)
        lost.update({name: number for name in undone if name not in main.__dict__})
        tell("error", **said)
    finally:
        flush()


def pyplot():
    module = sys.modules.get("matplotlib.pyplot")
    return [module.figure(number) for number in module.get_fignums()] if module else []


def show_figures():
    for figure in pyplot():
        show(picture(figure))


def close_figures():
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def within(error, file):
    """The traceback from the cell's own line on."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != file:
        frames = frames.tb_next
    return frames


def line_of(error, file):
    """The line of the cell that raised."""
    frames = within(error, file)
    return frames.tb_lineno if frames else 0


def explained(error, file):
    """What the page says of an error: why in a sentence, where we know; and the traceback from the cell on."""
    why = None
    module = (getattr(error, "name", None) or "").partition(".")[0] if isinstance(error, ImportError) else ""
    if module in ABSENT:
        why = f"This cell needs {ABSENT[module]}, which does not run in a browser."
    elif isinstance(error, ModuleNotFoundError) and module:
        why = f"This cell needs the package {module}, which is not among those of this page."
    elif isinstance(error, FileNotFoundError):
        why = f"This cell reads a file that is not here: {error.filename}."
    elif isinstance(error, NameError) and error.name in lost:
        maker = f"cell {lost[error.name]}" if lost[error.name] else "a cell that the page does not show"
        why = f"This cell needs {error.name}, which {maker} would have made, had it run to its end."
    elif isinstance(error, NameError):
        why = f"There is no {error.name} yet. Run the cells above first."
    elif isinstance(error, MemoryError):
        why = "This cell needs more memory than the browser gives."
    frames = within(error, file)
    lines = traceback.format_exception(type(error), error, frames, colorize=False)
    return {"why": why, "text": "".join(lines), "type": type(error).__name__}


def render(texts):
    """Tell the page a notebook's texts, a list in JSON, as HTML; formulas in the brackets that MathJax looks for."""
    from html import escape

    from markdown_it import MarkdownIt
    from mdit_py_plugins.amsmath import amsmath_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def formula(text, options):
        left, right = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
        return f'<span class="math">{left}{escape(text)}{right}</span>'

    reader = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, renderer=formula)
    reader.use(amsmath_plugin, renderer=lambda text: f'<div class="math">{escape(text)}</div>')
    tell("rendered", html=[reader.render(text) for text in json.loads(texts)])


def start():
    """Make ready: streams, finder, and the modules that most cells ask for."""
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it misses fonts that no figure takes
    sys.meta_path.insert(0, Finder())
    sys.modules["__main__"] = main


def dress():
    """Once the book's figures are imported: their sliders without Jupyter."""
    from lpu_book import plotting

    plotting.moving = Moving
