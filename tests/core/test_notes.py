"""Signed notes: the form alone, and a published note by somebody else's key."""

from __future__ import annotations

import base64

import pytest

from appliance.core.keys import PrivateKey
from appliance.core.notes import ED25519, MAX_NOTE_BYTES, NoteKey, from_base64, split_note, to_base64
from appliance.errors import PaperError

# The example of golang.org/x/mod/sumdb/note.
PUBLISHED_KEY = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LINE = NoteKey("a.example/log", ED25519, PrivateKey(b"k" * 32).public.raw).line(bytes(64))


def test_a_published_note_verifies() -> None:
    """The key id and the signature of a note from elsewhere are found and hold."""
    key = NoteKey("PeterNeumann", ED25519, PUBLISHED_KEY)
    note = split_note(PUBLISHED_NOTE)
    assert key.key_id.hex() == "c74f20a3"
    assert [key.holds(note.text.encode(), signature) for signature in note.by(key)] == [True]


def test_the_text_ends_at_the_last_empty_line() -> None:
    """A text may have empty lines itself."""
    note = split_note("one\n\ntwo\n\n" + LINE)
    assert note.text == "one\n\ntwo\n"
    assert [name for name, _ in note.signatures] == ["a.example/log"]


def test_a_line_is_found_by_name_and_key_id_together() -> None:
    """A line with the key's name and another key id, or the reverse, is not the key's."""
    public = PrivateKey(b"k" * 32).public.raw
    note = split_note("text\n\n" + LINE)
    assert list(note.by(NoteKey("a.example/log", ED25519, public))) == [bytes(64)]
    assert list(note.by(NoteKey("b.example/log", ED25519, public))) == []
    assert list(note.by(NoteKey("a.example/log", ED25519, PrivateKey(b"l" * 32).public.raw))) == []


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n" + LINE,
        "text\n\n" + LINE[:-1],
        "text\n\n" + LINE.replace("\n", "\r\n"),
        "te\txt\n\n" + LINE,
        "te\0xt\n\n" + LINE,
        "\ud800\n\n" + LINE,
        "text\n\n" + LINE.replace("—", "-"),
        "text\n\n" + LINE.replace("— ", "—"),
        "text\n\n" + LINE.replace("log", "l+g"),
        "text\n\n" + LINE.replace("log", "l\u00a0g"),
        "text\n\n" + LINE.replace("a.example/log", ""),
        "text\n\n" + LINE.replace("=\n", "\n"),
        "text\n\n" + LINE.replace("=\n", "= \n"),
        "text\n\n— a.example/log AAAAAA==\n",
        "text\n\n— a.example/log\n",
        "text\n\n" + LINE + "more\n",
    ],
)
def test_another_form_is_refused(note: str) -> None:
    """Whatever is not exactly a signed note is doc-malformed."""
    with pytest.raises(PaperError) as caught:
        split_note(note)
    assert caught.value.code == "doc-malformed"


def test_a_huge_note_is_refused_before_it_is_split() -> None:
    """The size has a limit, counted in bytes."""
    with pytest.raises(PaperError) as caught:
        split_note("é" * (MAX_NOTE_BYTES // 2) + "\n\n" + LINE)
    assert caught.value.code == "doc-too-large"


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u2003b", "line\nbreak"])
def test_a_bad_key_name_never_signs(name: str) -> None:
    """A line that no reader could parse is not written."""
    with pytest.raises(ValueError, match="key name"):
        NoteKey(name, ED25519, PUBLISHED_KEY).line(bytes(64))


@pytest.mark.parametrize("text", ["AA", "AAA", "AB==", "AA==\n", "A A=", "A-_=", "AA=A", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    """Missing padding, stray bits, spaces and the other alphabet are refused."""
    with pytest.raises(PaperError, match="base64"):
        from_base64(text)


def test_base64_returns_what_it_took() -> None:
    """Every byte value survives."""
    assert from_base64(to_base64(bytes(range(256)))) == bytes(range(256))
