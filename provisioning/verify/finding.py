"""What came of judging one file: link by link, what holds, what does not, and what nobody could check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of one link, or of a whole finding."""

    HOLDS = "holds"
    FAILS = "does not hold"
    MISSING = "not checked"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain from a signature to the organizer. `needed`: without it nothing is proved."""

    name: str
    state: State
    said: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What a file is, and how far it holds."""

    file: str
    what: str
    links: tuple[Link, ...]

    @property
    def state(self) -> State:
        states = {link.state for link in self.links if link.needed or link.state is State.FAILS}
        if State.FAILS in states:
            return State.FAILS
        return State.MISSING if State.MISSING in states or not states else State.HOLDS

    def as_json(self) -> dict[str, object]:
        links = [{"link": link.name, "state": link.state.value, "said": link.said} for link in self.links]
        return {"file": self.file, "what": self.what, "state": self.state.value, "links": links}


def holds(name: str, said: str) -> Link:
    return Link(name, State.HOLDS, said)


def fails(name: str, said: str) -> Link:
    return Link(name, State.FAILS, said)


def missing(name: str, said: str, *, needed: bool = True) -> Link:
    return Link(name, State.MISSING, said, needed)
