"""What is sealed of a buyer's address: one spelling, padded, and nothing in it that is no address."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.contact import BLOCK, MAX_EMAIL, Contact, compose, email_of, parse
from appliance.errors import PaperError, RequestError

ANA = Contact("ana@example.org", "0123456789abcdef", "en", True)

_words = st.text("abcdefghijklmnopqrstuvwxyz0123456789+-_äñ=", min_size=1, max_size=25)
_emails = st.builds("{}@{}.{}".format, _words, _words, _words).map(email_of)
_contacts = st.builds(
    Contact,
    _emails,
    st.integers(0, 2**64 - 1).map("{:016x}".format),
    st.sampled_from(["en", "de", "pt-BR", "zh-Hant-TW"]),
    st.booleans(),
)


@given(_contacts)
def test_round_trip(contact: Contact) -> None:
    """What was composed is read back the same, and its length tells only how many blocks it takes."""
    plain = compose(contact)
    assert parse(plain) == contact
    assert len(plain) % BLOCK == 0
    assert plain.rstrip(b" ").endswith(b"}")


def test_form() -> None:
    """The bytes are those of FORMATS §6: JCS, then spaces up to 256 bytes."""
    text = b'{"consent":true,"drop":"0123456789abcdef","email":"ana@example.org","language":"en","spec":1}'
    assert compose(ANA) == text + b" " * (256 - len(text))


@given(_contacts, st.data())
def test_flipped_byte(contact: Contact, data: st.DataObject) -> None:
    """No flipped bit is read as the same contact: it is another one, or refused."""
    plain = bytearray(compose(contact))
    plain[data.draw(st.integers(0, len(plain) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(PaperError):
        assert parse(bytes(plain)) != contact


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        compose(ANA).rstrip(),
        compose(ANA)[:-1],
        compose(ANA) + b" " * BLOCK,
        b" " * BLOCK,
        compose(ANA).replace(b'"en"', b'"EN"'),
        compose(ANA).replace(b'"spec":1', b'"spec":2'),
        compose(ANA).replace(b"ana@example.org", b"=cmd|x@y.org   "),
        compose(ANA).replace(b"ana@example.org", b"ana.example.org"),
        compose(ANA).replace(b"true", b"null"),
        compose(ANA).replace(b",", b", ").rstrip().ljust(BLOCK),
    ],
)
def test_refused(plain: bytes) -> None:
    """Another padding, another spelling, another version and what is no address are refused."""
    with pytest.raises(PaperError):
        parse(plain)


@pytest.mark.parametrize(
    "typed",
    [
        "ana@example.org",
        "  ana@example.org\n",
        "ana+market@mail.example.co.uk",
        "o'hara@example.org",
        "jörg@bücher.example",
        "用户@例え.jp",
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.org",
    ],
)
def test_addresses(typed: str) -> None:
    """Addresses as people have them are taken, without the blanks that keyboards add."""
    assert email_of(typed) == typed.strip()


def test_composed_characters() -> None:
    """An accent that a keyboard sends by itself ends up as the one letter that is written."""
    assert email_of("jo\u0308rg@example.org") == "j\u00f6rg@example.org"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "such as"),
        ("ana", "such as"),
        ("@example.org", "such as"),
        ("ana@", "such as"),
        ("ana@example", "whole domain"),
        ("ana@example..org", "whole domain"),
        ("ana@.org", "whole domain"),
        ("ana@example.", "whole domain"),
        ("an..a@example.org", "whole domain"),
        ("ana@" + "b" * 64 + ".org", "whole domain"),
        ("ana smith@example.org", "without blanks"),
        ("Ana <ana@example.org>", "without blanks"),
        ("ana@example.org, bo@example.org", "without blanks"),
        ("ana@bo@example.org", "without blanks"),
        ("ana\u200b@example.org", "without blanks"),
        ("ana\r\nBcc:x@example.org", "without blanks"),
        ("ana\ud800@example.org", "without blanks"),
        ("a" * 65 + "@example.org", "too long"),
        ("ana@" + "b." * MAX_EMAIL + "org", "too long"),
    ],
)
def test_slips(typed: str, words: str) -> None:
    """What nobody could be written to at is refused in a sentence that says what to look at."""
    with pytest.raises(RequestError, match=words) as refusal:
        email_of(typed)
    assert refusal.value.code == "bad-request"


@given(st.text(max_size=300))
def test_any_text(typed: str) -> None:
    """Any text is an address that can be sealed, or is refused; nothing else happens."""
    try:
        email = email_of(typed)
    except RequestError:
        return
    assert parse(compose(Contact(email, "0" * 16, "en", True))).email == email
