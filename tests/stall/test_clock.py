"""The clock in a running box: wrong starts, jumps, restarts and lies, and that no sale is lost to any of them."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.core.clock import Effect, Quality
from appliance.core.documents import format_time
from appliance.core.time_sources import Rtc
from appliance.errors import RequestError, SaleError
from appliance.stall.stall import Stall
from appliance.stall.timekeeping import hear_cosignature, note_clock
from tests.organizer import DAY, NOW
from tests.stall.timing import SLUG, Timed, listen, refusal_of, sell, timed

IN_1970 = 86_400
IN_2099 = 4_070_995_200


def interval(stall: Stall) -> tuple[int, int | None, str]:
    at = stall.house.now()
    return at.lo, at.hi, at.quality.value


def fault_codes(status: object) -> list[str]:
    return [fault.code for fault in status.faults]  # type: ignore[attr-defined]


class TestWrongStarts:
    """FORMATS §3 decides; the system clock is believed only while somebody synchronises it."""

    @pytest.mark.parametrize("wall", [IN_1970, NOW - 4 * DAY, IN_2099], ids=["1970", "4 days back", "2099"])
    async def test_a_system_clock_nobody_vouches_for(self, tmp_path: Path, wall: int) -> None:
        """It changes nothing: the papers say what has passed, sales go on, boxed tokens pass and are marked."""
        box = timed(tmp_path, wall=wall)
        async with box.running() as stall:
            assert interval(stall) == (0, None, "none")
            await stall.papers.ingest(box.bundle())
            await listen(stall)
            assert interval(stall) == (NOW, None, "signed")
            assert await sell(stall) == 1
            redeemed = await stall.redeemer.redeem(box.token(NOW + 60))
            assert (redeemed.tier, redeemed.marked) == ("boxed", True)
            assert await refusal_of(stall, box.token(NOW - 3600)) == "expired"
        box.check_order()
        assert box.changes() == [("paper:trust", "none", "signed")]

    async def test_1970_after_a_good_day(self, tmp_path: Path) -> None:
        """The power went and the machine wakes up in 1970: the floor stands."""
        box = timed(tmp_path, ntp_error_s=1)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            await sell(stall)
        box.hardware.boot_again(IN_1970, None)
        async with box.running() as stall:
            assert interval(stall) == (NOW, None, "floor")
            assert await sell(stall) == 2
            assert await refusal_of(stall, box.token(NOW - 3600)) == "expired"
            assert await refusal_of(stall, box.token(NOW - 3599)) is None
        box.check_order()
        assert box.changes()[-1] == ("floor", "ntp", "floor")

    async def test_a_network_that_is_4_days_back(self, tmp_path: Path) -> None:
        """What has passed has passed: the network's time is not used, and the screen says so."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            box.hardware.wall, box.hardware.ntp_error_s = NOW - 4 * DAY, 1
            assert stall.house.clock.read_system() == {"ntp": Effect.REFUSED}
            assert interval(stall) == (NOW, None, "signed")
            assert await sell(stall) == 1
        box.check_order()

    async def test_a_network_in_2099(self, tmp_path: Path) -> None:
        """More than 400 days at once are asked about; meanwhile nothing expires, and “wrong” ends the question."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            box.hardware.wall, box.hardware.ntp_error_s = IN_2099, 1
            await listen(stall)
            [asked] = stall.questions.times
            assert asked.source == "ntp"
            assert "2099-01-02" in asked.text
            assert "time-asked" in fault_codes(await stall.stock.status())
            assert await refusal_of(stall, box.token(NOW)) is None
            await stall.questions.answer_time("ntp", is_right=False, by=None)
            await listen(stall)
            assert stall.questions.times == ()
            assert interval(stall) == (NOW, None, "signed")
        answers = [entry.fields["answer"] for entry in box.log() if entry.type == "override"]
        assert answers == ["ntp 2099-01-02T00:00:00Z: wrong"]
        box.check_order()

    async def test_three_months_off_and_then_a_cosignature(self, tmp_path: Path) -> None:
        """A box that lay in a cupboard takes an old voucher, marked; once a cosigner has spoken it is expired."""
        box = timed(tmp_path, ntp_error_s=1)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
        box.hardware.boot_again(NOW, None)
        today = NOW + 90 * DAY
        async with box.running() as stall:
            assert (await stall.redeemer.redeem(box.token(NOW + 30))).marked
            assert await hear_cosignature(stall.house, today, None) is Effect.TAKEN
            assert interval(stall) == (today, None, "cosigned")
            assert await refusal_of(stall, box.token(NOW + 30)) == "expired"
            assert (await stall.redeemer.redeem(box.token(today))).marked
            assert await hear_cosignature(stall.house, today + 5, 800) is Effect.TAKEN
            assert interval(stall) == (today + 5, today + 7, "cosigned")
            assert not (await stall.redeemer.redeem(box.token(today))).marked
        box.check_order()
        assert ("cosignature", "signed", "cosigned") in box.changes()


class TestJumps:
    async def test_both_ways_during_sales(self, tmp_path: Path) -> None:
        """A synchronised clock that is set forward and back while ten sell: each sale once, in order, none lost."""
        box = timed(tmp_path, ntp_error_s=1)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            selling = [asyncio.create_task(sell(stall)) for _ in range(5)]
            box.hardware.wall += 3600
            await listen(stall)
            selling += [asyncio.create_task(sell(stall)) for _ in range(5)]
            box.hardware.wall -= 2 * 3600
            await listen(stall)
            selling += [asyncio.create_task(sell(stall)) for _ in range(5)]
            assert sorted(await asyncio.gather(*selling), key=repr) == sorted(range(1, 16), key=repr)
            assert interval(stall) == (NOW + 3599, None, "floor")
        box.check_order()
        assert box.changes()[-1] == ("ntp", "ntp", "floor")

    async def test_a_claim_lives_by_running_time(self, tmp_path: Path) -> None:
        """A download that was sold before the clock leapt a year is there after it."""
        box = timed(tmp_path, ntp_error_s=1)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            token = box.token(NOW)
            first = await stall.redeemer.redeem(token)
            box.hardware.wall += 360 * DAY
            await listen(stall)
            assert interval(stall)[2] == "ntp"
            again = await stall.redeemer.redeem(token)
            assert (again.again, again.sold.url) == (True, first.sold.url)

    async def test_a_lower_clock_after_a_reboot(self, tmp_path: Path) -> None:
        """Another boot id, a smaller CLOCK_BOOTTIME, an older wall clock: lo goes on from the floor, order stays."""
        box = timed(tmp_path, ntp_error_s=1)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            await sell(stall)
            box.hardware.pass_time(5000)
            await sell(stall)
            before = stall.house.now().lo
        for wall in (NOW - 40 * DAY, IN_1970, NOW):
            box.hardware.boot_again(wall, None)
            async with box.running() as stall:
                assert stall.house.now().lo == before
                box.hardware.pass_time(100)
                await sell(stall)
                before = stall.house.now().lo
        assert before == NOW + 5000 + 300
        box.check_order()


class TestSources:
    async def test_a_phone(self, tmp_path: Path) -> None:
        """One tap: ± 120 s, an entry each time, and a window that was uncertain is open."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle({"from": NOW + 10, "until": NOW + DAY}))
            assert "clock" in fault_codes(await stall.stock.status())
            with pytest.raises(SaleError, match="not sure of the time"):
                await sell(stall)
            assert await stall.questions.set_time(NOW + 3600) is Effect.TAKEN
            assert interval(stall) == (NOW + 3480, NOW + 3720, "phone")
            assert fault_codes(await stall.stock.status()) == []
            assert await sell(stall) == 1
            await stall.questions.set_time(NOW + 3660)
        assert box.changes()[1:] == [("phone", "signed", "phone"), ("phone", "phone", "phone")]

    async def test_a_phone_behind(self, tmp_path: Path) -> None:
        """It is refused with what has passed, and how to go on."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            with pytest.raises(RequestError, match="clock-reset") as caught:
                await stall.questions.set_time(NOW - DAY)
            assert "2026-11-30 00:53 UTC" in caught.value.detail
            assert interval(stall) == (NOW, None, "signed")

    @pytest.mark.parametrize("time", [0, -1, IN_1970, 10**15])
    async def test_no_time_at_all(self, tmp_path: Path, time: int) -> None:
        """A phone in 1970, or a number that is no time, is not believed even by a box that knows nothing."""
        async with timed(tmp_path).running() as stall:
            with pytest.raises(RequestError):
                await stall.questions.set_time(time)
            assert interval(stall) == (0, None, "none")

    async def test_a_battery_clock(self, tmp_path: Path) -> None:
        """A new boot falls back to the floor and then to the RTC, if that can be believed."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
        box.hardware.boot_again(NOW + 30 * DAY, None)
        box.rtc = Rtc("rpi_rtc", has_set_system=True, epoch=NOW + 30 * DAY, battery_uv=3_000_000)
        async with box.running() as stall:
            assert interval(stall) == (NOW + 30 * DAY - 5, NOW + 30 * DAY + 5, "rtc")
        box.hardware.boot_again(IN_1970, None)
        box.rtc = Rtc("rpi_rtc", has_set_system=True, epoch=IN_1970, battery_uv=3_000_000)
        async with box.running() as stall:
            assert interval(stall)[1:] == (None, "floor")
        assert box.changes()[1:] == [
            ("floor", "signed", "floor"),
            ("rtc", "floor", "rtc"),
            ("floor", "rtc", "floor"),
        ]

    async def test_a_reader_whose_time_is_believed(self, tmp_path: Path) -> None:
        """Redeemed tokens push lo, together at most 48 h past the newest root paper, and never by a refused one."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            assert await refusal_of(stall, box.token(NOW + 3600)) is None
            assert interval(stall) == (NOW + 3600, None, "signed")
            for ahead in (30, 40, 300):
                assert await refusal_of(stall, box.token(NOW + ahead * DAY, 90 * DAY)) is None
            assert interval(stall) == (NOW + 2 * DAY, None, "signed")
        box.hardware.boot_again(NOW, None)
        async with box.running() as stall:
            assert await refusal_of(stall, box.token(NOW + 300 * DAY, 90 * DAY)) is None
            assert interval(stall)[0] == NOW + 2 * DAY
        assert ("token:" + box.organizer.issuer.public.id, "none", "signed") not in box.changes()
        box.check_order()

    async def test_a_reader_that_was_withdrawn(self, tmp_path: Path) -> None:
        """From a revoked key nothing new is accepted, also no time: signed anew around a cti that was redeemed."""
        box, cti = timed(tmp_path), bytes(12)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            await stall.redeemer.redeem(box.token(NOW + 60, cti=cti))
            box.organizer.add_trust(revoked={"keys": [box.organizer.issuer.public.did], "tokens": []})
            await stall.papers.ingest(box.bundle())
            assert (await stall.redeemer.redeem(box.token(NOW + 40 * DAY, cti=cti))).again
            assert interval(stall)[0] == NOW + 60

    async def test_a_reader_after_a_reboot(self, tmp_path: Path) -> None:
        """Where only the floor is known, its first token makes the time a signed one: an entry that names it."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
        box.hardware.boot_again(IN_1970, None)
        async with box.running() as stall:
            await stall.redeemer.redeem(box.token(NOW + 600))
        assert box.changes()[-1] == (f"token:{box.organizer.issuer.public.id}", "floor", "signed")

    async def test_an_allotment_by_the_root(self, tmp_path: Path) -> None:
        """Signed by the root it says what has passed; signed by the creator it does not."""
        box = timed(tmp_path)
        drop = box.organizer.drop(SLUG, 20)
        later = drop.allotment_fields(issued=format_time(NOW + DAY))
        by_creator, by_root = (
            drop.bundle(tmp_path / name, allotments=[drop.allotment(*signers, **later)])
            for name, signers in (("creator", []), ("root", [box.organizer.root]))
        )
        async with box.running() as stall:
            await stall.papers.ingest(by_creator)
            assert interval(stall)[0] == NOW
            await stall.papers.ingest(by_root)
            assert interval(stall)[0] == NOW + DAY


class TestRestart:
    async def test_the_phones_time_outlives_the_daemon(self, tmp_path: Path) -> None:
        """Within one boot a restart forgets nothing, and writes no entry."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            await stall.questions.set_time(NOW + 3600)
        box.hardware.pass_time(60)
        async with box.running() as stall:
            assert interval(stall) == (NOW + 3540, NOW + 3781, "phone")
        assert [source for source, _, _ in box.changes()] == ["paper:trust", "phone"]

    async def test_the_floor_every_five_minutes(self, tmp_path: Path) -> None:
        """Without any sale the moment is put on disk when it is due, and without an entry."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
            entries = len(box.log())
            box.hardware.pass_time(300)
            await note_clock(stall.house)
            assert self.floor(box) == NOW
            await note_clock(stall.house, even_so=True)
            assert self.floor(box) == NOW + 300
            assert len(box.log()) == entries

    @staticmethod
    def floor(box: Timed) -> int:
        with closing(sqlite3.connect(box.box / "ledger.db")) as db:
            [[lo]] = db.execute("select lo from clock").fetchall()
        return int(lo)

    async def test_a_confirmed_window_is_asked_about_once_per_boot(self, tmp_path: Path) -> None:
        """Not again by a restarted daemon, but after the next boot."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle({"from": NOW - DAY, "until": NOW + DAY}))
            with pytest.raises(SaleError):
                await sell(stall)
            await stall.questions.confirm_window(by=None)
            assert await sell(stall) == 1
        async with box.running() as stall:
            assert await sell(stall) == 2
        box.hardware.boot_again(IN_1970, None)
        async with box.running() as stall:
            with pytest.raises(SaleError):
                await sell(stall)

    async def test_a_lost_ledger(self, tmp_path: Path) -> None:
        """With the ledger gone, the newest trust document still says what has passed."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await stall.papers.ingest(box.bundle())
        (box.box / "ledger.db").unlink()
        async with box.running() as stall:
            assert interval(stall) == (NOW, None, "signed")
        assert box.log()[0].time.lo == NOW


class TestQuestions:
    """A root paper that would move lo by more than 400 days."""

    async def ask(self, box: Timed, stall: Stall) -> None:
        await stall.papers.ingest(box.bundle())
        box.organizer.add_trust(issued=format_time(IN_2099), expires=format_time(IN_2099 + DAY))
        await stall.papers.ingest(box.bundle())

    async def test_kept_and_asked_about(self, tmp_path: Path) -> None:
        """The paper is in, its time waits, also over a reboot."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await self.ask(box, stall)
            assert stall.catalogue.chain is not None
            assert stall.catalogue.chain.current.version == 2
            assert interval(stall) == (NOW, None, "signed")
            assert await sell(stall) == 1
        box.hardware.boot_again(IN_1970, None)
        async with box.running() as stall:
            [asked] = stall.questions.times
            assert (asked.source, "2099-01-02" in asked.text) == ("paper:trust", True)
            assert interval(stall)[0] == NOW

    @pytest.mark.parametrize(("is_right", "lo"), [(True, IN_2099), (False, NOW)])
    async def test_answered(self, tmp_path: Path, is_right: bool, lo: int) -> None:
        """The answer is an entry, and is not asked for again."""
        box = timed(tmp_path)
        async with box.running() as stall:
            await self.ask(box, stall)
            await stall.questions.answer_time("paper:trust", is_right=is_right, by=None)
            assert interval(stall)[0] == lo
        box.hardware.boot_again(IN_1970, None)
        async with box.running() as stall:
            assert stall.questions.times == ()
            assert stall.house.now().quality is Quality.FLOOR
            assert interval(stall)[0] == lo
        [answer] = [entry for entry in box.log() if entry.type == "override"]
        assert answer.fields["what"] == "clock"
        assert answer.fields["answer"] == f"paper:trust 2099-01-02T00:00:00Z: {'right' if is_right else 'wrong'}"

    async def test_not_asked(self, tmp_path: Path) -> None:
        """An answer to a question that nobody has is refused."""
        async with timed(tmp_path).running() as stall:
            with pytest.raises(RequestError):
                await stall.questions.answer_time("paper:trust", is_right=True, by=None)
