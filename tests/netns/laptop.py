"""The organizer's laptop in the box's Wi-Fi, as a program: `python -m tests.netns.laptop FOLDER [STRANGER]`.

It collects once into FOLDER, with the organizer's key or a stranger's, and prints a line for each thing that it hears.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from provisioning.collector import nearby
from provisioning.collector.ingest import Taken
from provisioning.collector.serve import Place
from tests.organizer import Organizer, key


def main(folder: Path, stranger: str | None) -> None:
    organizer = Organizer(folder)
    signer = organizer.cosigner
    if stranger:
        signer = key(stranger)
        listed = {"key": signer.public.did, "name": stranger, "note": "collector.nmb-2026-12"}
        organizer.trusts = [organizer.trust(cosigners=[listed])]
    papers = folder / "papers"
    papers.mkdir(parents=True)
    (papers / "trust.dsse.json").write_bytes(organizer.trusts[0])
    place = Place(folder / "collector", (papers,), None, "0.0.0.0", 0)
    work = nearby.run(place, signer, "Night Market", told=_tell, ready=lambda _: None, is_once=True, quiet_s=3.0)
    asyncio.run(work)


def _tell(box: str, taken: Taken | None) -> None:
    sys.stdout.write(f"hello {box}\n" if taken is None else f"batch {len(taken.verdicts)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
