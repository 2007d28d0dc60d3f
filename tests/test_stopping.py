"""SIGTERM while a buyer downloads: the display says so, and browsers that listen hold nothing up."""

from __future__ import annotations

import signal
import socket
import time
import urllib.request
from pathlib import Path

from PIL import Image

from tests.reading import codes
from tests.running import Daemon, selling

LARGE = {"01-pier.jpg": bytes(64_000_000)}  # more than the sockets between box and phone can hold


def wait_for_codes(daemon: Daemon, *, are_there: bool) -> None:
    """Until the box's display shows codes, or none."""
    end = time.monotonic() + 15
    while _has_codes(daemon) is not are_there:
        assert time.monotonic() < end, "the display shows something else"
        time.sleep(0.1)


def _has_codes(daemon: Daemon) -> bool:
    with Image.open(daemon.data / "frames" / "latest.png") as picture:
        return bool(codes(picture.convert("RGB")))


def downloading(daemon: Daemon) -> socket.socket:
    """A phone that has begun to download, and takes no more for now."""
    sales = daemon.sell()["sales"]
    assert isinstance(sales, list)
    host, port = daemon.address.removeprefix("http://").split(":")
    phone = socket.create_connection((host, int(port)))
    phone.sendall(f"GET /c/{sales[0]['claim']}/files/01-pier.jpg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert phone.recv(1000).startswith(b"HTTP/1.1 200")
    return phone


def test_downloads_end_first(tmp_path: Path) -> None:
    """Streams end at once, a download goes on; meanwhile the display says that the box stops, and offers nothing."""
    with selling(tmp_path, 10, files=LARGE) as daemon:
        with (daemon.data / "stallbox.toml").open("a") as settings:
            settings.write('[[display]]\nkind = "file"\n')
        daemon.open()
        with (
            downloading(daemon) as phone,
            urllib.request.urlopen(f"{daemon.address}/display/news", timeout=10) as news,
        ):
            assert news.readline() == b"event: frame\n"
            wait_for_codes(daemon, are_there=True)
            began = daemon.signal(signal.SIGTERM)
            assert news.read().endswith(b"event: bye\ndata: \n\n")
            assert time.monotonic() - began < 3
            wait_for_codes(daemon, are_there=False)
            assert daemon.is_alive()
            assert phone.recv(1000)
        assert daemon.wait() == 0
        assert time.monotonic() - began < 15, "nobody waits for a phone that has gone"
