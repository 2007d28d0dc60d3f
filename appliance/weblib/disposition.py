"""How a creator's file is labelled: its type, its name, and whether a browser may show it on our address.

Pure. Only types that cannot run anything may be shown; all others are attachments in a sandbox.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal
from urllib.parse import quote

Disposition = Literal["inline", "attachment"]

UNKNOWN_TYPE = "application/octet-stream"
SANDBOX = "sandbox; default-src 'none'"

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_MEDIA_TYPE = re.compile(rf'({_WORD}/{_WORD})(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|"[ !#-\[\]-~]*"))*')
_PASSIVE_FAMILIES = ("image/", "audio/", "video/", "font/")
_PASSIVE = {"text/plain", "application/pdf", "application/zip", "application/json", UNKNOWN_TYPE}
_ATTR_CHARS = "!#$&+-.^_`|~"
"""RFC 8187 §3.2.1: what stands for itself beside letters and digits."""


def media_type(declared: str) -> str:
    """`declared` if it is a media type (RFC 9110 §8.3.1), else `application/octet-stream`."""
    return declared if _MEDIA_TYPE.fullmatch(declared) else UNKNOWN_TYPE


def is_passive(content_type: str) -> bool:
    """Whether a browser that shows this type runs nothing of it: no HTML, SVG, XML, script, or unknown type."""
    name = content_type.partition(";")[0].strip().lower()
    return name in _PASSIVE or (name.startswith(_PASSIVE_FAMILIES) and not re.search("svg|xml", name))


def content_headers(content_type: str, filename: str, wanted: Disposition) -> dict[str, str]:
    """Content-Type, Content-Disposition and the guards of a file that a creator made."""
    kind = media_type(content_type)
    headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
    if not is_passive(kind):
        wanted = "attachment"
        headers["Content-Security-Policy"] = SANDBOX
    headers["Content-Disposition"] = content_disposition(wanted, filename)
    return headers


def content_disposition(disposition: Disposition, filename: str) -> str:
    """The field of RFC 6266: an ASCII name for old readers, and the true one after RFC 8187 where they differ."""
    plain = _ascii(filename)
    field = f'{disposition}; filename="{plain}"'
    return field if plain == filename else f"{field}; filename*=UTF-8''{quote(filename, safe=_ATTR_CHARS)}"


def _ascii(filename: str) -> str:
    """Letters without their marks; `_` for what ASCII lacks and for what readers of quoted names get wrong."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", filename) if not unicodedata.combining(c))
    return re.sub(r'[^ -~]|["\\%/]', "_", bare)
