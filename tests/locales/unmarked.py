"""Finds words in templates that no catalogue can translate: text, attributes that are read, strings in expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "appliance" / "web" / "templates"

_HOLE = "\ufffc"  # where an expression or a marked text stood
_READ_ALOUD = {"alt", "title", "aria-label", "aria-description", "placeholder", "label"}
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"[A-Z][a-z]+|\w+ \w+")
_NAMES = {"ZIP", "CSV", "JSON", "PIN", "QR", "UTC", "certificate", "png", "json", "receipt", "tlog", "proof"}
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
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and id(const) not in marked and _SENTENCE.search(const.value):
            yield const.value
