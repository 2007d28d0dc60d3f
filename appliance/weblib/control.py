"""The unix socket by which commands talk to the running daemon: how both sides find it, and the commands' side.

Whoever may open the socket counts as paired, so only the box's own account may. Knows HTTP and problem documents,
no command.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp

from appliance.errors import RequestError, StallboxError, StoreError

NAME = "control.sock"
_ORIGIN = "http://localhost"
_BACKLOG = 128
_LINE_BYTES = 4 * 1024 * 1024  # aiohttp takes lines of twice this: a batch of 4 MiB in base64 is one


@contextmanager
def _short_path(directory: Path) -> Iterator[str]:
    """A path to the socket that fits into the 107 bytes of sockaddr_un(7), however deep `directory` lies."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{NAME}"
    finally:
        os.close(handle)


def listen(directory: Path) -> socket.socket:
    """The listening socket in the data directory, mode 0600. The caller holds the directory's lock.

    A socket that a killed daemon left behind is replaced. Raises StoreError where none can be made.
    """
    (directory / NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short_path(directory) as path:
            listener.bind(path)
        (directory / NAME).chmod(0o600)
        listener.listen(_BACKLOG)  # only now can anybody connect
    except OSError as error:
        listener.close()
        raise StoreError("store", f"{directory / NAME} cannot be made ({error.strerror}).") from error
    listener.setblocking(False)
    return listener


class Control:
    """A connection to the running daemon. Every refusal of the daemon is raised here with its code and text."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> dict[str, object]:
        """The JSON object at `path`."""
        async with self._session.get(_ORIGIN + path) as answer:
            return await _read(answer)

    async def post(self, path: str, body: Mapping[str, object], key: str | None = None) -> dict[str, object]:
        """The answer to `body`; the same `key` gets the same answer again and nothing is done twice."""
        headers = {"Idempotency-Key": f'"{key}"'} if key else {}
        async with self._session.post(_ORIGIN + path, json=body, headers=headers) as answer:
            return await _read(answer)

    async def follow(self, path: str, body: Mapping[str, object]) -> AsyncIterator[dict[str, object]]:
        """The lines of a long work as they come, each a JSON object; a line with `code` is raised as the refusal."""
        async with self._session.post(_ORIGIN + path, json=body) as answer:
            if answer.status >= 400:
                await _read(answer)
            async for line in answer.content:
                found = json.loads(line)
                if "code" in found:
                    raise _refusal(found, answer.status)
                yield found


@asynccontextmanager
async def connect(directory: Path) -> AsyncIterator[Control]:
    """The daemon that serves this data directory. Raises StoreError where none answers."""
    with _short_path(directory) as path:
        connector = aiohttp.UnixConnector(path)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, read_bufsize=_LINE_BYTES) as session:
            try:
                yield Control(session)
            except aiohttp.ClientError as error:
                detail = f"The daemon of {directory} does not answer ({error}). Is it still starting or stopping?"
                raise StoreError("store", detail) from error


async def _read(answer: aiohttp.ClientResponse) -> dict[str, object]:
    found: dict[str, object] = await answer.json(content_type=None)
    if answer.status >= 400:
        raise _refusal(found, answer.status)
    return found


def _refusal(found: Mapping[str, object], status: int) -> StallboxError:
    return RequestError(str(found.get("code")), str(found.get("detail")), status_hint=status)
