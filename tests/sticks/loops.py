"""A stick as an image file behind a loop device, which can be put in, mounted anew, and torn out while it is in use."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

NAME = "sda1"
_MKFS = {"ext4": ("mkfs.ext4", "-q", "-F"), "vfat": ("mkfs.vfat",), "exfat": ("mkfs.exfat",)}
_GOING_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_NO_LOG_FLUSH = 2


def kinds() -> list[str]:
    """The file systems of sticks that this kernel has, and this machine can make."""
    known = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    return [kind for kind, (tool, *_) in _MKFS.items() if kind in known and shutil.which(tool)]


def run(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise OSError(f"{words[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


class LoopStick:
    """`place`: where it is mounted while it is in. `folder` is what the box watches."""

    def __init__(self, folder: Path, kind: str = "ext4", megabytes: int = 48) -> None:
        self.place = folder / "mounts" / NAME
        self.place.mkdir(parents=True)
        self.image = folder / "stick.img"
        self._kind = kind
        self._device: str | None = None
        self._hand = threading.Lock()  # the test's hand and the box's helper do one thing after the other
        with self.image.open("wb") as file:
            file.truncate(megabytes << 20)
        run(*_MKFS[kind], self.image)

    @property
    def is_mounted(self) -> bool:
        return os.path.ismount(self.place)

    def put_in(self) -> None:
        """As udev and systemd do it: mounted to be read."""
        with self._hand:
            self._device = run("losetup", "--find", "--show", self.image)
            self._mount("ro")

    def take_out(self) -> None:
        """As it should be done: unmounted first."""
        with self._hand:
            self._unmount()
            self._detach()

    def pull(self) -> None:
        """Tears it out: from now on every access fails, and what had not reached the stick never does."""
        with self._hand:
            if self.is_mounted:
                handle = os.open(self.place, os.O_RDONLY)
                try:
                    fcntl.ioctl(handle, _GOING_DOWN, struct.pack("I", _NO_LOG_FLUSH))
                finally:
                    os.close(handle)
            as_it_was = shutil.copy(self.image, self.image.with_suffix(".pulled"))  # before a late write
            if self.is_mounted:
                run("umount", "-l", self.place)
            self._detach()
            Path(as_it_was).replace(self.image)

    @contextlib.contextmanager
    def elsewhere(self) -> Iterator[Path]:
        """The folder STALLBOX in another machine, where it may be written."""
        place = self.image.with_name("elsewhere")
        place.mkdir(exist_ok=True)
        run("mount", "-t", self._kind, "-o", "loop", self.image, place)
        try:
            (place / "STALLBOX").mkdir(exist_ok=True)
            yield place / "STALLBOX"
        finally:
            run("umount", place)

    async def obey(self, words: list[str]) -> None:
        """What the box's helper does with an order; OSError is its refusal."""
        await asyncio.to_thread(self._obey, *words)

    def _obey(self, verb: str, name: str, mode: str = "") -> None:
        with self._hand:
            if name != NAME or self._device is None:
                raise OSError("no such device")
            self._unmount()
            if verb == "mount":
                self._mount("rw" if mode == "write" else "ro")

    def _mount(self, mode: str) -> None:
        assert self._device is not None
        run("mount", "-t", self._kind, "-o", f"{mode},nosuid,nodev,noexec,noatime", self._device, self.place)

    def _unmount(self) -> None:
        if self.is_mounted:
            run("umount", self.place)

    def _detach(self) -> None:
        if self._device is not None:
            run("losetup", "-d", self._device)
            self._device = None
