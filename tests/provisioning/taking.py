"""A process that takes batches into a collector's database: `python -m tests.provisioning.taking FOLDER NUMBER`."""

from __future__ import annotations

import contextlib
import random
import sys
from pathlib import Path

from provisioning.collector import database
from tests.provisioning.collecting import take


def main(folder: Path, number: int) -> None:
    """Every batch file of the folder, in the order of this number."""
    files = sorted(folder.glob("*.ndjson"))
    random.Random(number).shuffle(files)
    with contextlib.closing(database.connect(folder / "collector.db")) as db:
        for file in files:
            taken = take(db, file.read_bytes())
            print("repeat" if taken.is_repeat else "new", flush=True)  # noqa: T201  # its parent reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
