"""`make strings`: gathers every sentence that is said to people, and brings the catalogues up to date with them.

A new sentence comes without a translation, a changed one with its old translation marked as fuzzy; neither is used,
and the tests fail until somebody has seen to it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from appliance.core.health import TEXTS
from appliance.core.timeline import Step, stops
from appliance.errors import titles
from appliance.weblib.catalogues import DOMAIN
from appliance.weblib.locales import ENGLISH, LANGUAGES

APPLIANCE = Path(__file__).resolve().parents[2] / "appliance"
TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]

_KEYWORDS = {
    "_": None,
    "gettext": None,
    "later": None,
    "_n": (1, 2),
    "ngettext": (1, 2),
}
_METHODS = [("web/templates/**.html", "jinja2"), ("web/**.py", "python"), ("weblib/**.py", "python")]
_OPTIONS = {"web/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
_UNSTEADY = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Generated-By',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Report-Msgid',
)

_REFUSALS = {"ClaimError", "SaleError", "RequestError", "StoreError", "Fault"}
_TABLES = {
    "errors.py": list(titles().values()),
    "core/timeline.py": [step.words for step in Step] + [text for stop in stops() for text in (stop.cause, stop.fix)],
    "core/health.py": list(TEXTS.values()),
}
"""What layers say that know no languages."""
_REFUSING = ("*.py", *(f"{package}/**/*.py" for package in ("core", "stall", "store", "services", "web")))
_FOR_PROGRAMS = {"open_api.py", "orders.py", "screen.py"}


def gather() -> Catalog:
    """Every sentence with the files that say it."""
    found = Catalog(charset="utf-8")
    for file, _line, message, comments, context in extract_from_dir(
        APPLIANCE, _METHODS, _OPTIONS, _KEYWORDS, comment_tags=("For translators:",), strip_comment_tags=True
    ):
        found.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    for file, sentences in _TABLES.items():
        for sentence in sentences:
            found.add(sentence, locations=[(file, 0)])
    for path in sorted(path for pattern in _REFUSING for path in APPLIANCE.glob(pattern)):
        for detail in _details(path):
            found.add(detail, locations=[(path.relative_to(APPLIANCE).as_posix(), 0)])
    return found


def _details(path: Path) -> Iterator[str]:
    """What refusals of this file say, where it is the same each time; others have their code's advice in catalogues."""
    if path.name in _FOR_PROGRAMS:
        return
    for call in ast.walk(ast.parse(path.read_text())):
        match call:
            case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(value=str(detail)), *_]) if name in _REFUSALS:
                yield detail


def path_of(language: str) -> Path:
    return APPLIANCE / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue as it is; an empty one where there is none."""
    path = path_of(language)
    if not path.is_file():
        return Catalog(locale=language)
    return read_po(BytesIO(path.read_bytes()), locale=language)


def brought_up_to_date(catalogue: Catalog, found: Catalog, language: str) -> Catalog:
    """`catalogue` with the sentences that were found, and no others."""
    catalogue.update(found, update_creation_date=False)
    catalogue.header_comment = f"# {LANGUAGES[language]}. docs/words.md says which word stands for what."
    catalogue.project, catalogue.version, catalogue.fuzzy = "stallbox", "1", False
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The file, without dates and names: it changes when a sentence does."""
    text = BytesIO()
    write_po(text, catalogue, width=116, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    return b"".join(line for line in text.getvalue().splitlines(keepends=True) if not line.startswith(_UNSTEADY))


def is_whole(message: Message) -> bool:
    """Whether somebody has translated all of it."""
    said = message.string
    return not message.fuzzy and (all(said) if isinstance(said, tuple) else bool(said))


def main() -> None:
    """Brings all catalogues up to date and says how much each still needs."""
    found = gather()
    for language in TRANSLATED:
        catalogue = brought_up_to_date(read(language), found, language)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(written(catalogue))
        needed = sum(1 for message in catalogue if message.id and not is_whole(message))
        sys.stdout.write(f"{language}: {len(catalogue)} sentences, {needed} to translate\n")


if __name__ == "__main__":
    main()
