"""The reader app that the settings name, if any."""

from __future__ import annotations

from appliance.settings import Reader
from appliance.web.readers.app import ReaderApp
from appliance.web.readers.square import Square
from appliance.web.readers.sumup import SumUp
from appliance.web.readers.viva import Viva


def reader_app(settings: Reader) -> ReaderApp | None:
    """None: cards are charged by hand, on a reader that stallbox does not open."""
    if settings.app == "sumup":
        return SumUp(settings.key, settings.app_id)
    if settings.app == "square":
        return Square(settings.key)
    if settings.app == "viva":
        return Viva(settings.key)
    return None
