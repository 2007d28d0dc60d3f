"""Sentences in the language of the request at hand: what templates and Python say to people goes through here.

Placeholders have names, `%(title)s`, and are filled in by the caller; numbers choose the plural form.
"""

from __future__ import annotations

from appliance.weblib.catalogues import catalogue
from appliance.weblib.locales import ENGLISH, language


def gettext(message: str) -> str:
    return catalogue(language()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The form that `count` takes."""
    return catalogue(language()).ngettext(one, many, count)


def translated(message: str) -> str | None:
    """`message` where the language has it: itself in English, None where no catalogue lists it."""
    if language() == ENGLISH:
        return message
    said = gettext(message)
    return None if said == message else said


def later(message: str) -> str:
    """Marks a sentence that is said later, by `gettext`: for tables that are made once."""
    return message
