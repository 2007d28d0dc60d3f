"""The files of others in which the box's network has one word to say, and that word in each. Pure.

So it can be read before it is changed, and put back: whatever else stands there stays as its owner has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from appliance.core.network import Hotspot
from provisioning.hotspot import country, switch


@dataclass(frozen=True, slots=True)
class Word:
    """`read` finds it in a text, `put` gives the text with another; empty where it is not there, or is not to be."""

    read: Callable[[str], str]
    put: Callable[[str, str], str]


_WORDS = {
    country.CMDLINE: Word(country.in_cmdline, country.on_cmdline),
    switch.MANAGER: Word(switch.in_manager, switch.on_manager),
    switch.KERNEL: Word(switch.in_kernel, switch.on_kernel),
}


def wanted(hotspot: Hotspot | None) -> Mapping[str, str]:
    """Path or pattern below the root → the word there; empty where the box has no radio of its own to send with.

    A file that is missing stays so.
    """
    if hotspot is None or hotspot.radio is None:
        return {}
    return {
        country.CMDLINE: hotspot.radio.country,
        switch.MANAGER: switch.MANAGER_ON,
        switch.KERNEL: switch.KERNEL_ON,
    }


def word_of(path: str) -> Word | None:
    """The word in the file at this path below the root; None where we have none to say there."""
    return next((word for pattern, word in _WORDS.items() if PurePosixPath(path).match(pattern)), None)
