"""Switching off: what is ended first, who is asked for the power, and machines that have nobody to ask."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core.commands import EjectStick, PowerOff
from appliance.errors import StoreError
from appliance.services.helper import Helper
from appliance.services.power import Power


@contextlib.asynccontextmanager
async def helper(folder: Path, answer: str = "done") -> AsyncIterator[tuple[Helper, list[str]]]:
    """A helper that notes its orders and always answers the same."""
    orders: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        orders.append((await reader.readline()).decode().strip())
        writer.write(f"{answer}\n".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_unix_server(serve, folder / "helper.sock")
    async with server:
        yield Helper(folder / "helper.sock"), orders


async def test_in_this_order(tmp_path: Path) -> None:
    """The daemon is told to end; then the stick is ejected and goodbye said; the power goes last."""
    board, stop, ejected = Board(), asyncio.Event(), asyncio.Event()

    async def eject(_: EjectStick) -> None:
        assert not board.scene.is_off
        ejected.set()

    board.serve(EjectStick, eject)
    async with helper(tmp_path) as (asked, orders):
        power = Power(board, stop, asked)
        board.serve(PowerOff, power.switch_off)
        await board.ask(PowerOff())
        await board.ask(PowerOff())
        assert stop.is_set()
        assert not ejected.is_set()
        await power.let_go()
        assert ejected.is_set()
        assert board.scene.is_off
        assert orders == []
        await power.cut()
        assert orders == ["power-off"]


async def test_without_a_stick(tmp_path: Path) -> None:
    """Nobody serves sticks, none is in, or it hangs: the box goes off all the same, soon."""
    never = asyncio.Event()

    async def hang(_: EjectStick) -> None:
        await never.wait()

    async def refuse(_: EjectStick) -> None:
        raise StoreError("not-ready", "No stick is in.")

    for serve in (None, hang, refuse):
        board = Board()
        if serve is not None:
            board.serve(EjectStick, serve)
        power = Power(board, asyncio.Event(), Helper(tmp_path / "none"))
        await power.switch_off(PowerOff())
        await power.let_go(eject_s=0.05)
        assert board.scene.is_off


async def test_stop_by_systemd(tmp_path: Path) -> None:
    """A daemon that stops for another reason neither ejects nor switches anything off."""
    board = Board()
    async with helper(tmp_path) as (asked, orders):
        power = Power(board, asyncio.Event(), asked)
        await power.let_go()
        await power.cut()
    assert (orders, board.scene.is_off) == ([], False)


async def test_no_helper(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In development the daemon ends and the machine stays on, which is said."""
    power = Power(Board(), asyncio.Event(), Helper(tmp_path / "none"))
    await power.switch_off(PowerOff())
    with caplog.at_level(logging.WARNING):
        await power.cut()
    assert "the machine stays on" in caplog.text


async def test_refused_by_the_helper(tmp_path: Path) -> None:
    """A helper that cannot is an error of the daemon, so that systemd starts it again and the box goes on selling."""
    async with helper(tmp_path, "refused systemctl poweroff failed") as (asked, _):
        power = Power(Board(), asyncio.Event(), asked)
        await power.switch_off(PowerOff())
        with pytest.raises(StoreError, match="systemctl poweroff failed"):
            await power.cut()
