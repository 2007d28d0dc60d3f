"""The demo's photos."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from provisioning.photos import COVER_NAME, draw_series
from provisioning.photos.scene import Scene, paint
from provisioning.photos.series import SERIES


def test_the_series_is_made_of_real_files_and_drawn_once(tmp_path: Path) -> None:
    """Photos are JPEGs of 2 to 4 MB with a cover beside them, and a second call draws nothing."""
    seen: list[Path] = []
    draw_series(tmp_path, 2, drawn=seen.append)
    photos = sorted(path for path in tmp_path.iterdir() if path.name != COVER_NAME)
    assert [path.name for path in photos] == ["01-last-shift.jpg", "02-blue-hour.jpg"]
    assert set(seen) == {*photos, tmp_path / COVER_NAME}
    assert all(2_000_000 < path.stat().st_size < 4_000_000 for path in photos)
    for path in seen:
        with Image.open(path) as picture:
            picture.verify()
    seen.clear()
    draw_series(tmp_path, 2, drawn=seen.append)
    assert seen == []


def test_there_are_twenty_different_nights() -> None:
    """No two photos of a series share a title, which is the file's name."""
    assert len({scene.title for scene in SERIES}) == len(SERIES) == 20


@pytest.mark.parametrize("scene", SERIES, ids=lambda scene: scene.title)
def test_every_scene_is_painted_the_same_again(scene: Scene) -> None:
    """The same seed gives the same pixels, another seed gives others."""
    size = (300, 200)
    first = paint(scene, 1, size)
    assert first.size == ((200, 300) if scene.upright else size)
    assert first.tobytes() == paint(scene, 1, size).tobytes()
    assert first.tobytes() != paint(scene, 2, size).tobytes()
