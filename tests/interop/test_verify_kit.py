"""Debian's minisign and signify verify the signature beside a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.core.keys import PrivateKey
from appliance.core.minisign import drop_comment, minisign_public_key, minisign_signature
from tests.interop.tools import verify_with_minisign, verify_with_signify

pytestmark = pytest.mark.interop

COMMENT = drop_comment("0123456789abcdef", 3)


@dataclass(frozen=True)
class Kit:
    message: Path
    signature: Path
    public_key: Path

    def minisign(self) -> str | None:
        return verify_with_minisign(self.message, self.signature, self.public_key)

    def signify(self) -> bool:
        return verify_with_signify(self.message, self.signature, self.public_key)


@pytest.fixture
def kit(tmp_path: Path, creator: PrivateKey) -> Kit:
    kit = Kit(tmp_path / "manifest.json", tmp_path / "manifest.json.minisig", tmp_path / "creator.pub")
    key_id8 = bytes.fromhex(creator.public.id)
    kit.message.write_bytes(b'{"drop":"harbour-lights"}')
    kit.signature.write_text(minisign_signature(kit.message.read_bytes(), creator.sign, key_id8, COMMENT))
    kit.public_key.write_text(minisign_public_key(creator.public.raw, key_id8))
    return kit


def test_minisign_accepts_and_shows_the_trusted_comment(kit: Kit) -> None:
    """minisign verifies message and comment, and prints which drop and version it is."""
    assert kit.minisign() == "drop:0123456789abcdef v:3"


def test_signify_accepts_the_same_files(kit: Kit) -> None:
    """signify verifies the message with minisign's own files; it reads no trusted comment."""
    assert kit.signify()


def test_both_refuse_another_message(kit: Kit) -> None:
    """One changed byte of the manifest and neither tool accepts it."""
    kit.message.write_bytes(b'{"drop":"harbour-light$"}')
    assert kit.minisign() is None
    assert not kit.signify()


def test_both_refuse_another_key(kit: Kit, creator: PrivateKey) -> None:
    """A key with the same key number but other bytes does not verify."""
    other = PrivateKey(b"other" + bytes(27)).public.raw
    kit.public_key.write_text(minisign_public_key(other, bytes.fromhex(creator.public.id)))
    assert kit.minisign() is None
    assert not kit.signify()


def test_minisign_refuses_another_trusted_comment(kit: Kit) -> None:
    """The version in the comment cannot be changed."""
    kit.signature.write_text(kit.signature.read_text().replace("v:3", "v:4"))
    assert kit.minisign() is None
