"""What became of a grant after its promise, in words: used, sent to the bank, paid, expired, left."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from benefits import FEN, Claiming, Grant, Position
from yihui.runtime.language import Language
from yihui.views.vouchers import amount_text

N_ = str  # marks a text for the message catalogue


def standing_json(standing: Mapping[str, Position]) -> dict[str, dict[str, int]]:
    """By unit, how much stands where."""
    return {unit: asdict(position) for unit, position in standing.items()}


def standing_words(
    grant: Grant, standing: Mapping[str, Position], claiming: Claiming, language: Language
) -> Iterator[str]:
    """Nothing while all of it is promised or issued; an end that `grant_text` tells is not told again."""
    unit = _told_unit(grant, standing)
    if unit is None:
        return
    for template, amount in _parts(grant, standing[unit], claiming):
        yield language.say(template, amount=amount_text(amount, unit, language))


def _told_unit(grant: Grant, standing: Mapping[str, Position]) -> str | None:
    """Money is told in fen, a thing by its own unit: its worth in fen goes along with it."""
    units = [unit for unit in standing if (unit == FEN) == (grant.kind in ("cash", "voucher"))]
    return units[0] if units else None


def _parts(grant: Grant, at: Position, claiming: Claiming) -> list[tuple[str, int]]:
    expired = 0 if claiming.lapsed_on else at.expired
    taken_back = 0 if grant.taken_back else at.reversed
    moved = [*_gone(grant.kind, at), (N_("expired: {amount}"), expired), (N_("back: {amount}"), taken_back)]
    found = [(template, amount) for template, amount in moved if amount]
    spent = grant.kind == "voucher" and grant.uses == 1 and at.redeemed + at.settled > 0
    left = N_("can't be used any more: {amount}") if spent else N_("still there: {amount}")
    return [*found, (left, at.open)] if found and at.open else found


def _gone(kind: str, at: Position) -> list[tuple[str, int]]:
    if kind == "cash":
        return [(N_("sent to the bank: {amount}"), at.redeemed), (N_("paid: {amount}"), at.settled)]
    return [(N_("used: {amount}"), at.redeemed + at.settled)]
