"""The catalogues of sentences in `appliance/locale`, each read when it is first needed.

They are read as they are written, so that nothing must be built before a box runs. A sentence that a catalogue lacks
stays English: tests see to it that none does. Which language is wanted is the caller's to say.
"""

from __future__ import annotations

import asyncio
import threading
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO

DOMAIN = "stallbox"

_held: dict[str, NullTranslations] = {}
_reading = threading.Lock()


async def ready(language: str) -> None:
    """Reads the catalogue if nobody has yet: half a second on a small Pi, and running downloads shall not wait."""
    if language not in _held:
        await asyncio.to_thread(catalogue, language)


def catalogue(language: str) -> NullTranslations:
    """The sentences of `language`; English ones stand in the code itself."""
    if language not in _held:
        with _reading:  # phones that come together ask for it together
            if language not in _held:
                _held[language] = _read(language)
    return _held[language]


def _read(language: str) -> NullTranslations:
    file = resources.files("appliance") / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415  # a box that speaks English does without
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
