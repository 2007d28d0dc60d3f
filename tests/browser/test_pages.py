"""Every page in every state at phone size: WCAG 2.2 AA by axe-core, nothing wider than the phone, the policy kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from appliance.weblib.security import POLICY
from tests.browser import market
from tests.browser.looking import Seen, View, Visit, looker
from tests.browser.states import chapters
from tests.web.served import running_box

pytestmark = pytest.mark.browser
VIEWS = {
    "light, English": View(width=390),
    "dark, German, a small phone": View(width=320, height=568, locale="de", dark=True),
    "German, a small phone, text of twice the size": View(width=320, height=568, locale="de", text=200),
}


def faults_of(name: str, seen: Seen) -> list[str]:
    """What is wrong with one page, a line each."""
    policy = [] if seen.policy == POLICY else [f"another policy: {seen.policy}"]
    wide = [f"wider than the phone: {element}" for element in seen.wide]
    return [f"{name}: {fault}" for fault in (*seen.violations, *wide, *seen.complaints, *policy)]


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
async def test_every_page(chromium: str, tmp_path: Path, view: View) -> None:
    """No page breaks a rule of WCAG 2.2 AA, scrolls sideways, asks another site or does what its policy forbids."""
    async with chapters(tmp_path) as told, looker(chromium) as browser:
        faults = [
            fault
            for chapter in told
            for state in chapter.states
            for fault in faults_of(state.name, await browser.look(await state.begin(), view, axe=view.text == 100))
        ]
    assert faults == [], "\n".join(faults)


async def test_forced_colours(chromium: str, tmp_path: Path) -> None:
    """Where the browser's own colours replace ours, one still sees how many are chosen and which tab one is on."""
    view, many, pictures = View(forced=True), ("tap", "[name=quantity][value='2']"), []
    async with running_box(tmp_path / "box") as box, looker(chromium) as browser:
        for drop in (market.photos, market.zine):
            await box.bring(drop(box.organizer))
        for path, doing in (("/console", ()), ("/console", (many,)), ("/console/power", ()), ("/console/box", ())):
            picture = tmp_path / f"{len(pictures)}.png"
            await browser.look(Visit(box.shop + path, doing), view, picture=picture, full=False)
            pictures.append(Image.open(picture).convert("RGB"))
    one, two, power, state = pictures
    tabs = (0, one.height - 50, one.width, one.height)
    assert one.tobytes() != two.tobytes()
    assert one.crop(tabs).tobytes() != state.crop(tabs).tobytes()
    assert power.crop(tabs).tobytes() == state.crop(tabs).tobytes()
