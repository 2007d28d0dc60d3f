"""What the machine said before its first network of ours, kept by root so that it can be put back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from appliance.files import make_folder, write_durably
from provisioning.hotspot.box import Box
from provisioning.hotspot.others import word_of

_FILE = "found.json"


def read(box: Box) -> dict[str, str]:
    """Path below the root → the word that was there, empty where it had none."""
    path = box.kept / _FILE
    return {str(name): str(word) for name, word in json.loads(path.read_text()).items()} if path.exists() else {}


def words_in(box: Box, paths: Iterable[str]) -> dict[str, str]:
    """The words that stand in these files now, as far as they are files of others."""
    words = ((path, word_of(path)) for path in paths)
    return {path: word.read((box.root / path).read_text()) for path, word in words if word is not None}


def keep(box: Box, words: Mapping[str, str]) -> None:
    """Notes what is found now, but nothing twice: later words are our own."""
    before = read(box)
    if words.keys() - before.keys():
        make_folder(box.kept, 0o700)
        write_durably(box.kept / _FILE, json.dumps({**words, **before}).encode(), 0o600)


def forget(box: Box) -> None:
    """Once all of it is put back."""
    (box.kept / _FILE).unlink(missing_ok=True)
