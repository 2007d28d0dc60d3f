"""`make bench`: every part in turn, one table. ARGS="sales start" for some of them.

Judges nothing beyond the aim beside each value: exit code 0 whatever was measured.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.bench import (
    displays,
    downloads,
    drawing,
    first_byte,
    ingesting,
    mirroring,
    packing,
    redeeming,
    refusing,
    selling,
    starting,
)
from tests.bench.table import print_head, print_rows

PARTS = {
    "downloads": downloads.rows,
    "first-byte": first_byte.rows,
    "sales": selling.rows,
    "redemptions": redeeming.rows,
    "refusals": refusing.rows,
    "mirror": mirroring.rows,
    "start": starting.rows,
    "displays": displays.rows,
    "drawing": drawing.rows,
    "pack": packing.rows,
    "ingest": ingesting.rows,
}


def main() -> None:
    """Measures the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--dir", type=Path, help="a folder on the disk to measure (the system's temporary one)")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    print_head()
    for part in given.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="stallbox-bench-", dir=given.dir) as folder:
            print_rows(PARTS[part](Path(folder)))


if __name__ == "__main__":
    main()
