"""Cases as the organizer decides them: what they are about, what each entry says, what may be answered."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from appliance.core.audit import audit
from appliance.core.entries import split_reference
from provisioning.collector import evidence, words
from provisioning.collector.evidence import Exhibit
from provisioning.collector.known import Known


@dataclass(frozen=True, slots=True)
class Heading:
    """A case in a list. `answer` in words; None while it waits for one."""

    id: str
    title: str
    about: str
    opened: int  # Unix seconds
    stands: bool
    answer: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One exhibit. `text` is the entry as it was signed, laid out to be read."""

    place: int  # from 1
    box: str
    entry: str
    time: int | None  # Unix seconds; None where it is no entry
    says: str
    text: str
    has_receipt: bool
    has_token: bool


@dataclass(frozen=True, slots=True)
class Detail:
    heading: Heading
    kind: str
    exhibits: tuple[Shown, ...]
    checkpoints: tuple[str, ...]
    choices: tuple[tuple[str, str, bool], ...]  # value, words, whether it was picked
    ledger: tuple[str, str] | None  # box id and incarnation of a fork
    is_cut: bool  # there is more than is shown


def cases(db: sqlite3.Connection, known: Known, *, most: int = -1) -> list[Heading]:
    """The ones without an answer first; `most` of them, or all."""
    return [_heading(known, case) for case in evidence.cases(db, most=most)]


def case(db: sqlite3.Connection, known: Known, wanted: str) -> Detail | None:
    """One with its evidence; None where there is no such case."""
    found = evidence.case(db, wanted)
    if found is None:
        return None
    box, _, incarnation = found.name.partition(":")
    return Detail(
        _heading(known, found),
        found.kind,
        tuple(_shown(known, at, exhibit) for at, exhibit in enumerate(found.exhibits, 1)),
        found.checkpoints,
        tuple((said, words.ANSWERS[said], said == found.answer) for said in evidence.ANSWERS[found.kind]),
        (box, incarnation) if found.kind == "fork" else None,
        max(len(found.exhibits), len(found.checkpoints)) >= evidence.MOST,
    )


def _heading(known: Known, case: evidence.Case) -> Heading:
    answer = words.ANSWERS[case.answer] if case.answer else None
    title, about = words.case_title(case.kind, case.name), words.case_about(known, case.kind, case.name)
    return Heading(case.id, title, about, case.opened, case.stands, answer)


def _shown(known: Known, at: int, exhibit: Exhibit) -> Shown:
    incarnation, seq = split_reference(exhibit.entry)
    [fact] = audit(exhibit.box, incarnation, seq, [exhibit.leaf])
    return Shown(
        at,
        known.box_name(exhibit.box),
        exhibit.entry,
        fact.entry.time.lo if fact.entry else None,
        words.entry_line(known, fact.entry) if fact.entry else str(fact.fault),
        json.dumps(json.loads(fact.leaf), ensure_ascii=False, indent=2) if fact.entry else words.raw_line(fact.leaf),
        exhibit.receipt is not None,
        exhibit.token is not None,
    )
