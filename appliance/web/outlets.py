"""Where the bytes of a download leave: the socket itself, or aiohttp's transport where TLS must see them.

`loop.sendfile` of asyncio is not used: it tells neither how much went out before it was cancelled, nor that
anything goes out at all before a whole call is done, and so allows no idle time and no turns. An outlet never
waits while it puts; it knows nothing of ranges or turns.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from asyncio.trsock import TransportSocket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from appliance.errors import StoreError

_SHALLOW_BYTES = 128 * 1024
_TLS_CHUNK = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Outlet(Protocol):
    """Takes bytes as fast as the client does."""

    def put(self, source: bytes | BinaryIO, offset: int, count: int) -> int:
        """Hand over up to `count` (at least 1) bytes from `offset`; how many were taken, 0 for none now.

        Raises ConnectionError when the client has gone, StoreError when the file ends early or cannot be read.
        """

    async def writable(self, seconds: float) -> bool:
        """Wait until `put` may succeed, at most so many seconds; whether it may."""

    def is_clear(self) -> bool:
        """Whether all that aiohttp wrote before (the header) is out, so that `put` comes after it."""

    def keep_shallow(self, wanted: bool) -> None:
        """Whether the kernel should hold only little that is not on its way yet.

        Siblings of one phone need that: turns mean nothing while each has a deep store of its own. It costs
        a third more CPU per gigabyte, and so is not for those who are alone.
        """


@contextmanager
def open_outlet(transport: asyncio.Transport) -> Iterator[Outlet]:
    """The outlet of a connection, for one response. Nothing else may write there after the header."""
    if transport.get_extra_info("sslcontext") is not None:
        yield TransportOutlet(transport)
        return
    outlet = SocketOutlet(transport)
    try:
        yield outlet
    finally:
        outlet.close()


def reset(transport: asyncio.Transport) -> None:
    """End a connection so that the client sees a fault, not an end, and the kernel forgets what it holds."""
    if not transport.is_closing():
        line = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


class SocketOutlet:
    """sendfile and write on the transport's own socket; a duplicate is watched, since asyncio guards the first.

    Not corked: that would join the header to the first bytes, and cost a third more CPU per gigabyte.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._socket: TransportSocket = transport.get_extra_info("socket")
        self._watched: int | None = None
        self._shallow = False

    def close(self) -> None:
        """Leave the connection as it was, for its next request."""
        if self._watched is not None:
            os.close(self._watched)
        self.keep_shallow(False)

    def is_clear(self) -> bool:
        return not self._transport.get_write_buffer_size()

    def keep_shallow(self, wanted: bool) -> None:
        if wanted != self._shallow and not self._transport.is_closing():
            self._shallow = wanted
            unsent = _SHALLOW_BYTES if wanted else 0  # 0 is the system's own setting
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, unsent)

    def put(self, source: bytes | BinaryIO, offset: int, count: int) -> int:
        if self._transport.is_closing():  # its descriptor may soon be another connection's
            raise ConnectionResetError("the connection was closed")
        try:
            if isinstance(source, bytes):
                return os.write(self._socket.fileno(), memoryview(source)[offset : offset + count])
            taken = os.sendfile(self._socket.fileno(), source.fileno(), offset, count)
        except BlockingIOError:
            return 0
        except OSError as fault:
            raise _whose(fault) from fault
        if not taken:
            raise _ended_early(offset)
        return taken

    async def writable(self, seconds: float) -> bool:
        if self._transport.is_closing():
            return True
        if self._watched is None:
            self._watched = os.dup(self._socket.fileno())
        settled: asyncio.Future[bool] = self._loop.create_future()
        self._loop.add_writer(self._watched, _settle, settled, True)
        timer = self._loop.call_later(seconds, _settle, settled, False)
        try:
            return await settled
        finally:
            timer.cancel()
            self._loop.remove_writer(self._watched)


class TransportOutlet:
    """Small reads written to the transport, which encrypts them."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def is_clear(self) -> bool:
        return True

    def keep_shallow(self, wanted: bool) -> None:
        """It always is: `put` takes a chunk only when the one before has left."""

    def put(self, source: bytes | BinaryIO, offset: int, count: int) -> int:
        if self._transport.is_closing():
            raise ConnectionResetError("the connection was closed")
        if self._transport.get_write_buffer_size():
            return 0
        count = min(count, _TLS_CHUNK)
        data = _read(source, offset, count)
        self._transport.write(data)
        return len(data)

    async def writable(self, seconds: float) -> bool:
        """asyncio tells a transport's protocol, which is aiohttp's, and nobody else: so look from time to time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._transport.get_write_buffer_size() and not self._transport.is_closing():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await asyncio.sleep(min(left, 0.005))
        return True


def _settle(future: asyncio.Future[bool], value: bool) -> None:
    if not future.done():
        future.set_result(value)


def _read(source: bytes | BinaryIO, offset: int, count: int) -> bytes:
    if isinstance(source, bytes):
        return source[offset : offset + count]
    try:
        data = os.pread(source.fileno(), count, offset)
    except OSError as fault:
        raise _whose(fault) from fault
    if not data:
        raise _ended_early(offset)
    return data


def _whose(fault: OSError) -> Exception:
    """EIO comes from the card; every other error of sending is the network's or the client's."""
    if fault.errno == errno.EIO:
        return StoreError("store", "A file on the shelf cannot be read: check the card.")
    return ConnectionError(*fault.args)


def _ended_early(offset: int) -> StoreError:
    return StoreError("store", f"A file on the shelf ends at byte {offset}, before its length: fetch it anew.")
