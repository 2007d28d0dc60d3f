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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.bench.probes import ROUNDS
from tests.bench.table import Row, at_least, at_most, not_measured

HERE = Path(__file__).parent
MB = 1_000_000
NGINX_PROGRAM = Path(shutil.which("nginx") or "/usr/sbin/nginx")
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
    command = [str(NGINX_PROGRAM), "-e", f"{directory}/error.log", "-c", str(config)]
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians of two loads that alternated."""

    ours: Round
    other: Round

    def throughput(self, title: str, aim: float) -> Row:
        """More is better."""
        note = f"{self.ours.mb_per_s:.0f} against {self.other.mb_per_s:.0f} MB/s"
        return at_least(title, self.ours.mb_per_s / self.other.mb_per_s, aim, "×", note)

    def cpu(self, title: str, aim: float) -> Row:
        """Less is better."""
        note = f"{self.ours.cpu_s_per_gb:.3f} against {self.other.cpu_s_per_gb:.3f} s/GB"
        return at_most(title, self.ours.cpu_s_per_gb / self.other.cpu_s_per_gb, aim, "×", note)


def compare(ours: Load, other: Load) -> Comparison:
    """Alternate between two loads."""
    rounds = [(measure(ours), measure(other)) for _ in range(ROUNDS)]
    return Comparison(*(_median(side) for side in zip(*rounds, strict=True)))


def _median(rounds: Sequence[Round]) -> Round:
    return Round(
        statistics.median(each.mb_per_s for each in rounds), statistics.median(each.cpu_s_per_gb for each in rounds)
    )


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    shelf = folder / "shelf"
    large = [at(put_on_shelf(shelf, 200 * MB))] * 5
    photos = [at(put_on_shelf(shelf, 4 * MB)) for _ in range(20)]
    archived = [put_on_shelf(shelf, 10 * MB) for _ in range(20)]
    with running([sys.executable, str(HERE / "download_server.py"), str(shelf), *archived]) as ours:
        whole = Load(ours, 1, large)
        measure(whole)
        before_mb = ours.rss_mb()
        yield from _against_nginx(folder, shelf, whole, Load(ours, 20, photos))
        archive = compare(Load(ours, 1, ["/all.zip"] * 5), whole)
        yield archive.throughput("200 MB archive: throughput against our plain file", 0.9)
        grown_mb = ours.rss_mb() - before_mb
        yield at_most(
            "downloads: memory that grew in all these rounds", grown_mb, 8, " MB", f"{before_mb:.0f} MB before"
        )


def _against_nginx(folder: Path, shelf: Path, whole: Load, many: Load) -> Iterator[Row]:
    if not NGINX_PROGRAM.exists():
        yield not_measured("downloads against nginx", "nginx is missing: sudo apt-get install nginx-light")
        return
    with nginx(folder, shelf) as peer:
        for title, load in (("200 MB file", whole), ("20 × 4 MB by 20 clients", many)):
            other = Load(peer, load.clients, load.paths)
            measure(other)
            found = compare(load, other)
            yield found.throughput(f"{title}: throughput against nginx", 0.95)
            yield found.cpu(f"{title}: CPU per GB against nginx", 1.2)
