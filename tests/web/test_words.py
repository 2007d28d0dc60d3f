"""How pages say sizes, spans and counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from appliance.web import words
from appliance.web.addresses import anycase, file_path
from appliance.weblib.locales import speaking


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (4_183_201, "4.2 MB"), (84_000_000, "84 MB"),
     (999_600_000, "1.0 GB"), (5 * 10**15, "5,000 TB")],
)  # fmt: skip
def test_size(count: int, said: str) -> None:
    """Sizes have two digits that matter and the units that phones show."""
    assert words.size(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "less than a minute"), (59, "less than a minute"), (60, "1 min"), (7199, "1 h 59 min"), (7200, "2 h"),
     (86_400, "1 day"), (2 * 86_400 + 3 * 3600 + 59, "2 days 3 h")],
)  # fmt: skip
def test_duration(seconds: int, said: str) -> None:
    """A span is never said longer than it is."""
    assert words.duration(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (3700, "1 h 1 min")])
def test_took(seconds: int, said: str) -> None:
    """Two minutes are told by the second, longer times as everywhere."""
    assert words.took(seconds) == said


def test_ago() -> None:
    """How long something is past, as a person says it."""
    assert words.ago(59) == "just now"
    assert words.ago(3600) == "1 h ago"
    assert words.when(1_800_000_000, 1_800_003_600) == "1 h ago"
    assert words.when(60, 1_800_000_000) == "before the box had the time"
    assert words.when(60, 3660) == "1 h ago"


def test_addresses() -> None:
    """Words of a pattern match in both cases, names stay; file names are quoted, folders are not."""
    assert anycase("/c/{code}/all.zip") == r"/{_1:(?i:c)}/{code}/{_2:(?i:all\.zip)}"
    assert anycase("/c/{code}/files/{path:.+}") == "/{_1:(?i:c)}/{code}/{_2:(?i:files)}/{path:.+}"
    assert file_path("/c/X", "a b/é?.jpg") == "/c/X/files/a%20b/%C3%A9%3F.jpg"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1,234", "4.2 MB", "€1,234.50", "18:05", "Nov 29", "2 days 3 h", "3 min ago"]),
        ("de", ["1.234", "4,2 MB", "1.234,50 €", "18:05", "29. Nov.", "2 Tage 3 h", "3 min her"]),
        ("fr", ["1 234", "4,2 Mo", "1 234,50 €", "18:05", "29 nov.", "2 jours 3 h", "il y a 3 min"]),
        ("es", ["1.234", "4,2 MB", "1.234,50 €", "18:05", "29 nov", "2 días 3 h", "hace 3 min"]),
        ("it", ["1.234", "4,2 MB", "1.234,50 €", "18:05", "29 nov", "2 giorni 3 h", "3 min fa"]),
        ("pt", ["1 234", "4,2 MB", "1 234,50 €", "18:05", "29/11", "2 dias 3 h", "há 3 min"]),
        ("ja", ["1,234", "4.2 MB", "€1,234.50", "18:05", "11月29日", "2日3時間", "3分前"]),
    ],
)
def test_each_language(language: str, said: list[str]) -> None:
    """Numbers, sizes, money, the time of day, the day and spans as each language writes them (CLDR)."""
    moment = datetime(2026, 11, 29, 18, 5, tzinfo=UTC)
    with speaking(language):
        found = [
            words.number(1234),
            words.size(4_183_201),
            words.money(123450, "EUR"),
            words.time(moment),
            words.day(moment),
            words.duration(2 * 86_400 + 3 * 3600),
            words.ago(200),
        ]
    assert [re.sub("[\u00a0\u202f]", " ", text) for text in found] == said
