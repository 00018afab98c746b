"""Show a grant: its worth, its state with the day that matters, and its positions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from benefits import FEN
from core.money import format_yuan
from core.text_marks import N_
from members.hardship.case import is_visit_reference
from yihui.runtime.language import Language
from yihui.views.outcomes import benefit_worth_text
from yihui.views.vouchers import amount_text

if TYPE_CHECKING:
    from benefits import Debt, Grant, GrantPosition, GrantStanding, HeldBenefit

_CASH_STEP_TEXTS: Mapping[str, str] = {
    "issue": N_("set aside in cash for a visit"),
    "pay": N_("given to the officers in cash for a visit"),
    "settle": N_("handed over on the visit, the receipt is recorded"),
    "bounce": N_("brought back from the visit"),
    "void": N_("back in its budget: nobody took it on the visit"),
}
STEP_TEXTS: Mapping[str, str] = {
    "promise": N_("promised to the member"),
    "issue": N_("handed out, or put into a payment"),
    "pay": N_("order to pay left for the bank"),
    "settle": N_("confirmed by the bank"),
    "bounce": N_("sent back by the bank"),
    "redeem": N_("used at a counter"),
    "refund": N_("given back at the counter"),
    "expire": N_("expired"),
    "void": N_("made void"),
    "reverse": N_("taken back"),
    "claw_back": N_("taken back by the rule's terms"),
}
# What a state of a grant (benefits.GrantState) says beside its chip.
STATE_TEXTS: Mapping[str, str] = {
    "owing": N_("taken back by the rule's terms, {owed} yuan are still owed"),
    "clawed_back": N_("taken back by the rule's terms"),
    "reversed": N_("granted wrongly and taken back"),
    "voided": N_("made void"),
    "expired": N_("not used in time, so it is over"),
    "lapsed": N_("not claimed in time, so it is over"),
    "paid": N_("paid, and the receipt of it is confirmed"),
    "on_the_way": N_("the payment is under way"),
    "preparing": N_("the payment is being prepared"),
    "returned": N_("the bank sent the payment back"),
    "used": N_("used"),
    "partly_used": N_("{used} of it used, {left} left"),
    "handed_out": N_("handed out, not used yet"),
    "claimable": N_("not claimed yet"),
    "promised": N_("not handed out yet"),
}
_PROMISED = {  # by whether it is cash, and whether it was claimed
    (True, True): N_("claimed on {day}, not handed out yet"),
    (False, False): N_("not used yet"),
    (False, True): N_("claimed on {day}, not used yet"),
}
_RETURNED_WITH_REASON = N_("the bank sent the payment back: {failure}")
_STEP_REASONS = {("expire", "unclaimed"): N_("not claimed in time")}


def grant_state_text(
    kind: str,
    stands: GrantStanding,
    positions: Iterable[tuple[str, GrantPosition]],
    language: Language,
    debts: Iterable[Debt] = (),
) -> str:
    """Return the state of a grant of a kind as text, the same for the member, the officer and the agent.

    ``positions`` are those of its parts, each with its unit. What is no cash can be used from the first day.
    """
    used: Counter[str] = Counter()  # by unit: money and points are never added up
    left: Counter[str] = Counter()
    for unit, position in positions:
        used[unit] += position.redeemed + position.settled
        left[unit] += position.open_amount
    template = STATE_TEXTS[stands.state]
    if stands.failure:
        template = _RETURNED_WITH_REASON
    elif stands.state == "promised":
        template = _PROMISED.get((kind == "cash", stands.claimed_on is not None), template)
    return language.render(
        template,
        day=stands.claimed_on,
        failure=language.translate(stands.failure).strip().rstrip("。.；;！!") if stands.failure else "",
        owed=format_yuan(sum(debt.left_fen for debt in debts)),
        used=_amounts_text(used, language),
        left=_amounts_text(left, language),
    )


def _amounts_text(amounts: Mapping[str, int], language: Language) -> str:
    texts = [amount_text(amount, unit, language) for unit, amount in sorted(amounts.items()) if amount]
    return language.format_list(texts) or "0"


def step_text(kind: str, act_id: str | None, language: Language) -> str:
    """Return what a step did; money of a visit is handed over in cash."""
    cash = _CASH_STEP_TEXTS.get(kind) if is_visit_reference(act_id) else None
    return language.translate(cash or STEP_TEXTS.get(kind, kind))


def step_reason_text(kind: str, reason: str, language: Language) -> str:
    """Return the reason of a step: an officer's own words, or the product's in the reader's language."""
    own = _STEP_REASONS.get((kind, reason))
    return language.translate(own) if own else reason


def grant_json(grant: Grant, stands: GrantStanding) -> dict[str, object]:
    """Return a grant with its terms as granted, and its state and days as they are today."""
    taken = grant.taken_back
    return {
        **asdict(grant),
        "granted_on": grant.granted_on.isoformat(),
        "expires_on": _day(grant.expires_on),
        "claim_by": _day(grant.claim_by),
        "claimed_on": _day(stands.claimed_on),
        "lapsed_on": _day(stands.lapsed_on),
        "taken_back": {"on": taken.on.isoformat(), "reason": taken.reason} if taken else None,
        "state": stands.state,
        "last_day": _day(stands.last_day),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def grant_text(held: HeldBenefit, language: Language) -> str:
    """Return a grant as one line: what it is worth, until when it can be used, and how it ended."""
    grant, stands = held.grant, held.stands
    what = benefit_worth_text(grant.kind, grant.amount_fen, grant.quantity, grant.unit, language)
    template = N_("{title} ({what}), until {day}") if stands.use_by else N_("{title} ({what})")
    told = language.render(template, title=grant.title, what=what, day=stands.use_by)
    if grant.taken_back:
        back = N_("{what}; taken back on {day}: {reason}")
        told = language.render(back, what=told, day=grant.taken_back.on, reason=grant.taken_back.reason)
    elif ended := _end_words(stands):
        template, day = ended
        told = language.render(template, what=told, day=day)
    elif stands.state in ("returned", "voided"):
        told = language.join_clauses([told, grant_state_text(grant.kind, stands, (), language)])
    return f"{grant.granted_on}  {told}"


def _end_words(stands: GrantStanding) -> tuple[str, date | None] | None:
    """Return the template and the day of a claim, a lapse or an expiry; None without one."""
    if stands.state == "lapsed":
        return N_("{what}; lapsed on {day}, since nobody claimed it"), stands.lapsed_on
    if stands.state == "expired":
        return N_("{what}; over since its last day, {day}"), stands.last_day
    if stands.claim_by:
        return N_("{what}; to be claimed by {day}"), stands.claim_by
    if stands.claimed_on:
        return N_("{what}; claimed on {day}"), stands.claimed_on
    return None


def grant_position_texts(held: HeldBenefit, language: Language) -> Iterator[str]:
    """Yield texts about a grant's positions; none while all of it is promised or issued.

    An end that `grant_text` already reports is not repeated.
    """
    positions = held.facts.positions
    unit = _shown_unit(held.grant, positions)
    if unit is None:
        return
    for template, amount in _parts(held.grant, positions[unit], held.stands):
        yield language.render(template, amount=amount_text(amount, unit, language))


def _shown_unit(grant: Grant, standing: Mapping[str, GrantPosition]) -> str | None:
    """Return the unit to show: fen for cash and vouchers, else the benefit's own unit."""
    units = [unit for unit in standing if (unit == FEN) == (grant.kind in ("cash", "voucher"))]
    return units[0] if units else None


def _parts(grant: Grant, at: GrantPosition, stands: GrantStanding) -> list[tuple[str, int]]:
    expired = 0 if stands.state == "lapsed" else at.expired
    taken_back = 0 if grant.taken_back else at.reversed
    moved = [*_gone(grant.kind, at), (N_("expired: {amount}"), expired), (N_("back: {amount}"), taken_back)]
    found = [(template, amount) for template, amount in moved if amount]
    over = stands.state in ("used", "expired", "lapsed")
    left = N_("can't be used any more: {amount}") if over else N_("still there: {amount}")
    return [*found, (left, at.open_amount)] if found and at.open_amount else found


def _gone(kind: str, at: GrantPosition) -> list[tuple[str, int]]:
    if kind == "cash":
        return [(N_("sent to the bank: {amount}"), at.redeemed), (N_("paid: {amount}"), at.settled)]
    return [(N_("used: {amount}"), at.redeemed + at.settled)]
