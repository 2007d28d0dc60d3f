"""A creator's file has its true name and type, and nothing of it runs on the box's address."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.weblib.disposition import SANDBOX, content_disposition, content_headers, is_passive, media_type


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("pier.jpg", 'attachment; filename="pier.jpg"'),
        ("Größe 1.jpg", "attachment; filename=\"Gro_e 1.jpg\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.jpg"),
        ('a"b\\c%41.txt', "attachment; filename=\"a_b_c_41.txt\"; filename*=UTF-8''a%22b%5Cc%2541.txt"),
        ("写真.zip", "attachment; filename=\"__.zip\"; filename*=UTF-8''%E5%86%99%E7%9C%9F.zip"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"),
    ],
)
def test_names_are_told_twice_where_ascii_is_not_enough(name: str, field: str) -> None:
    """Old readers get ASCII, others the name itself (RFC 6266, RFC 8187)."""
    assert content_disposition("attachment", name) == field


@given(st.text(min_size=1, max_size=40))
def test_any_name_comes_back_and_is_a_safe_field(name: str) -> None:
    """The field is printable ASCII whatever the name, and decodes to exactly that name."""
    name = name.encode("utf-8", "replace").decode()
    field = content_disposition("inline", name)
    assert re.fullmatch(r'inline; filename="[ -~]*"(; filename\*=UTF-8\'\'[!#$&+.^_`|~0-9A-Za-z%-]+)?', field)
    _, _, extended = field.partition("filename*=UTF-8''")
    assert (unquote(extended, errors="strict") if extended else field[len('inline; filename="') : -1]) == name


@pytest.mark.parametrize(
    "active",
    [
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/xml",
        "application/xml",
        "application/atom+xml",
        "model/x3d+xml",
        "text/javascript",
        "multipart/mixed",
        "message/rfc822",
        "text/css",
        "application/x-unknown",
        "image/svg",
    ],
)
def test_what_could_run_is_an_attachment_in_a_sandbox(active: str) -> None:
    """HTML, SVG, XML, scripts and unknown types are never shown on our address, whatever was wanted."""
    headers = content_headers(active, "page", "inline")
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Security-Policy"] == SANDBOX
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == active


@pytest.mark.parametrize(
    "passive", ["image/jpeg", "audio/flac", "video/mp4", "text/plain; charset=utf-8", "font/woff2"]
)
def test_what_cannot_run_is_shown_where_that_is_wanted(passive: str) -> None:
    """Pictures, sound, film, fonts and plain text keep their type and may be shown."""
    assert is_passive(passive)
    headers = content_headers(passive, "a", "inline")
    assert headers["Content-Disposition"] == 'inline; filename="a"'
    assert "Content-Security-Policy" not in headers
    assert headers["Content-Type"] == passive


@pytest.mark.parametrize("bad", ["", "jpeg", "image/", "a/b/c", "image/jpeg\r\nX: y", "image/jpeg;", "ä/b", "a/b; c"])
def test_a_type_that_is_none_becomes_bytes(bad: str) -> None:
    """A declared type that is not a media type is served as unknown bytes."""
    assert media_type(bad) == "application/octet-stream"
