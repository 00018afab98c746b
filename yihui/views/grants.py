"""Render the positions of a grant after its promise: used, sent to the bank, paid, expired, remaining."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from benefits import FEN, ClaimStatus, Grant, GrantPosition
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.views.vouchers import amount_text


def grant_positions_json(standing: Mapping[str, GrantPosition]) -> dict[str, dict[str, int]]:
    """Return the amount at each stage, by unit."""
    return {unit: asdict(position) for unit, position in standing.items()}


def grant_position_texts(
    grant: Grant, standing: Mapping[str, GrantPosition], claiming: ClaimStatus, language: Language
) -> Iterator[str]:
    """Yield texts about a grant's positions; none while all of it is promised or issued.

    An end that `grant_text` already reports is not repeated.
    """
    unit = _shown_unit(grant, standing)
    if unit is None:
        return
    for template, amount in _parts(grant, standing[unit], claiming):
        yield language.render(template, amount=amount_text(amount, unit, language))


def _shown_unit(grant: Grant, standing: Mapping[str, GrantPosition]) -> str | None:
    """Return the unit to show: fen for cash and vouchers, else the benefit's own unit."""
    units = [unit for unit in standing if (unit == FEN) == (grant.kind in ("cash", "voucher"))]
    return units[0] if units else None


def _parts(grant: Grant, at: GrantPosition, claiming: ClaimStatus) -> list[tuple[str, int]]:
    expired = 0 if claiming.lapsed_on else at.expired
    taken_back = 0 if grant.taken_back else at.reversed
    moved = [*_gone(grant.kind, at), (N_("expired: {amount}"), expired), (N_("back: {amount}"), taken_back)]
    found = [(template, amount) for template, amount in moved if amount]
    spent = grant.kind == "voucher" and grant.uses == 1 and at.redeemed + at.settled > 0
    left = N_("can't be used any more: {amount}") if spent else N_("still there: {amount}")
    return [*found, (left, at.open_amount)] if found and at.open_amount else found


def _gone(kind: str, at: GrantPosition) -> list[tuple[str, int]]:
    if kind == "cash":
        return [(N_("sent to the bank: {amount}"), at.redeemed), (N_("paid: {amount}"), at.settled)]
    return [(N_("used: {amount}"), at.redeemed + at.settled)]
