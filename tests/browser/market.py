"""The goods on the stalls of these tests: drops with pictures and sounds, as a creator would bring them.

Small and quick to draw; the titles are in several scripts.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping

from provisioning.photos import SERIES
from provisioning.photos.scene import paint
from tests.organizer import Drop, Organizer

Price = Mapping[str, object]
_AFTERCARE = {"text": "New work, four times a year.", "url": "https://ana.example/letters"}


def photo(number: int, width: int = 480, height: int = 320) -> bytes:
    """A picture of the series, as a JPEG file."""
    out = io.BytesIO()
    scene = next(scene for scene in SERIES[number % len(SERIES) :] + SERIES if not scene.upright)
    paint(scene, seed=number, size=(width, height)).save(out, "JPEG", quality=82)
    return out.getvalue()


def sound(seconds: float = 0.5) -> bytes:
    """A WAV file of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(int(16000 * seconds)))
    return out.getvalue()


def price(id: str, title: str, amount: int, hand_over: str | None = None, stock: int | None = None) -> Price:
    return {"id": id, "title": title, "amount": amount, "hand_over": hand_over, "stock": stock}


def photos(organizer: Organizer, size: int = 100, **fields: object) -> Drop:
    """Harbour Lights: numbered, a cover, two previews, two price options, more files than a page shows first."""
    files = {"cover.jpg": photo(0, 800, 600), "look-1.jpg": photo(3), "look-2.jpg": photo(5)}
    files |= {f"{number:02}-harbour.tif": bytes([number]) * 9000 for number in range(1, 31)}
    prices = [price("download", "Download", 800), price("print", "With signed print", 2500, "the print", 20)]
    words = {"summary": "Thirty photographs of the harbour between dusk and the last ferry.", "aftercare": _AFTERCARE}
    fields = {"cover": "cover.jpg", "prices": prices, **words, **fields}
    return _showing(organizer.drop("harbour-lights", size, files, **fields), "look-")


def record(organizer: Organizer, seconds: float = 0.5) -> Drop:
    """An EP: open edition, free or what one likes, with a track to listen to."""
    files = {
        "cover.jpg": photo(7, 800, 600),
        "01-tide.wav": sound(),
        "02-ebb.wav": sound(seconds),
        "lyrics.txt": b"low tide",
    }
    prices = [price("free", "Just take it", 0), price("more", "Because I like it", 500)]
    drop = organizer.drop("tide-tables", None, files, cover="cover.jpg", prices=prices, title="Tide Tables EP")
    return _showing(drop, "01-")


def zine(organizer: Organizer) -> Drop:
    """Three copies, in another script, without a cover."""
    prices = [price("download", "ダウンロード", 1200)]
    return organizer.drop("umi", 3, {"umi.pdf": b"%PDF-1.7 " * 900}, prices=prices, title="海辺の夜、港の灯")


def font(organizer: Organizer) -> Drop:
    """One file, one price, from right to left."""
    return organizer.drop("khatt", 40, {"khatt.otf": b"OTTO" * 9000}, title="خط المرفأ", cover=None)


def _showing(drop: Drop, *beginnings: str) -> Drop:
    """The drop with its previews: the files whose names begin so."""
    listed = drop.manifest_fields()["files"]
    assert isinstance(listed, list)
    kinds = {".wav": "audio/wav", ".tif": "image/tiff", ".txt": "text/plain", ".jpg": "image/jpeg"}
    drop.fields["files"] = [
        {**item, "preview": item["path"].startswith(beginnings), "type": kinds[item["path"][-4:]]} for item in listed
    ]
    return drop
