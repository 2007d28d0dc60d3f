"""Judges what people hold in their hands: papers, certificates, receipts, batches, archives (FORMATS §4, end).

Each file is judged in the light of all the others. A link that nobody gave evidence for is named; it never counts as
one that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.errors import PaperError
from provisioning.verify.case import Case
from provisioning.verify.copies import judge_archive, judge_certificate, judge_receipt
from provisioning.verify.evidence import Piece, Sort, gather
from provisioning.verify.finding import Finding, State, fails
from provisioning.verify.ledgers import judge_batch
from provisioning.verify.papers import judge_allotment, judge_manifest, judge_pack, judge_trust

__all__ = ["Case", "Finding", "State", "verify"]

_JUDGES: dict[Sort, Callable[[Case, Piece], Finding]] = {
    # In this order: what is judged later rests on what was found before.
    Sort.TRUST: judge_trust,
    Sort.DROP: judge_manifest,
    Sort.ALLOTMENT: judge_allotment,
    Sort.PACK: judge_pack,
    Sort.BATCH: judge_batch,
    Sort.RECEIPT: judge_receipt,
    Sort.CERTIFICATE: judge_certificate,
    Sort.ARCHIVE: judge_archive,
}


def verify(
    paths: Iterable[Path],
    *,
    now: int,
    background: Iterable[Path] = (),
    pin: str | None = None,
    code: str | None = None,
) -> tuple[Case, list[Finding]]:
    """One finding per file of `paths`, papers first, and the case they make together with the `background`.

    `pin` is the digest of the first trust document, `code` the holder's claim code, `now` in Unix seconds. Without
    `pin` trust begins at the oldest trust document there is, and the case says so.
    """
    known, asked = gather(background), gather(paths)
    case = Case.open([*known, *asked], pin=pin, code=code, now=now)
    findings = []
    for sort, judge in _JUDGES.items():
        of_sort = [piece for piece in (*known, *asked) if piece.sort is sort]
        judged = [(piece, _judged(case, piece, judge)) for piece in sorted(of_sort, key=case.order)]
        findings += [finding for piece, finding in judged if piece in asked]
    findings += [_unknown(piece) for piece in asked if piece.sort is Sort.OTHER]
    return case, findings


def _judged(case: Case, piece: Piece, judge: Callable[[Case, Piece], Finding]) -> Finding:
    try:
        return judge(case, piece)
    except PaperError as error:
        return Finding(str(piece.path), piece.sort.value, (fails("form", error.detail),))


def _unknown(piece: Piece) -> Finding:
    return Finding(str(piece.path), "unknown", (fails("form", "This is nothing that stallbox signs."),))
