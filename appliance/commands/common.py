"""What the verbs of the `stallbox` command share: how one is added, and how an answer is printed for scripts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Coroutine, Mapping

Run = Callable[[argparse.Namespace], Coroutine[None, None, None]]
Add = Callable[[str, Run, str, str], argparse.ArgumentParser]
"""Adds a verb: its name, what runs, what it does in a few words, an example."""


def print_json(value: Mapping[str, object]) -> None:
    print(json.dumps(value, ensure_ascii=False))
