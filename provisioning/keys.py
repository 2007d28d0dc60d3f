"""Key files of the organizer's side: made, found by what they are for, opened with a pass phrase.

Knows where randomness comes from and where files lie; the file's form is core's. Prints and prompts nothing: who
calls says how a pass phrase is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.core import keys
from appliance.core.documents import read_json
from appliance.core.keys import ContactKey, PrivateKey, PublicKey, Sealing
from appliance.core.trust import Trust
from appliance.errors import KeyFileError, PaperError, WorkspaceError
from appliance.files import HAS_MODES, read_secret, write_durably
from provisioning.workspace import Workspace

Ask = Callable[[str], str]  # what the pass phrase is for → the pass phrase


def new_signing_key() -> PrivateKey:
    """A fresh Ed25519 key."""
    return PrivateKey(os.urandom(32))


def new_contact_key() -> ContactKey:
    """A fresh X25519 key, which opens what buyers leave for the organizer."""
    return ContactKey(os.urandom(32))


def keep(path: Path, key: PrivateKey | ContactKey, passphrase: str | None) -> None:
    """Puts a key to rest in `path` (0600); None leaves it without pass phrase. Never replaces a file."""
    if path.exists():
        raise WorkspaceError("workspace", f"{path} is there already: a key is never replaced. Choose another name.")
    sealing = None if passphrase is None else Sealing(passphrase, os.urandom(16), os.urandom(24))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, keys.write_key_file(key, sealing), 0o600)


def mode_warning() -> str | None:
    """What to tell people whose system has no file modes; None where the mode is checked."""
    if HAS_MODES:
        return None
    return (
        "This system has no file modes, so who else can read a key file is not checked: "
        "keep the workspace in a folder that only you can open."
    )


class Keyring:
    """Opens key files and remembers them, and pass phrases, for as long as it lives."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._phrases: list[str] = []
        self._open: dict[Path, PrivateKey] = {}

    def add(self, path: Path, key: PrivateKey) -> None:
        """A key that was just made need not be opened again."""
        self._open[path] = key

    def open(self, path: Path) -> PrivateKey:
        """The signing key in `path`; KeyFileError where no pass phrase opens it."""
        if path not in self._open:
            self._open[path] = self._read(path)
        return self._open[path]

    def open_contact(self, path: Path) -> ContactKey:
        """The contact key in `path`; KeyFileError where it is none, or the pass phrase does not open it."""
        data = read_secret(path)
        return keys.read_contact_key(data, self._ask(path.name) if keys.is_sealed(data) else None)

    def root(self, workspace: Workspace) -> PrivateKey:
        return self.open(workspace.root_key)

    def root_threshold(self, workspace: Workspace, document: Trust) -> list[PrivateKey]:
        """As many root keys as a paper of the root needs; KeyFileError where too few are in this workspace."""
        here = {public_of(path): path for path in key_files(workspace)}
        paths = [here[key.did] for key in document.root if key.did in here][: document.threshold]
        if len(paths) < document.threshold:
            raise KeyFileError(
                "key-file",
                f"{document.threshold} root keys must sign this and {len(paths)} are here: copy the others' key files "
                f"to {workspace.keys}.",
            )
        return [self.open(path) for path in paths]

    def of(self, workspace: Workspace, public: PublicKey) -> PrivateKey:
        """The private half of a key in the roster; KeyFileError where its file is not in this workspace."""
        for path in key_files(workspace):
            if public_of(path) == public.did:
                return self.open(path)
        raise KeyFileError(
            "key-file", f"The key {public.id} is not in {workspace.keys}: copy its key file there, or sign elsewhere."
        )

    def _read(self, path: Path) -> PrivateKey:
        data = read_secret(path)
        if not keys.is_sealed(data):
            return keys.read_private_key(data)
        for phrase in self._phrases:
            try:
                return keys.read_private_key(data, phrase)
            except KeyFileError:
                continue  # another key's pass phrase: ask for this one's
        phrase = self._ask(path.name)
        key = keys.read_private_key(data, phrase)
        self._phrases.append(phrase)
        return key


def key_files(workspace: Workspace) -> Iterator[Path]:
    """Every key file but the boxes'."""
    yield workspace.root_key
    yield from sorted(workspace.keys.glob("*.key"))


def public_of(path: Path) -> str | None:
    """What a key file says its public key is, without opening it; None where it is no key file."""
    try:
        public = read_json(path.read_bytes(), path.name, 4096).get("public")
    except (OSError, PaperError):
        return None  # whoever needs this very file opens it and hears what is wrong with it
    return public if isinstance(public, str) else None
