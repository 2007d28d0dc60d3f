"""Sticks come and go: each is read as soon as it is mounted, and written when somebody asks, or the organizer did.

Knows mounts and the helper that makes them. What lies on a stick is `stall.carrying`'s matter, what is said of it
`stick_notices`'. A stick is called safe only when it is unmounted, or was mounted read-only and is not read any more.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from appliance.board import Board
from appliance.core.commands import EjectStick, ExportToStick
from appliance.core.mounts import Mount
from appliance.core.scene import StickDoing
from appliance.core.stick import HOME
from appliance.core.stick import MIRROR as MIRROR_FOLDER
from appliance.devices.mounts import Mounts
from appliance.errors import PaperError, StallboxError, StoreError
from appliance.services.helper import Helper
from appliance.services.stick_notices import LOCKED, MIRROR, NO_STICK, NOT_MOUNTED, PULLED, Notices, not_written
from appliance.stall.attachments import Load
from appliance.stall.carrying import Carrying, Found
from appliance.tree import open_tree

_log = logging.getLogger(__name__)


class Sticks:
    def __init__(self, mounts: Mounts, carrying: Carrying, helper: Helper, notices: Notices) -> None:
        self._mounts = mounts
        self._carrying = carrying
        self._helper = helper
        self._notices = notices
        self._seen: dict[str, int] = {}  # name -> number of the mount that was read; the newest stick last
        self._mirrors: set[str] = set()
        self._broken: set[str] = set()  # tried again when the next change shows that something was pulled or put in
        self._last: str | None = None  # that was unmounted here, and may still be in
        self._turn = asyncio.Lock()

    def serve_on(self, board: Board) -> None:
        """Pages and buttons may ask on the board from now on."""

        async def export(_command: ExportToStick) -> None:
            await self.export()

        async def eject(_command: EjectStick) -> None:
            await self.eject()

        board.serve(ExportToStick, export)
        board.serve(EjectStick, eject)

    async def run(self) -> None:
        """Until it is cancelled. Sticks are read one after the other."""
        async with self._mounts.watching() as changed:
            while True:
                changed.clear()
                async with self._turn:
                    while await self._look():
                        pass
                await changed.wait()
                for name in self._broken:
                    self._seen.pop(name, None)
                self._broken.clear()

    async def export(self) -> None:
        """Writes the sales onto the stick that came last and unmounts it. StoreError with what to do otherwise."""
        async with self._turn:
            self._notices.written(await self._write(self._chosen()))

    async def eject(self) -> None:
        """Unmounts every stick that is no mirror. StoreError where there is none, or one cannot be."""
        async with self._turn:
            names = [name for name in self._mounts.now() if name not in self._mirrors]
            if not names:
                raise StoreError("not-ready", MIRROR if self._mirrors else NO_STICK)
            for name in names:
                await self._unmount(name)
            self._notices.safe()

    def mirrors(self) -> list[Path]:
        """The folders that a mirror has on the sticks that are in, whoever's it is."""
        return [Path(mount.place) / HOME / MIRROR_FOLDER for mount in self._mounts.now().values()]

    async def lend(self) -> Path:
        """Mounts the stick that came last to be written, and leaves it so, since a mirror is made on it: the folder
        for that. StoreError with what to do otherwise."""
        async with self._turn:
            name = self._chosen()
            mount = await self._mount(name)
            self._mirrors.add(name)
            return Path(mount.place) / HOME / MIRROR_FOLDER

    async def give_back(self) -> None:
        """Unmounts the sticks that are mirrors: they may be pulled out. StoreError where one cannot be."""
        async with self._turn:
            for name in sorted(self._mirrors & self._mounts.now().keys()):
                await self._unmount(name)

    async def make_writable(self, mirror: Path) -> None:
        """Mounts the stick of one of `mirrors` to be written, unless it is. StoreError."""
        async with self._turn:
            for name, mount in self._mounts.now().items():
                if mount.is_read_only and mirror.is_relative_to(mount.place):
                    await self._mount(name)

    async def _look(self) -> bool:
        """Reads one stick that is new, if there is one."""
        present = self._mounts.now()
        for name in [name for name in self._seen if name not in present]:
            self._forget(name)
        for name, mount in present.items():
            if self._seen.get(name) != mount.number:
                self._forget(name)
                self._seen[name] = mount.number  # now: a stick that cannot be read is not tried for ever
                await self._read(name, mount)
                return True
        return False

    def _forget(self, name: str) -> None:
        self._mirrors.discard(name)
        if self._seen.pop(name, None) is not None and not self._seen:
            self._notices.gone()

    async def _read(self, name: str, mount: Mount) -> None:
        _log.info("the stick %s is read", name)
        say = self._notices.begin(StickDoing.READING)
        try:
            with await asyncio.to_thread(open_tree, Path(mount.place), mount.disk) as root:
                found = await self._carrying.take_in(root, say)
        except PaperError as refusal:
            _log.warning("the stick %s cannot be read: %s", name, refusal.detail)
            self._broken.add(name)
            self._notices.failed(StoreError("not-ready", PULLED))
            return
        for what, refused in found.refused:
            _log.warning("%s on the stick %s was refused (%s): %s", what, name, refused.code, refused.detail)
        if found.is_mirror:
            self._mirrors.add(name)
        if found.is_courier and not found.is_mirror:
            await self._carry(name, found)
        else:
            self._notices.found(found, is_safe=mount.is_read_only and not found.is_mirror)

    async def _carry(self, name: str, found: Found) -> None:
        """The organizer has asked beforehand: a refusal is told to nobody but the screen."""
        try:
            written = await self._write(name, Load.NONE)
        except StallboxError as refusal:
            _log.warning("the sales were not written onto %s: %s", name, refusal.detail)
        else:
            self._notices.found(found, is_safe=True, written=written)

    def _chosen(self) -> str:
        """The stick that is written; one that was unmounted a moment ago may still be in."""
        present = self._mounts.now()
        names = [name for name in self._seen if name in present and name not in self._mirrors]
        if names:
            return names[-1]
        if self._last is not None and not self._mirrors:
            return self._last
        raise StoreError("not-ready", MIRROR if self._mirrors else NO_STICK)

    async def _write(self, name: str, load: Load = Load.WAITING) -> int:
        """Mounts a stick anew to be written, and unmounts it whatever comes of it; how many files were new."""
        say = self._notices.begin(StickDoing.WRITING)
        try:
            mount = await self._mount(name)
            try:
                with await asyncio.to_thread(open_tree, Path(mount.place), mount.disk) as root:
                    written = await self._carrying.write_out(root, say, load)
            except (OSError, PaperError) as error:
                self._broken.add(name)
                raise not_written(error) from error
            finally:
                await self._let_go(name)
            self._check_gone(name)
        except StallboxError as refusal:
            self._notices.failed(refusal)
            raise
        return written

    async def _mount(self, name: str) -> Mount:
        was_in = name in self._seen
        try:
            await self._helper.mount(name, is_writable=True)
        except StoreError as refusal:
            _log.warning("%s was not mounted to be written: %s", name, refusal.detail)
            self._last = None
            raise StoreError("not-ready", NOT_MOUNTED if was_in else NO_STICK) from refusal
        mount = self._mounts.now().get(name)
        if mount is None:
            raise StoreError("not-ready", NOT_MOUNTED)
        self._seen[name] = mount.number
        if mount.is_read_only:
            raise StoreError("not-ready", LOCKED)
        return mount

    async def _unmount(self, name: str) -> None:
        await self._helper.eject(name)
        self._check_gone(name)

    async def _let_go(self, name: str) -> None:
        """Whether it worked, the table of mounts tells, which is asked before a stick is called safe."""
        try:
            await self._helper.eject(name)
        except StoreError as refusal:
            _log.warning("%s was not unmounted: %s", name, refusal.detail)

    def _check_gone(self, name: str) -> None:
        """Only a stick that has left the table is safe."""
        if name in self._mounts.now():
            raise StoreError("not-ready", "The stick is still in use. Wait a moment, and eject it again.")
        self._seen.pop(name, None)
        self._last = name
