"""How the phones of a day got on, from joining to their files, for the close of the day.

It is kept in memory beside the last closes and in no entry: what is signed are sales, not people on the Wi-Fi.
"""

from __future__ import annotations

from appliance.core.funnel import Funnel, funnel
from appliance.visits import Visits

_KEPT = 32


class Footfall:
    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._closed: dict[str, Funnel] = {}

    def look(self) -> Funnel:
        """Of the phones that came since the last close, or since the box was started."""
        return funnel((visit.phone.system, visit.timeline) for visit in self._visits.day())

    def close(self, entry: str) -> Funnel:
        """Of the day that this `close` entry ended. A second time, as on a repeated form, the same again."""
        if entry not in self._closed:
            while len(self._closed) >= _KEPT:
                del self._closed[next(iter(self._closed))]
            self._closed[entry] = self.look()
            self._visits.close_day()
        return self._closed[entry]

    def find(self, entry: str) -> Funnel | None:
        """Of a close of before; None where the box was started anew since."""
        return self._closed.get(entry)
