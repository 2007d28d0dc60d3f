"""What a buyer leaves for the organizer: an e-mail address and what it may be used for, as the bytes that are sealed.

FORMATS §6, sealed plain text. Knows how an address looks and how the bytes are padded; seals and opens nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from appliance.core.documents import HEX_ID, Fields, malformed, read_json, write_json
from appliance.errors import RequestError

BLOCK = 256  # bytes: the length of what is sealed gives nobody's address away
MAX_EMAIL = 254  # bytes: RFC 5321 §4.5.3.1.3, without the angle brackets
MAX_LOCAL = 64  # bytes: RFC 5321 §4.5.3.1.1
_MAX_LABEL = 63  # bytes: RFC 1035 §2.3.4
_MAX_PLAIN = 4 * BLOCK
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_NOT_IN_ADDRESSES = frozenset('()<>[]:;,\\"@ ')  # RFC 5322 §3.2.3, specials: they would need quotation marks


@dataclass(frozen=True, slots=True)
class Contact:
    """`drop`: the id of the drop that was bought. `has_consented`: to what the trust document then said."""

    email: str
    drop: str
    language: str
    has_consented: bool


def email_of(typed: str) -> str:
    """The address as it is kept; RequestError `bad-request` for what nobody could be written to at.

    Whether there is such a mailbox only a letter can tell: looked for are slips of the thumb, not grammar.
    """
    email = unicodedata.normalize("NFC", typed.strip())
    local, at, domain = email.rpartition("@")
    if not at or not local or not domain:
        raise RequestError("bad-request", "An e-mail address has a name, an @ and a domain, such as ana@example.org.")
    if len(email.encode("utf-8", "replace")) > MAX_EMAIL or len(local.encode("utf-8", "replace")) > MAX_LOCAL:
        raise RequestError("bad-request", "This e-mail address is too long: look for what does not belong to it.")
    if not email.isprintable() or _NOT_IN_ADDRESSES & {*local, *domain}:
        raise RequestError("bad-request", "Type one e-mail address, without blanks, brackets or commas.")
    labels = domain.split(".")
    if len(labels) < 2 or not all(0 < len(label.encode()) <= _MAX_LABEL for label in labels) or ".." in local:
        raise RequestError("bad-request", f"“{domain}” is not a whole domain: look at what stands behind the @.")
    return email


def compose(contact: Contact) -> bytes:
    """The plain text: JCS, then spaces up to a multiple of 256 bytes."""
    text = write_json(
        {
            "spec": 1,
            "email": contact.email,
            "drop": contact.drop,
            "language": contact.language,
            "consent": contact.has_consented,
        }
    )
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)


def parse(plain: bytes) -> Contact:
    """What `compose` wrote, and nothing else; `doc-malformed`."""
    if not plain or len(plain) % BLOCK:
        raise malformed("A buyer's address is not padded as it must be")
    text = plain.rstrip(b" ")
    value = read_json(text, "A buyer's address", _MAX_PLAIN)
    f = Fields(value, "contact", "spec", "email", "drop", "language", "consent")
    f.spec()
    contact = Contact(_email(f), f.text("drop", HEX_ID), f.text("language", _LANGUAGE), f.boolean("consent"))
    if compose(contact) != plain:
        raise malformed("A buyer's address is not written in canonical form")
    return contact


def _email(f: Fields) -> str:
    text = f.text("email")
    try:
        if email_of(text) == text:
            return text
    except RequestError:
        pass
    raise malformed("A buyer's address is none")
