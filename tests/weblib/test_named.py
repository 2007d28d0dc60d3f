"""The certificate for the box's own name: when it counts, and who is served it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from appliance.errors import KeyFileError
from appliance.weblib import tls
from appliance.weblib.console_key import make_pem
from appliance.weblib.named import FILE, Named, read_named, serve_by_name

NAME = "stall-7.example.org"
BEGIN, END = 1_790_000_000, 1_797_000_000


def write(keys: Path, names: Sequence[str] = (NAME,)) -> Path:
    path = keys / FILE
    path.write_bytes(make_pem(names, BEGIN, END))
    path.chmod(0o600)
    return path


def held(keys: Path, name: str = NAME) -> Named:
    named = read_named(keys, name)
    assert named is not None
    return named


def test_none(tmp_path: Path) -> None:
    """Most boxes have none, and that is no fault."""
    assert read_named(tmp_path, NAME) is None


@pytest.mark.parametrize("names", [[NAME], ["other.example", NAME], ["*.example.org"], ["STALL-7.Example.org"]])
def test_names(tmp_path: Path, names: list[str]) -> None:
    """It may name the box among others or by a star."""
    write(tmp_path, names)
    assert held(tmp_path).name == NAME


@pytest.mark.parametrize("names", [["other.example.org"], ["*.org"], ["*.stall-7.example.org"], ["10.42.0.1"]])
def test_other_names(tmp_path: Path, names: list[str]) -> None:
    """One for somebody else is refused, and the sentence names both."""
    write(tmp_path, names)
    with pytest.raises(KeyFileError, match=NAME):
        read_named(tmp_path, NAME)


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"])
def test_damaged(tmp_path: Path, text: str) -> None:
    """What is no certificate is refused with what to do."""
    write(tmp_path).write_text(text)
    with pytest.raises(KeyFileError, match="Bring it again"):
        read_named(tmp_path, NAME)


def test_without_its_key(tmp_path: Path) -> None:
    """A certificate beside another key is refused."""
    path = write(tmp_path)
    other = make_pem([NAME], BEGIN, END)
    mark = b"-----BEGIN CERTIFICATE-----"
    path.write_bytes(other.partition(mark)[0] + mark + path.read_bytes().partition(mark)[2])
    with pytest.raises(KeyFileError, match="with its key"):
        read_named(tmp_path, NAME)


def test_readable_by_others(tmp_path: Path) -> None:
    """Its key is a secret."""
    write(tmp_path).chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_named(tmp_path, NAME)


def test_time(tmp_path: Path) -> None:
    """It serves while its time may be now: a box that does not know the time gives it the benefit of the doubt."""
    write(tmp_path)
    named = held(tmp_path)
    assert named.serves(BEGIN, BEGIN + 1)
    assert named.serves(END, END)
    assert not named.serves(END + 1, END + 1)
    assert not named.serves(BEGIN - 10, BEGIN - 1)
    assert named.serves(0, None), "a box without a clock"
    assert not named.serves(END + 1, None)


@pytest.fixture
async def listener(tmp_path: Path) -> AsyncIterator[tuple[int, list[bool]]]:
    """A listener with both certificates; its port, and whether the named one is valid now."""
    write(tmp_path)
    valid = [True]
    context = tls.console_context(tmp_path, ["10.42.0.1"], BEGIN)
    serve_by_name(context, held(tmp_path), lambda: valid[-1])

    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], valid


async def test_served_by_name(tmp_path: Path, listener: tuple[int, list[bool]]) -> None:
    """Who asks for the name gets its certificate, in any case of letters; everybody else gets the box's own."""
    port, valid = listener
    named, own = leaf(tmp_path / FILE), leaf(tmp_path / tls.FILE)
    assert await shown(port, NAME) == named
    assert await shown(port, NAME.upper()) == named
    assert await shown(port, "10.42.0.1") == own
    assert await shown(port, "other.example") == own
    valid.append(False)
    assert await shown(port, NAME) == own, "past its end it is not shown"


def leaf(path: Path) -> bytes:
    mark = "-----BEGIN CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(mark + path.read_text().partition(mark)[2])


async def shown(port: int, name: str) -> bytes:
    """The certificate that a client sees who asks for `name`."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    certificate = found.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate
