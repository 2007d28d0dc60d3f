"""What a program asked of the kernel, in its order, as strace wrote it down. Knows strace's output and no meaning."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
FILES = (
    "openat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range,sendfile,mmap,"
    "fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat"
)
SOCKETS = "sendto,sendmsg"
_ENDED = re.compile(r"(\w+)\((.*)\) += (-?\d+|\?)", re.DOTALL)
_FILE = re.compile(r"(?<![\w\\])(-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call. `result` is None where the process ended before the call did."""

    name: str
    texts: tuple[bytes, ...]  # its strings, in their order
    files: tuple[tuple[int | None, Path], ...]  # its open files: descriptor (None: AT_FDCWD) and path
    rest: str  # all arguments as strace writes them
    result: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A call begins or has ended; other threads' moments lie in between."""

    call: Call
    has_ended: bool


def strace() -> str:
    """The program. Skips the test where there is none or where ptrace is not allowed."""
    program, fault = _find()
    if program is None:
        pytest.skip(fault)
    return program


@cache
def _find() -> tuple[str | None, str]:
    program = shutil.which("strace")
    if program is None:
        return None, "strace is not installed (Debian package strace)"
    probe = subprocess.run([program, "-f", "-e", "trace=none", "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        return None, f"ptrace is not allowed here: {probe.stderr.strip()}"
    return program, ""


def watching(calls: str, out: Path, inject: str = "") -> Sequence[str]:
    """The words before a command that write its calls to `out`; the command keeps its own process id.

    `inject`: what strace does to some calls, see its manual.
    """
    tampering = ("-e", f"inject={inject}") if inject else ("--seccomp-bpf",)  # together they inject no signals
    return [
        *(strace(), "-D", "-f", "-y", "-xx", "-s", str(1 << 20), *tampering),
        *("-e", f"trace={calls}", "-e", "signal=none", "-o", str(out)),
    ]


def tracer(process: int, patience_s: float = 10.0) -> int:
    """The process id of the strace that watches `process`, which has just been started."""
    return int(_wait(lambda: _state(process, "TracerPid").strip("0"), f"nobody traces {process}", patience_s))


def ended(out: Path, tracer: int, patience_s: float = 20.0) -> list[Moment]:
    """The moments in `out`, once the strace that writes it has ended, as it does with the process."""
    _wait(lambda: _state(tracer, "State")[:1] in {"", "Z"}, f"strace does not end {out}", patience_s)
    return list(_moments(out.read_text().splitlines()))


def _wait(found: Callable[[], T], fault: str, patience_s: float) -> T:
    end = time.monotonic() + patience_s
    while not (value := found()):
        assert time.monotonic() < end, fault
        time.sleep(0.005)
    return value


def _state(process: int, field: str) -> str:
    """A field of proc_pid_status(5), "" where the process is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return ""
    return next(line.partition(":")[2].strip() for line in status.splitlines() if line.startswith(f"{field}:"))


def _moments(lines: Sequence[str]) -> Iterator[Moment]:
    calls = _whole(lines)
    for number, line in enumerate(lines):
        if number not in calls:
            continue
        call = calls[number]
        if "resumed>" not in line:
            yield Moment(call, has_ended=False)
        if "<unfinished ...>" not in line and call.result is not None:
            yield Moment(call, has_ended=True)


def _whole(lines: Sequence[str]) -> dict[int, Call]:
    """The call that begins or ends on each line."""
    begun: dict[str, tuple[int, str]] = {}
    calls: dict[int, Call] = {}
    for number, line in enumerate(lines):
        thread, text = line.split(maxsplit=1)
        if text.startswith(("+++", "---", "???")):  # ends, signals, what a killed thread was about to ask for
            continue
        if text.endswith("<unfinished ...>"):
            begun[thread] = number, text.removesuffix("<unfinished ...>")
        elif text.startswith("<..."):
            start, head = begun.pop(thread)
            calls[start] = calls[number] = _read(head + text.partition("resumed>")[2])
        else:
            calls[number] = _read(text)
    for number, head in begun.values():
        calls[number] = _read(f"{head}) = ?")
    return calls


def _read(text: str) -> Call:
    match = _ENDED.match(text)
    assert match, f"strace wrote {text[:200]}"
    name, arguments, result = match.groups()
    assert '"...' not in arguments, "strace cut a string short"
    parts = arguments.split('"')  # a quotation mark within a string is written \x22
    rest = '""'.join(parts[::2])
    files = [(None if number == "AT_FDCWD" else int(number), _path(path)) for number, path in _FILE.findall(rest)]
    texts = tuple(map(_bytes, parts[1::2]))
    return Call(name, texts, tuple(files), rest, None if result == "?" else int(result))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _path(text: str) -> Path:
    return Path(_bytes(text).decode(errors="surrogateescape"))
