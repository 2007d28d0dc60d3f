"""Attachments of a sync batch: token texts and sealed addresses, outside the tree and deletable (FORMATS §6).

An attachment proves itself by a digest that its entry holds. Knows their lines and digests, and opens no seal.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.core.documents import Fields, Json, malformed, read_json, write_json
from appliance.core.entries import Entry
from appliance.core.notes import from_base64, to_base64
from appliance.errors import PaperError

MAX_SEALED = 4096  # bytes
MAX_LINE = 8 * 1024


class Form(StrEnum):
    """What is attached; the value is its field's name."""

    TOKEN = "token"  # noqa: S105
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What belongs to the entry `seq` of the batch's incarnation. `data`: a token's COSE bytes, or what is sealed."""

    seq: int
    form: Form
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def line(self) -> bytes:
        """Without its line end."""
        text = _base32(self.data) if self.form is Form.TOKEN else to_base64(self.data)
        return write_json({"seq": self.seq, self.form.value: text})

    def belongs_to(self, entry: Entry) -> bool:
        """Whether the entry holds its digest."""
        return self.digest == _digests(entry).get(self.form)


def read(line: bytes) -> Attachment:
    """`doc-malformed` for any other line."""
    value = read_json(line, "The attachment", MAX_LINE)
    form = Form.SEALED if Form.SEALED.value in value else Form.TOKEN
    f = Fields(value, "attachment", "seq", form.value)
    text = f.text(form.value)
    data = _from_base32(text) if form is Form.TOKEN else from_base64(text)
    if len(data) > MAX_SEALED:
        raise PaperError("doc-too-large", f"An attachment of {len(data)} bytes is too large.")
    return Attachment(f.integer("seq"), form, data)


def _digests(entry: Entry) -> Mapping[Form, Json]:
    token = entry.fields.get("token")
    if isinstance(token, dict):
        return {Form.TOKEN: token["sha256"]}
    return {Form.SEALED: entry.fields["sha256"]} if entry.type == "contact" else {}


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _from_base32(text: str) -> bytes:
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError as error:
        raise malformed("An attached token is not base32") from error
    if _base32(data) != text:
        raise malformed("An attached token has another spelling than its own")
    return data
