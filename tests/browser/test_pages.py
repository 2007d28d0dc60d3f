"""Every page in every state at phone size: WCAG 2.2 AA by axe-core, nothing wider than the phone, the policy kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.weblib.security import POLICY
from tests.browser.looking import Seen, View, looker
from tests.browser.states import chapters

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
