"""The daemon as a process of its own, for tests that end it, also the hard way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.box import make_data, stall_with
from tests.organizer import PHOTOS, Organizer

ROOT = Path(__file__).parent.parent
Json = dict[str, object]
Files = Mapping[str, bytes]


class Daemon:
    """`stallbox run` over one data directory, started as often as a test likes."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.address = f"http://127.0.0.1:{port}"
        self._log = data / "daemon.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *before: str, keeping: Sequence[int] = (), **environment: str) -> None:
        """Starts it and does not wait. `before`: a program that starts it, with its arguments; it gets the descriptors
        `keeping` and, beside this process's, the variables `environment`."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, sys.executable, "-m", "appliance", "run", "--dir", str(self.data)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                pass_fds=keeping,
            )

    def wait_open(self, patience_s: float = 30.0) -> None:
        """Until it answers; AssertionError with its log where it ends or stays silent."""
        end = time.monotonic() + patience_s
        while not self.is_open():
            assert self._process is not None
            assert self._process.poll() is None, f"the daemon ended: {self.log()}"
            assert time.monotonic() < end, f"the daemon does not open: {self.log()}"
            time.sleep(0.02)

    def open(self) -> None:
        self.start()
        self.wait_open()

    def is_open(self) -> bool:
        try:
            self.status()
        except (OSError, urllib.error.URLError):
            return False
        return True

    def kill(self) -> None:
        """SIGKILL: it gets no chance to tidy up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: signal.Signals) -> float:
        """Sends it and does not wait; the monotonic moment."""
        assert self._process is not None
        self._process.send_signal(number)
        return time.monotonic()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> int:
        """Until it has ended; its exit code."""
        assert self._process is not None
        return self._process.wait(30)

    def wait_end(self) -> int:
        """Until it ends by itself; its exit code."""
        assert self._process is not None
        return self._process.wait(30)

    def close(self) -> None:
        if self.is_alive():
            self.kill()

    def status(self) -> Json:
        return self._ask(urllib.request.Request(f"{self.address}/api/v1/status"))

    def sell(self, key: str | None = None, **order: object) -> Json:
        """The answer of `POST /api/v1/sales`."""
        body = json.dumps({"drop": "harbour-lights", **order}).encode()
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": f'"{key}"'} if key else {})
        return self._ask(urllib.request.Request(f"{self.address}/api/v1/sales", body, headers))

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @staticmethod
    def _ask(request: urllib.request.Request) -> Json:
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: Json = json.load(answer)
        return found


@contextlib.contextmanager
def selling(
    folder: Path, size: int, data: str = "data", *, ports: tuple[int, int] | None = None, files: Files = PHOTOS
) -> Iterator[Daemon]:
    """The daemon of a box with Harbour Lights, numbers 1 to `size`; it does not run yet. `ports`: shop's, console's."""
    organizer = Organizer(folder)
    port, console_port = ports or _free_ports()
    daemon = Daemon(make_data(folder / data, organizer, port=port, console_port=console_port), port)
    asyncio.run(_take_in(daemon.data, organizer, organizer.bundle(size=size, files=files)))
    try:
        yield daemon
    finally:
        daemon.close()


async def _take_in(data: Path, organizer: Organizer, bundle: Path) -> None:
    async with stall_with(data, organizer, bundle):
        pass


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
