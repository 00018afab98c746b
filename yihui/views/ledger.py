"""Show the results of verifying and sealing the ledger, and balances as lines and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from benefits import FEN, Extent
from core.civil_time import format_wall_clock
from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.ledger.ledger import LedgerProtection, SealedLedger

if TYPE_CHECKING:
    from benefits import AccountBalance, Verification

_AGREE = N_(
    "decisions: {decisions}, grants: {grants}, postings: {postings}, promised: {yuan} yuan; all agree"
)
_DISAGREE = N_(
    "decisions: {decisions}, grants: {grants}, postings: {postings}, promised: {yuan} yuan; rows that do not agree: {count}"
)
_RECOMPUTED = N_(
    "decisions computed again from their events: {count}; not possible, since the member was erased, the rule version is not at hand or an appeal decided: {others}"
)
_ERASED = N_("rows of erased members, proved by their digests: {count}")
_GAP = N_("batches that wait to be sealed: {batches}, since {since}; yihui ledger seal seals them")
_WITH_HEADS = N_("all that the published heads cover is as it was when they were published")
_LACKING = {
    Extent.EXPORT: N_(
        "no seals in this export: officers' acts, recorded times, days due, codes and cached sums are not in it and were not checked; yihui ledger export --seals writes them"
    ),
    Extent.SEALED_EXPORT: N_(
        "events and the secrets of draws to come are in no export; yihui ledger verify compares them in the database"
    ),
}
_WITHOUT_HEADS = N_(
    "the rows agree with each other; that nobody rewrote them all is shown by published heads alone (--heads FILE)"
)


def verification_json(found: Verification, language: Language) -> dict[str, object]:
    """Return the result of a verification as JSON data."""
    lines = list(_disagreements(found, language))
    return {**asdict(found), "extent": found.extent.name.lower(), "disagreements": lines, "sound": not lines}


def verification_lines(
    found: Verification, language: Language, *, with_heads: bool = False, hidden: int = 0
) -> Iterator[str]:
    """Yield a line for each row that does not agree, the counts, and what waits to be sealed.

    Without heads the last line says what was not proved. ``hidden`` rows that don't agree are counted only.
    """
    yield from _disagreements(found, language)
    yield language.render(
        _DISAGREE if found.disagreements else _AGREE,
        decisions=found.decisions,
        grants=found.grants,
        postings=found.postings,
        yuan=format_yuan(found.promised_fen),
        count=len(found.disagreements) + hidden,
    )
    if found.recomputed is not None:
        yield language.render(
            _RECOMPUTED, count=f"{found.recomputed:,}", others=f"{found.not_recomputable:,}"
        )
    if found.erased:
        yield language.render(_ERASED, count=f"{found.erased:,}")
    if found.extent in _LACKING:
        yield language.render(_LACKING[found.extent])
    if found.gap.since is not None:
        since = format_wall_clock(found.gap.since)
        yield language.render(_GAP, batches=found.gap.batches, since=since)
    if not found.disagreements:
        yield language.render(_WITH_HEADS if with_heads else _WITHOUT_HEADS)


def protection_lines(done: LedgerProtection, language: Language) -> Iterator[str]:
    """Yield how many guards there are, and whether the application's group has its privileges."""
    yield language.render(N_("guards of sealed rows: {count}"), count=done.guards)
    if done.granted is not None:
        yield language.render(
            N_("the group yihui_application may add rows, and change only what may change")
            if done.granted
            else N_("there is no group yihui_application: see docs/database_roles.md")
        )


def _disagreements(found: Verification, language: Language) -> Iterator[str]:
    return (fault_line(fault, language).message for fault in found.disagreements)


def seal_lines(sealed: SealedLedger, language: Language) -> Iterator[str]:
    """Yield the last seal of each chain, and how much was sealed now."""
    for head in sealed.heads:
        yield f"{head.book:32} {head.lane} {head.number:6} {head.hash}"
    template = N_("sealed batches: {batches}, rows: {rows}")
    yield language.render(template, batches=sealed.batches, rows=sealed.rows)


def balance_lines(balances: Sequence[AccountBalance], language: Language) -> Iterator[str]:
    """Yield the balance of each account."""
    for balance in balances:
        is_money = balance.unit == FEN
        amount = format_yuan(balance.amount) if is_money else f"{balance.amount:,}"
        unit = language.render(N_("yuan")) if is_money else balance.unit
        yield f"{balance.account:40} {amount:>20} {unit}"
