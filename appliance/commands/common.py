"""What the verbs of the `stallbox` command share: how one is added, what it takes, how its answer is printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from appliance.doors import Json

Run = Callable[[argparse.Namespace], Coroutine[None, None, None]]
Add = Callable[[str, Run, str, str], argparse.ArgumentParser]
"""Adds a verb: its name, what runs, what it does in a few words, an example."""


def absolute(text: str) -> Path:
    return Path(text).absolute()


def count(text: str) -> int:
    """A whole number from 0 up."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def print_json(value: Mapping[str, object]) -> None:
    print(json.dumps(value, ensure_ascii=False))


def counted(count: object, one: str, many: str | None = None) -> str:
    """`1 batch`, `2 batches`; without `many` an s makes more of `one`."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def not_synced(count: object) -> str:
    """What the collector lacks, as a sentence."""
    return f"{counted(count, 'entry is', 'entries are')} not synced."


def field(value: Json, name: str, inner: str) -> object:
    """The field `inner` of the object that is the field `name`; None where that is none."""
    found = value[name]
    return found[inner] if isinstance(found, dict) else None


def objects(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    return value if isinstance(value, list) else []
