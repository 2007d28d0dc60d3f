"""Downloads over real HTTP: exact bytes, honest lengths, resumable, and never spliced."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.core.segments import Segment
from tests.web.download_box import LARGE_PAGE, PAGE, Box

DATA = os.urandom(700_001)
MIXED = [b"head", b"", DATA[:300_000], b"between", DATA[300_000:], b"tail" * 100]
WHOLE = b"".join(MIXED)
EDGES = sorted({sum(map(len, MIXED[:n])) + step for n in range(7) for step in (-1, 0, 1)} - {-1})


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """A box with one file, `file`, and one body of bytes and files, `mixed`."""
    box = Box(tmp_path)
    box.offer("file", box.put(DATA))
    box.offer("mixed", *(box.put(part) if n % 2 == 0 else Segment.of_bytes(part) for n, part in enumerate(MIXED)))
    async with box.serving():
        yield box


async def test_a_file_comes_whole_with_its_length_tag_and_type(box: Box) -> None:
    """200, exact length, strong ETag, true type, ranges offered, nothing sniffed, nothing compressed."""
    answer = await box.get("/d/file", Accept_Encoding="gzip, deflate, br")
    assert (answer.status, answer.body) == (200, DATA)
    assert answer.fields["etag"] == '"file"'
    assert answer.fields["content-type"] == "image/jpeg"
    assert answer.fields["accept-ranges"] == "bytes"
    assert answer.fields["x-content-type-options"] == "nosniff"
    assert answer.fields["content-disposition"] == 'attachment; filename="a.jpg"'
    assert not {"content-encoding", "transfer-encoding"} & set(answer.fields)
    assert box.sent == len(DATA)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.sampled_from(EDGES) | st.integers(0, len(WHOLE) + 5), length=st.integers(0, 400_000))
async def test_any_range_gets_exactly_its_bytes(box: Box, first: int, length: int) -> None:
    """A range that begins or ends at, before or behind any edge of a segment is the slice of the whole."""
    answer = await box.get("/d/mixed", Range=f"bytes={first}-{first + length}")
    if first >= len(WHOLE):
        assert (answer.status, answer.fields["content-range"]) == (416, f"bytes */{len(WHOLE)}")
        return
    last = min(first + length, len(WHOLE) - 1)
    assert (answer.status, answer.fields["content-range"]) == (206, f"bytes {first}-{last}/{len(WHOLE)}")
    assert answer.body == WHOLE[first : last + 1]


async def test_a_resumed_download_is_the_same_file(box: Box) -> None:
    """What came before the cut and what the range brings are together the whole."""
    async with box.line() as line:
        line.request("GET", "/d/mixed")
        _, fields = await line.head()
        before = await line.reader.readexactly(123_457)
    answer = await box.get("/d/mixed", Range=f"bytes={len(before)}-", If_Range=fields["etag"])
    assert (answer.status, before + answer.body) == (206, WHOLE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_resumes_where_it_stopped(box: Box, tmp_path: Path) -> None:
    """`curl -C -` completes half a file to the whole one."""
    half = tmp_path / "half"
    half.write_bytes(WHOLE[:400_000])
    command = ["curl", "-fsS", "-C", "-", "-o", str(half), f"http://127.0.0.1:{box.port}/d/mixed"]
    await asyncio.to_thread(subprocess.run, command, check=True)
    assert half.read_bytes() == WHOLE


@pytest.mark.parametrize("tag", ['"another"', 'W/"file"', "Mon, 23 Nov 2026 08:00:00 GMT"])
async def test_another_version_is_never_spliced(box: Box, tag: str) -> None:
    """If-Range with a foreign tag, a weak tag or a date gets the whole file."""
    answer = await box.get("/d/file", Range="bytes=10-19", If_Range=tag)
    assert (answer.status, answer.body) == (200, DATA)


async def test_several_ranges_get_the_whole(box: Box) -> None:
    """More than one range is answered with everything, never with 416."""
    answer = await box.get("/d/file", Range="bytes=0-9,20-29")
    assert (answer.status, answer.body) == (200, DATA)


async def test_statuses_without_a_body_keep_the_connection(box: Box) -> None:
    """HEAD, 304, 412 and 416 tell what they must, send nothing, and the next request is answered."""
    async with box.line() as line:
        head = await line.ask("HEAD", "/d/file", Range="bytes=0-1")
        assert (head.status, head.fields["content-length"]) == (200, str(len(DATA)))
        same = await line.ask("GET", "/d/file", If_None_Match='"file"')
        assert (same.status, same.fields["etag"], "content-length" in same.fields) == (304, '"file"', False)
        other = await line.ask("GET", "/d/file", If_Match='"another"', Range="bytes=5-")
        assert (other.status, other.body) == (412, b"")
        beyond = await line.ask("GET", "/d/file", Range=f"bytes={len(DATA)}-")
        assert (beyond.status, beyond.fields["content-range"]) == (416, f"bytes */{len(DATA)}")
        assert (await line.ask("GET", "/page")).body == PAGE
    assert box.sent == 0


async def test_an_empty_file_is_a_file(box: Box) -> None:
    """Nothing, with length 0, is a complete download."""
    box.offer("empty", box.put(b""))
    answer = await box.get("/d/empty")
    assert (answer.status, answer.fields["content-length"], answer.body) == (200, "0", b"")


async def test_the_connection_serves_on_after_a_download(box: Box) -> None:
    """Downloads and pages follow each other on one connection, also when asked for all at once."""
    async with box.line() as line:
        for path in ("/d/mixed", "/large", "/d/file", "/page", "/d/mixed"):
            line.request("GET", path)
        await asyncio.sleep(0.05)
        bodies = [(await line.answer()).body for _ in range(5)]
    assert bodies == [WHOLE, LARGE_PAGE, DATA, PAGE, WHOLE]


async def test_old_clients_are_served(box: Box) -> None:
    """HTTP/1.0 gets the length and the end of the connection, or keeps it where it asks to."""
    async with box.line() as line:
        assert (await line.ask("GET", "/d/file", version="1.0", Connection="keep-alive")).body == DATA
        assert (await line.ask("GET", "/d/file", version="1.0")).body == DATA
        assert await line.reader.read() == b""


async def test_a_client_that_leaves_is_counted_not_lamented(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    """An aborted download logs nothing, reports the bytes that went out, and the box serves on."""
    large = Segment(1 << 30, "ab" * 32)
    box.path_of("ab" * 32).parent.mkdir()
    with box.path_of("ab" * 32).open("wb") as file:
        file.truncate(large.length)
    box.offer("large", large)
    with caplog.at_level(logging.INFO):
        async with box.line() as line:
            line.request("GET", "/d/large")
            await line.reader.readexactly(1_000_000)
        await settled(box)
        assert 1_000_000 <= box.sent < large.length
        assert (await box.get("/page")).body == PAGE
    assert caplog.records == []


async def settled(box: Box) -> None:
    """Wait until nothing goes out any more."""
    before = -1
    while before != len(box.progress):
        before = len(box.progress)
        await asyncio.sleep(0.15)


def deaf_client(port: int) -> socket.socket:
    """Asks for a file and reads nothing; its buffer is small."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(b"GET /d/file HTTP/1.1\r\nHost: box\r\n\r\n")
    return client


async def test_a_client_that_takes_nothing_is_given_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After the idle time without a byte the connection is reset, without a traceback."""
    box = Box(tmp_path, idle_s=0.3)
    box.offer("file", box.put(os.urandom(8_000_000)))
    with caplog.at_level(logging.INFO):
        async with box.serving():
            with deaf_client(box.port) as client:
                await given_up(caplog)
                with pytest.raises(ConnectionResetError):
                    await asyncio.to_thread(drain, client)
    assert 0 < box.sent < 8_000_000
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("INFO", None)]


async def given_up(caplog: pytest.LogCaptureFixture) -> None:
    """Wait until the box has said that it gave a client up."""
    async with asyncio.timeout(10):
        while not caplog.records:
            await asyncio.sleep(0.02)


def drain(client: socket.socket) -> bytes:
    """Read to the end."""
    client.settimeout(5)
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


async def test_a_slow_client_gets_everything(tmp_path: Path) -> None:
    """However slow, who goes on taking bytes is not given up, even when a slice takes longer than the idle time."""
    box = Box(tmp_path, idle_s=0.3)
    data = os.urandom(1_500_000)
    box.offer("file", box.put(data))

    def read_slowly(client: socket.socket) -> bytes:
        got = b""
        while len(got) < 150_000:
            got += client.recv(15_000)
            time.sleep(0.06)
        while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n", 1)[1]) < len(data):
            got += client.recv(65536)
        return got.split(b"\r\n\r\n", 1)[1]

    async with box.serving():
        with deaf_client(box.port) as client:
            assert await asyncio.to_thread(read_slowly, client) == data


async def test_a_file_that_ends_early_cuts_the_connection(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    """Half a file is never taken for a whole one: the client sees a fault, the log one sentence."""
    segment = box.downloads["file"].body[0]
    assert isinstance(segment.source, str)
    os.truncate(box.path_of(segment.source), 500_000)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await box.get("/d/file")
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("ERROR", None)
    assert "ends at byte 500000" in record.getMessage()


async def test_a_missing_file_is_told_before_anything_is_sent(box: Box) -> None:
    """Where the shelf has no such file the refusal is a status, not a broken download."""
    box.offer("gone", Segment(10, "cd" * 32))
    answer = await box.get("/d/gone")
    assert (answer.status, answer.body) == (503, b"This file is not on the shelf.")


async def test_a_file_not_in_memory_comes_whole(box: Box) -> None:
    """What the page cache does not hold is read first and then sent."""
    segment = box.downloads["file"].body[0]
    assert isinstance(segment.source, str)
    with box.open_file(segment.source) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    assert (await box.get("/d/file", Range="bytes=5-")).body == DATA[5:]


async def test_a_name_in_any_script_arrives(box: Box) -> None:
    """The true name travels after RFC 8187, beside an ASCII one."""
    box.offer("name", Segment.of_bytes(b"x"), filename="Hafen – Größe.jpg")
    field = (await box.get("/d/name")).fields["content-disposition"]
    assert field == (
        "attachment; filename=\"Hafen _ Gro_e.jpg\"; filename*=UTF-8''Hafen%20%E2%80%93%20Gr%C3%B6%C3%9Fe.jpg"
    )


async def test_a_creators_page_does_not_run_here(box: Box) -> None:
    """HTML comes as an attachment in a sandbox."""
    box.offer("html", Segment.of_bytes(b"<script>"), kind="text/html", filename="a.html")
    fields = (await box.get("/d/html")).fields
    assert fields["content-disposition"].startswith("attachment")
    assert fields["content-security-policy"] == "sandbox; default-src 'none'"
    assert fields["content-type"] == "text/html"
