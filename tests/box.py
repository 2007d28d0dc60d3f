"""A whole box for tests: a data directory as `stallbox init` makes it, with the organizer of `tests.organizer`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from appliance.core import card
from appliance.core.keys import write_key_file
from appliance.files import write_durably
from appliance.premises import open_stall_in
from appliance.stall.stall import Stall
from tests.organizer import Organizer

CARD = card.make_secret(b"the owner card of tests")
CARD_HASH = card.card_hash(CARD)


def make_data(folder: Path, organizer: Organizer, more: str = "", **web: str | int) -> Path:
    """A data directory of the organizer's box. `more`: further tables of its settings; `web`: keys of `[web]`."""
    keys = folder / "keys"
    keys.mkdir(parents=True, mode=0o700)
    write_durably(keys / "box.key", write_key_file(organizer.box, None), 0o600)
    write_durably(keys / "owner-card.json", card.write_record(CARD), 0o600)
    table: Mapping[str, str | int] = {"listen": "127.0.0.1", "public": "10.42.0.1", "public_port": 80, **web}
    lines = [f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in table.items()]
    text = f'[box]\nname = "Stall 7"\n[trust]\npin = "{organizer.pin}"\n[web]\n' + "\n".join(lines) + f"\n{more}\n"
    (folder / "stallbox.toml").write_text(text)
    return folder


@contextlib.asynccontextmanager
async def stall_with(folder: Path, organizer: Organizer, *bundles: Path) -> AsyncIterator[Stall]:
    """The stall over a new data directory in `folder`, with these bundles taken in."""
    if not (folder / "stallbox.toml").exists():
        make_data(folder, organizer)
    async with open_stall_in(folder) as (stall, _):
        for bundle in bundles:
            await stall.papers.ingest(bundle)
        yield stall
