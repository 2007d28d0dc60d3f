"""Allotments: no number is given twice, and none moves without a release."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import allotment, envelope, manifest, trust
from appliance.core.allotment import Epochs, numbers_of, ranges_of
from appliance.core.documents import write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Chain
from appliance.errors import PaperError
from tests.organizer import NOW, Drop, Organizer, key

SEVEN, EIGHT = "0000000000000007", "0000000000000008"
Ranges = list[list[int]]


class Table:
    """An allotment chain of one drop, as its creator would write it."""

    def __init__(self, organizer: Organizer) -> None:
        self.drop: Drop = organizer.drop(size=100)
        self._manifest = manifest.parse(self.drop.manifest_payload())
        papers = [envelope.read(data, Kind.TRUST) for data in organizer.trusts]
        found = trust.extend(None, organizer.pin, papers, NOW).chain
        assert found is not None
        self._chain: Chain = found
        self.epochs: Epochs | None = None

    def offer(self, *documents: bytes) -> Epochs:
        """Adopts them and goes on from there."""
        read = [envelope.read(data, Kind.ALLOTMENT) for data in documents]
        grown = allotment.extend(self.epochs, read, self._manifest, self._chain)
        assert grown is not None
        self.epochs = grown
        return grown

    def next(self, shares: dict[str, Ranges], *signers: PrivateKey, **fields: object) -> bytes:
        """The epoch after the last adopted one."""
        last = None if self.epochs is None else self.epochs.current
        return self.drop.allotment(
            *signers,
            epoch=1 if last is None else last.epoch + 1,
            previous=None if last is None else last.digest,
            boxes=[{"box": box, "ranges": ranges} for box, ranges in shares.items()],
            **fields,
        )


@pytest.fixture
def organizer(tmp_path: Path) -> Organizer:
    return Organizer(tmp_path)


@pytest.fixture
def table(organizer: Organizer) -> Table:
    return Table(organizer)


@given(st.frozensets(st.integers(1, 10_000), max_size=200))
def test_numbers_and_ranges_say_the_same(numbers: frozenset[int]) -> None:
    """Ranges hold exactly the numbers, ascending, and no two of them touch."""
    spans = ranges_of(numbers)
    assert numbers_of([(first, last) for first, last in spans]) == numbers
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(spans))


def test_each_box_finds_its_numbers(table: Table) -> None:
    """The numbers of a box are its ranges, and nobody else's."""
    epochs = table.offer(table.next({SEVEN: [[1, 40], [61, 70]], EIGHT: [[41, 60]]}, reserve=[[91, 100]]))
    assert epochs.current.numbers(SEVEN) == frozenset(range(1, 41)) | frozenset(range(61, 71))
    assert epochs.current.numbers(EIGHT) == frozenset(range(41, 61))
    assert epochs.current.numbers("00000000000000ff") == frozenset()


def test_creator_and_root_may_sign(organizer: Organizer, table: Table) -> None:
    """Either signature will do."""
    table.offer(table.next({SEVEN: [[1, 10]]}, organizer.root))
    assert table.offer(table.next({SEVEN: [[1, 20]]}, organizer.creator)).current.epoch == 2


@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_root_of_before_may_have_signed(organizer: Organizer, is_revoked: bool) -> None:
    """An epoch of a root key that was replaced stands, unless that key was revoked."""
    old, new = organizer.root, key("new root")
    revoked = {"keys": [old.public.did] if is_revoked else [], "tokens": []}
    organizer.add_trust(old, new, root={"keys": [new.public.did], "threshold": 1}, revoked=revoked)
    table = Table(organizer)
    if not is_revoked:
        assert table.offer(table.next({SEVEN: [[1, 10]]}, old)).current.epoch == 1
        return
    with pytest.raises(PaperError) as refused:
        table.offer(table.next({SEVEN: [[1, 10]]}, old))
    assert refused.value.code == "doc-signature"


def test_nobody_else_may_sign(organizer: Organizer, table: Table) -> None:
    """A box's or a stranger's signature is `doc-signature`."""
    for signer in (organizer.box, organizer.issuer, key("stranger")):
        with pytest.raises(PaperError) as refused:
            table.offer(table.next({SEVEN: [[1, 10]]}, signer))
        assert refused.value.code == "doc-signature"
        assert "neither by its creator nor by the organizer" in refused.value.detail


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"spec": 2}, "update"),
        ({"note": "x"}, "note"),
        ({"drop": "x"}, "allotment.drop"),
        ({"epoch": 0}, "epoch"),
        ({"previous": "0" * 64}, "previous"),
        ({"epoch": 2}, "previous"),
        ({"previous": "x"}, "previous"),
        ({"boxes": [{"box": "seven", "ranges": []}]}, "box"),
        ({"boxes": [{"box": SEVEN, "ranges": [[1, 101]]}]}, "1 to 100"),
        ({"boxes": [{"box": SEVEN, "ranges": [[0, 1]]}]}, "1 to 100"),
        ({"boxes": [{"box": SEVEN, "ranges": [[9, 1]]}]}, "1 to 100"),
        ({"boxes": [{"box": SEVEN, "ranges": [[1, 9], [9, 10]]}]}, "number 9 away twice"),
        ({"boxes": [{"box": SEVEN, "ranges": [[1, 9]]}, {"box": EIGHT, "ranges": [[5, 6]]}]}, "number 5 away twice"),
        ({"boxes": [{"box": SEVEN, "ranges": [[1, 9]]}], "reserve": [[9, 9]]}, "number 9 away twice"),
        ({"boxes": [{"box": SEVEN, "ranges": []}, {"box": SEVEN, "ranges": []}]}, "one box twice"),
        ({"released": [{"box": SEVEN, "ranges": [[1, 1]], "entry": "x"}]}, "entry"),
        ({"released": [{"box": SEVEN, "ranges": [[1, 1]], "entry": "1:2"}]}, "released"),
    ],
)
def test_a_table_that_is_wrong_is_refused(table: Table, fields: dict[str, object], named: str) -> None:
    """The whole table is checked, also the shares of other boxes, and the sentence names what is wrong."""
    with pytest.raises(PaperError) as refused:
        table.offer(table.drop.allotment(**fields))
    assert refused.value.code == "doc-malformed"
    assert named in refused.value.detail


def test_a_table_for_another_drop_is_refused(table: Table) -> None:
    """One drop's numbers are not another's."""
    with pytest.raises(PaperError) as refused:
        table.offer(table.drop.allotment(drop="00000000000000ff"))
    assert refused.value.code == "doc-role"


def test_every_epoch_must_be_there(table: Table) -> None:
    """A missing one is `doc-gap` and named; in any order they are adopted together."""
    first = table.next({SEVEN: [[1, 10]]})
    with pytest.raises(PaperError) as refused:
        table.offer(table.drop.allotment(epoch=2, previous="0" * 64))
    assert refused.value.code == "doc-gap"
    assert "Allotment 1" in refused.value.detail
    digest = hashlib.sha256(envelope.read(first, Kind.ALLOTMENT).payload).hexdigest()
    second = table.drop.allotment(epoch=2, previous=digest, boxes=[{"box": SEVEN, "ranges": [[1, 20]]}])
    assert table.offer(second, first).current.epoch == 2


def test_an_epoch_names_the_one_before(table: Table) -> None:
    """`previous` is the payload digest of the held epoch, or it does not follow."""
    table.offer(table.next({SEVEN: [[1, 10]]}))
    with pytest.raises(PaperError) as refused:
        table.offer(table.drop.allotment(epoch=2, previous="0" * 64))
    assert refused.value.code == "doc-gap"


def test_two_tables_of_one_epoch_are_an_equivocation(table: Table) -> None:
    """The held one stays; the very same one again is no fault."""
    first = table.next({SEVEN: [[1, 10]]})
    table.offer(first)
    assert table.offer(first).current.epoch == 1
    with pytest.raises(PaperError) as refused:
        table.offer(table.drop.allotment(boxes=[{"box": SEVEN, "ranges": [[1, 11]]}]))
    assert refused.value.code == "doc-equivocation"


@pytest.mark.parametrize("reserve", [[], [[10, 10]]])
def test_no_number_leaves_a_box_without_a_release(table: Table, reserve: Ranges) -> None:
    """Leaving a number out, putting it in reserve or giving it to another box is a move, and refused."""
    table.offer(table.next({SEVEN: [[1, 10]]}))
    with pytest.raises(PaperError) as refused:
        table.offer(table.next({SEVEN: [[1, 9]]}, reserve=reserve))
    assert refused.value.code == "doc-malformed"
    assert "number 10" in refused.value.detail
    assert "without a release" in refused.value.detail
    with pytest.raises(PaperError, match="number 10"):
        table.offer(table.next({SEVEN: [[1, 9]], EIGHT: [[10, 10]]}))


def _released(box: str, ranges: Ranges, entry: str = "1:9") -> dict[str, object]:
    return {"released": [{"box": box, "ranges": ranges, "entry": entry}]}


def test_a_released_number_may_move_and_come_back_later(table: Table) -> None:
    """Stated once under `released`, a number goes elsewhere; a later epoch may bring it back by another release."""
    table.offer(table.next({SEVEN: [[1, 10]]}))
    table.offer(table.next({SEVEN: [[1, 5]], EIGHT: [[6, 10]]}, **_released(SEVEN, [[6, 10]])))
    epochs = table.offer(table.next({SEVEN: [[1, 6]], EIGHT: [[7, 10]]}, **_released(EIGHT, [[6, 6]])))
    assert epochs.ever_gave(SEVEN, 10)
    assert not epochs.ever_gave(EIGHT, 1)
    assert epochs.current.numbers(SEVEN) == frozenset(range(1, 7))


def test_a_release_is_of_numbers_that_the_box_had(table: Table) -> None:
    """What a box did not have it cannot give up; what it gives up it does not keep; nothing is stated twice."""
    table.offer(table.next({SEVEN: [[1, 10]]}))
    with pytest.raises(PaperError, match="did not have"):
        table.offer(table.next({SEVEN: [[1, 10]]}, **_released(SEVEN, [[11, 11]])))
    with pytest.raises(PaperError, match="leaves it with box"):
        table.offer(table.next({SEVEN: [[1, 10]]}, **_released(SEVEN, [[10, 10]])))
    twice = [{"box": SEVEN, "ranges": [[10, 10]], "entry": entry} for entry in ("1:9", "1:10")]
    with pytest.raises(PaperError, match="twice"):
        table.offer(table.next({SEVEN: [[1, 9]]}, released=twice))


@given(st.data())
def test_whatever_is_adopted_gives_each_number_to_one_box(data: st.DataObject) -> None:
    """No table that the check lets through gives one number to two boxes."""
    spans = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)).map(sorted).map(list), max_size=3)
    fields = {
        "spec": 1,
        "drop": "0" * 16,
        "epoch": 1,
        "previous": None,
        "issued": "2026-11-23T08:00:00Z",
        "boxes": [{"box": box, "ranges": data.draw(spans)} for box in (SEVEN, EIGHT)],
        "reserve": data.draw(spans),
        "released": [],
    }
    try:
        read = allotment.parse(write_json(fields), 30)
    except PaperError:
        return
    assert not read.numbers(SEVEN) & read.numbers(EIGHT)
    assert not (read.numbers(SEVEN) | read.numbers(EIGHT)) & numbers_of(read.reserve)
