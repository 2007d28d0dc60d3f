"""Takes batches from its standard input into a collector's database and says how long each took.

`python -m tests.bench.ingester DATABASE`: each batch comes after its length in four bytes; for each a line of JSON
comes out: entries, seconds, resident MB.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from provisioning.collector import database
from tests.bench.probes import memory
from tests.provisioning.collecting import take


def main(path: Path) -> None:
    with contextlib.closing(database.connect(path)) as db:
        while length := sys.stdin.buffer.read(4):
            data = sys.stdin.buffer.read(int.from_bytes(length, "big"))
            begin = time.perf_counter()
            taken = take(db, data)
            seconds = time.perf_counter() - begin
            said = (len(taken.verdicts), seconds, memory(os.getpid()).rss)
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
