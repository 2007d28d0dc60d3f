"""Key files: made once, opened with their own pass phrase, never replaced."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from appliance.core.keys import PrivateKey, is_sealed, read_key_file
from appliance.errors import KeyFileError, WorkspaceError
from provisioning.keys import Keyring, keep, new_contact_key, new_signing_key
from provisioning.quickstart import Started


def make_signing_key(path: Path, phrase: str | None) -> PrivateKey:
    key = new_signing_key()
    keep(path, key, phrase)
    return key


class Person:
    """Answers for a pass phrase, and remembers what was asked."""

    def __init__(self, *phrases: str) -> None:
        self._phrases = list(phrases)
        self.asked: list[str] = []

    def __call__(self, name: str) -> str:
        self.asked.append(name)
        return self._phrases.pop(0)


def test_a_key_is_made_sealed_and_opened(tmp_path: Path) -> None:
    """The file opens with its pass phrase and with no other."""
    path = tmp_path / "keys" / "a.key"
    key = make_signing_key(path, "geheim")
    assert is_sealed(path.read_bytes())
    assert Keyring(Person("geheim")).open(path) == key
    with pytest.raises(KeyFileError, match="pass phrase"):
        Keyring(Person("anders")).open(path)


def test_no_two_keys_are_alike(tmp_path: Path) -> None:
    """Seeds, salts and nonces are fresh."""
    keys = [make_signing_key(tmp_path / f"{n}.key", None) for n in range(3)]
    assert len({key.seed for key in keys}) == 3


def test_a_pass_phrase_is_asked_for_once(tmp_path: Path) -> None:
    """One phrase for several keys is typed once; a key with another one asks again."""
    for name, phrase in (("a", "eins"), ("b", "eins"), ("c", "zwei")):
        make_signing_key(tmp_path / f"{name}.key", phrase)
    person = Person("eins", "zwei")
    ring = Keyring(person)
    for name in "abca":
        ring.open(tmp_path / f"{name}.key")
    assert person.asked == ["a.key", "c.key"]


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    """Neither by another of its kind nor by a contact key; what was there stays."""
    path = tmp_path / "a.key"
    key = make_signing_key(path, None)
    for other in (new_signing_key(), new_contact_key()):
        with pytest.raises(WorkspaceError, match="never replaced"):
            keep(path, other, None)
    assert read_key_file(path.read_bytes()) == key


@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes there")
def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It is made 0600, and one that others can read is refused, with the command that helps."""
    path = tmp_path / "a.key"
    make_signing_key(path, None)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Keyring(Person()).open(path)


def test_a_key_is_found_by_its_public_half(started: Started, tmp_path: Path) -> None:
    """Files may be renamed; one that is not in the workspace is said to be missing."""
    workspace = started.workspace
    path = workspace.key("creator", "Ana Reyes")
    key = Keyring(Person()).open(path)
    path.rename(workspace.keys / "renamed.key")
    assert Keyring(Person()).of(workspace, key.public) == key
    with pytest.raises(KeyFileError, match="copy its key file"):
        Keyring(Person()).of(workspace, make_signing_key(tmp_path / "b.key", None).public)
