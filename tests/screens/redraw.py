"""`make screens`: golden images, the contact sheet and the pictures of README.md, all drawn anew."""

from __future__ import annotations

from pathlib import Path

from tests.screens import contact_sheet, golden, pictures

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    golden.redraw()
    contact_sheet.draw().save(DOCS / "screens.png", optimize=True)
    pictures.draw(DOCS)


if __name__ == "__main__":
    main()
