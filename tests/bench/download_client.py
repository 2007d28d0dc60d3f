"""The client of the download bench: fetches over keep-alive connections and throws the bytes away.

Standard library only and one process, so that it costs the same whichever server it reads from. Each
connection comes from a loopback address of its own, as phones do. Prints the seconds that it took and the
bytes that it read, as JSON.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time
from collections.abc import Iterator


class Connection:
    """Fetches `paths` one after the other."""

    def __init__(self, number: int, port: int, paths: list[str]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.1.{number + 1}", 0))
        self.bytes_read = 0
        self._steps = self._fetch(paths)
        next(self._steps)

    def advance(self) -> bool:
        """Read once; whether there is more to come."""
        return next(self._steps, False)

    def _fetch(self, paths: list[str]) -> Iterator[bool]:
        buffer = bytearray(1 << 20)
        for path in paths:
            self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head, body = b"", b""
            while not body and b"\r\n\r\n" not in head:
                yield True
                head += self.socket.recv(4096)
            head, _, body = head.partition(b"\r\n\r\n")
            left = _length(head) - len(body)
            self.bytes_read += len(body)
            while left:
                yield True
                count = self.socket.recv_into(buffer, min(left, len(buffer)))
                if not count:
                    raise ConnectionError(f"{path} was cut off")
                left -= count
                self.bytes_read += count


def _length(head: bytes) -> int:
    status, *fields = head.decode().split("\r\n")
    if " 200 " not in status:
        raise ConnectionError(status)
    return next(int(field[15:]) for field in fields if field.lower().startswith("content-length:"))


def fetch(port: int, clients: int, paths: list[str]) -> tuple[float, int]:
    """Let every client fetch all paths, each beginning at another one; (seconds, bytes)."""
    start = time.perf_counter()
    read = 0
    with selectors.DefaultSelector() as selector:
        for number in range(clients):
            first = number % len(paths)
            connection = Connection(number, port, paths[first:] + paths[:first])
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select():
                if not key.data.advance():
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
                    read += key.data.bytes_read
    return time.perf_counter() - start, read


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("clients", type=int)
    parser.add_argument("paths", nargs="+")
    given = parser.parse_args()
    print(json.dumps(fetch(given.port, given.clients, given.paths)))
