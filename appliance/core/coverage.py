"""Which bytes of which files have gone out, as spans: what `delivered` and the byte budget rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Spans = dict[str, list[list[int]]]


class Coverage:
    """Spans [start, stop) per path, ascending and apart, and the sum of all bytes ever counted."""

    def __init__(self, spans: Spans, bytes_out: int) -> None:
        self.spans = spans
        self.bytes_out = bytes_out

    def add(self, path: str, position: int, count: int) -> None:
        """Counts bytes of one file; ones that went out before count for the budget again."""
        self.bytes_out += count
        self.spans[path] = _merge([*self.spans.get(path, ()), [position, position + count]])

    def add_within(self, places: Iterable[tuple[int, int, str]], position: int, count: int) -> None:
        """Counts bytes of a body in which files stand at `places` (start, stop, path).

        What stands between them costs nothing: a certificate may be larger than the whole of a small drop.
        """
        for start, stop, path in places:
            first, last = max(start, position), min(stop, position + count)
            if first < last:
                self.add(path, first - start, last - first)

    @property
    def bytes_covered(self) -> int:
        """Of all files, each byte counted once."""
        return sum(stop - start for spans in self.spans.values() for start, stop in spans)

    def is_whole(self, lengths: Mapping[str, int]) -> bool:
        """Whether every byte of every file has gone out; `lengths` by path."""
        return all(not length or self.spans.get(path) == [[0, length]] for path, length in lengths.items())


def _merge(spans: Sequence[list[int]]) -> list[list[int]]:
    merged: list[list[int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(stop, merged[-1][1])
        else:
            merged.append([start, stop])
    return merged
