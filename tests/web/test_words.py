"""How pages say sizes, spans and counts."""

from __future__ import annotations

import pytest

from appliance.web import words
from appliance.web.addresses import anycase, file_path


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


def test_ago_and_count() -> None:
    """Small numbers read as a person says them."""
    assert words.ago(59) == "just now"
    assert words.ago(3600) == "1 h ago"
    assert words.when(1_800_000_000, 1_800_003_600) == "1 h ago"
    assert words.when(60, 1_800_000_000) == "before the box had the time"
    assert words.when(60, 3660) == "1 h ago"
    assert words.count(1, "file", "files") == "1 file"
    assert words.count(20, "file", "files") == "20 files"


def test_addresses() -> None:
    """Words of a pattern match in both cases, names stay; file names are quoted, folders are not."""
    assert anycase("/c/{code}/all.zip") == r"/{_1:(?i:c)}/{code}/{_2:(?i:all\.zip)}"
    assert anycase("/c/{code}/files/{path:.+}") == "/{_1:(?i:c)}/{code}/{_2:(?i:files)}/{path:.+}"
    assert file_path("/c/X", "a b/é?.jpg") == "/c/X/files/a%20b/%C3%A9%3F.jpg"
