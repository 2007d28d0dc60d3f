"""Data directories to measure with, and the daemon over one of them as a process of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.box import make_data, stall_with
from tests.organizer import Organizer

HERE = Path(__file__).parent
SLUG = "harbour-lights"
_PATIENCE_S = 30.0
Wrap = Callable[[list[str]], list[str]]


async def make_stall(folder: Path, files: Mapping[str, bytes], edition: int) -> Path:
    """A data directory of a box with a display of kind `file` that sells one drop."""
    organizer = Organizer(folder / "organizer")
    shop, console = _free_ports(2)
    data = make_data(folder / "data", organizer, port=shop, console_port=console)
    with (data / "stallbox.toml").open("a") as settings:
        settings.write('[[display]]\nkind = "file"\n')
    bundle = organizer.bundle(folder / "bundles", slug=SLUG, size=edition, files=files)
    async with stall_with(data, organizer, bundle):
        pass
    return data


def copy_of(data: Path, target: Path) -> Path:
    """A fresh stall like `data`."""
    shutil.copytree(data, target, ignore=shutil.ignore_patterns("control.sock", "lock"))
    return target


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running box. `start_s`: from the start of its process until /healthz answered 200."""

    pid: int
    port: int
    start_s: float


def python(*arguments: str) -> list[str]:
    """Our own interpreter with these arguments."""
    return [sys.executable, *arguments]


def environment(variables: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """With the checkout importable from anywhere, and `variables`."""
    return {**os.environ, "PYTHONPATH": str(HERE.parents[1]), **variables}


@contextmanager
def daemon(data: Path, wrap: Wrap = list, variables: Mapping[str, str] = MappingProxyType({})) -> Iterator[Daemon]:
    """`stallbox run` over `data` with these `variables`; `wrap` may put another program around it."""
    port = _port_of(data)
    command = wrap(python("-m", "appliance", "run", "--dir", str(data)))
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment(variables)) as process:
        try:
            _wait_until_well(process, port)
            yield Daemon(process.pid, port, time.perf_counter() - begin)
        finally:
            process.terminate()


def _port_of(data: Path) -> int:
    lines = (data / "stallbox.toml").read_text().splitlines()
    return next(int(line.removeprefix("port = ")) for line in lines if line.startswith("port = "))


def _wait_until_well(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.perf_counter() + _PATIENCE_S
    while time.perf_counter() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except ConnectionError:
            time.sleep(0.002)
        finally:
            connection.close()
    raise RuntimeError("the daemon did not come up")


def on_core(core: int, command: Sequence[str]) -> list[str]:
    """`command`, kept on one core."""
    return ["taskset", "-c", str(core), *command]


def output_of(command: Sequence[str]) -> bytes:
    """What a program printed; its complaints go to our standard error."""
    return subprocess.run(command, stdout=subprocess.PIPE, env=environment(), check=True).stdout
