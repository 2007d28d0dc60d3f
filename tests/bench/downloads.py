"""Downloads against nginx, in one run: throughput, CPU per gigabyte, the archive against a plain file, memory.

Both servers have one process and the same files in memory; server and client are pinned to a core each. The
rounds alternate between the servers, and medians are compared. nginx sends as Debian's own configuration lets
it: sendfile and tcp_nopush on.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 5
MB = 1_000_000
SERVER_CORE, CLIENT_CORE = 0, (os.cpu_count() or 1) - 1

NGINX = """
daemon off; master_process off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type image/jpeg;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{ listen 127.0.0.1:{port}; root {shelf}; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    port: int

    def cpu_s(self) -> float:
        """Seconds of CPU of all its threads until now."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def rss_mb(self) -> float:
        """Resident memory in MB of 10^6 bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MB


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of one server cost."""

    mb_per_s: float
    cpu_s_per_gb: float


@dataclass(frozen=True, slots=True)
class Load:
    """So many clients fetch these paths from this server."""

    server: Server
    clients: int
    paths: list[str]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ours to the other's: throughput (more is better) and CPU per gigabyte (less is better)."""

    throughput: float
    cpu: float


def put_on_shelf(shelf: Path, length: int) -> str:
    """A file of random bytes, under its digest."""
    data = os.urandom(length)
    digest = sha256(data).hexdigest()
    (shelf / digest[:2]).mkdir(parents=True, exist_ok=True)
    (shelf / digest[:2] / digest).write_bytes(data)
    return digest


def at(digest: str) -> str:
    """The path of a digest on both servers."""
    return f"/{digest[:2]}/{digest}"


@contextmanager
def running(command: list[str], port: int | None = None) -> Iterator[Server]:
    """Start a server on its core; without `port` it prints the one that it took."""
    with subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    ) as process:
        assert process.stdout is not None
        try:
            yield Server(process, port or int(process.stdout.readline()))
        finally:
            process.terminate()


@contextmanager
def nginx(directory: Path, shelf: Path) -> Iterator[Server]:
    """Debian's nginx with one process and a configuration of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(dir=directory, port=port, shelf=shelf))
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-e", f"{directory}/error.log", "-c", str(config)]
    with running(command, port) as server:
        for _ in range(200):
            with socket.socket() as client:
                client.settimeout(0.05)
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield server


def measure(load: Load) -> Round:
    """One round: the clients fetch all paths."""
    server, clients, paths = load.server, load.clients, load.paths
    client = ["taskset", "-c", str(CLIENT_CORE), sys.executable, str(HERE / "download_client.py")]
    before = server.cpu_s()
    done = subprocess.run([*client, str(server.port), str(clients), *paths], capture_output=True, text=True, check=True)
    seconds, read = json.loads(done.stdout)
    return Round(read / MB / seconds, (server.cpu_s() - before) / (read / 1e9))


def compare(title: str, ours: Load, other: Load) -> Ratios:
    """Alternate between two loads, print medians and ratios."""
    rounds = [(measure(ours), measure(other)) for _ in range(ROUNDS)]
    speed = [statistics.median(pair[side].mb_per_s for pair in rounds) for side in (0, 1)]
    cpu = [statistics.median(pair[side].cpu_s_per_gb for pair in rounds) for side in (0, 1)]
    ratios = Ratios(speed[0] / speed[1], cpu[0] / cpu[1])
    print(
        f"{title:<38} {speed[0]:5.0f} against {speed[1]:5.0f} MB/s = x{ratios.throughput:.2f}   "
        f"CPU {cpu[0]:.3f} against {cpu[1]:.3f} s/GB = x{ratios.cpu:.2f}"
    )
    return ratios


def run() -> None:
    """The whole comparison; prints one line per load.

    Aims: throughput at least x0.95 of nginx at no more than x1.20 of its CPU, the archive at least x0.90 of a
    plain file, flat memory.
    """
    with tempfile.TemporaryDirectory(prefix="stallbox-bench-") as name:
        directory = Path(name)
        shelf = directory / "shelf"
        large = put_on_shelf(shelf, 200 * MB)
        photos = [put_on_shelf(shelf, 4 * MB) for _ in range(20)]
        archived = [put_on_shelf(shelf, 10 * MB) for _ in range(20)]
        ours_command = [sys.executable, str(HERE / "download_server.py"), str(shelf), *archived]
        with running(ours_command) as ours, nginx(directory, shelf) as peer:
            five, photo_paths = [at(large)] * 5, [at(photo) for photo in photos]
            whole, many = Load(ours, 1, five), Load(ours, 20, photo_paths)
            measure(whole)
            measure(Load(peer, 1, five))
            before = ours.rss_mb()
            compare("200 MB file, nginx", whole, Load(peer, 1, five))
            compare("20 x 4 MB by 20 clients, nginx", many, Load(peer, 20, photo_paths))
            compare("200 MB archive, our plain file", Load(ours, 1, ["/all.zip"] * 5), whole)
            print(f"our resident memory: {before:.1f} MB before, {ours.rss_mb():.1f} MB after")


if __name__ == "__main__":
    run()
