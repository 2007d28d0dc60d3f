"""QR codes as modules, as whole-pixel pictures and as text for a terminal (ISO/IEC 18004).

It knows nothing of what a code says. Every symbol keeps the quiet zone of four modules that the standard asks for.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import Image
from qrcode import QRCode, constants
from qrcode.exceptions import DataOverflowError
from qrcode.image.pil import PilImage
from qrcode.util import QRData

QUIET = 4  # modules on each side
SMALLEST = 3  # pixels per module: two fail under the blur of a hand-held phone

_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[0m"

Matrix = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=256)
def matrix(text: str) -> Matrix:
    """The dark modules of `text`, row by row, without quiet zone: the smallest version at level M.

    The level rises to Q or H where that costs no larger symbol. Upper-case links use the alphanumeric mode.
    """
    symbol = _fitted(text, constants.ERROR_CORRECT_M)
    for level in (constants.ERROR_CORRECT_Q, constants.ERROR_CORRECT_H):
        stronger = _stronger(text, level)
        if stronger is None or stronger.version > symbol.version:
            break
        symbol = stronger
    symbol.make(fit=False)
    return tuple(tuple(bool(module) for module in row) for row in symbol.modules)


def _fitted(text: str, level: int) -> QRCode[PilImage]:
    symbol = QRCode(error_correction=level, image_factory=PilImage)
    symbol.add_data(QRData(text))
    symbol.best_fit()
    return symbol


def _stronger(text: str, level: int) -> QRCode[PilImage] | None:
    try:
        return _fitted(text, level)
    except DataOverflowError:
        return None


def side(text: str) -> int:
    """How many modules wide the symbol is, quiet zone included."""
    return len(matrix(text)) + 2 * QUIET


def pixels_per_module(text: str, room: int) -> int | None:
    """The largest whole module size at which the symbol fits into `room` pixels; None where it is too small to scan."""
    size = room // side(text)
    return size if size >= SMALLEST else None


def image(text: str, module: int) -> Image.Image:
    """The symbol with its quiet zone in mode `1`, `module` pixels per module."""
    dark = matrix(text)
    picture = Image.new("1", (side(text), side(text)), 1)
    picture.paste(_bits(dark), (QUIET, QUIET))
    return picture.resize((picture.width * module, picture.height * module), Image.Resampling.NEAREST)


def _bits(dark: Matrix) -> Image.Image:
    bits = Image.new("1", (len(dark), len(dark)))
    bits.putdata([not module for row in dark for module in row])
    return bits


def terminal(text: str) -> str:
    """The symbol for a terminal: half blocks hold two rows in a line, black on white whatever the theme."""
    dark = matrix(text)
    edge = (False,) * side(text)
    rows = [edge] * QUIET + [(False,) * QUIET + row + (False,) * QUIET for row in dark] + [edge] * (QUIET + 1)
    lines = []
    for upper, lower in zip(rows[0::2], rows[1::2], strict=False):
        blocks = "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        lines.append(f"{_BLACK_ON_WHITE}{blocks}{_PLAIN}")
    return "\n".join(lines)
