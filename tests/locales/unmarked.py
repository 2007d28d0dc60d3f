"""Finds words in templates that no catalogue can translate: text, attributes that are read, strings in expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "appliance" / "web" / "templates"
SCRIPTS = ROOT / "appliance" / "web" / "static"

_HOLE = "\ufffc"  # where an expression or a marked text stood
_READ_ALOUD = {"alt", "title", "aria-label", "aria-description", "placeholder", "label"}
_WORD = re.compile(r"[A-Za-z]?[a-z]{2,}")
_SEVERAL = re.compile(r"[a-z]+[,.:]? [A-Za-z]+")
_NAMES = {"certificate", "png", "json", "receipt", "tlog", "proof", "same", "origin"}
_SILENT = {"style", "script"}


def unmarked(template: Path) -> list[str]:
    """The words of `template` that are neither in `_()` nor in `trans`."""
    source = template.read_text()
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    page = _Page()
    page.feed("".join(_outside(environment, source)))
    return page.found + list(_loose_strings(environment, source))


def _outside(environment: Environment, source: str) -> Iterator[str]:
    """The text of a template with holes where it is computed or marked."""
    inside, is_block, first = False, False, False
    for _line, kind, text in environment.lex(source):
        if kind == "block_begin":
            is_block = first = True
        elif kind == "block_end":
            is_block = False
            yield "" if inside else _HOLE
        elif kind == "variable_begin" and not inside:
            yield _HOLE
        elif kind == "name" and is_block and first:
            inside = text == "trans" or (inside and text != "endtrans")
            first = False
        elif kind == "data" and not inside:
            yield text


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in _SILENT
        for name, value in attrs:
            if name in _READ_ALOUD:
                self._look(value or "")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._look(data)

    def _look(self, text: str) -> None:
        words = set(_WORD.findall(text.replace(_HOLE, " "))) - _NAMES
        if words:
            self.found.append(" ".join(text.replace(_HOLE, "…").split()))


def _loose_strings(environment: Environment, source: str) -> Iterator[str]:
    tree = environment.parse(source)
    marked = {
        id(const)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext", "ngettext"}
        for const in call.find_all(nodes.Const)
    }
    shown = {id(const) for output in tree.find_all(nodes.Output) for const in _alternatives(output)}
    for const in tree.find_all(nodes.Const):
        if not isinstance(const.value, str) or id(const) in marked or const.value.startswith("/"):
            continue
        if _SEVERAL.search(const.value) or (id(const) in shown and _WORD.search(const.value)):
            yield const.value


def _alternatives(output: nodes.Output) -> Iterator[nodes.Const]:
    """Strings that stand for themselves: `x or "none"`, `"void" if x`."""
    for choice in output.find_all((nodes.CondExpr, nodes.Or)):
        yield from (child for child in choice.iter_child_nodes() if isinstance(child, nodes.Const))
