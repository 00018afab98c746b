"""The state of a grant and the last day of its next step: one function for every place that shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from benefits.ledger.positions import GrantPosition, read_grant_positions
from benefits.lifecycle.debts import Debt, list_debts
from benefits.model.chunks import chunks
from benefits.payout.batches import load_bank_answers
from benefits.reporting.member_benefits import Grant, list_member_grants
from benefits.tables.decisions import grants
from benefits.tables.draws import claims, lapses
from benefits.tables.payout import payout_orders
from benefits.vouchers.issuing import GrantUses, compute_uses_left, count_grant_uses

GrantState = Literal[
    "owing", "returned", "claimable", "partly_used", "handed_out", "promised", "preparing", "on_the_way",
    "paid", "used", "expired", "lapsed", "voided", "clawed_back", "reversed",
]  # fmt: skip
USABLE_STATES: frozenset[GrantState] = frozenset({"claimable", "partly_used", "handed_out", "promised"})
"""The member can still get the benefit or use it."""


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """What the ledger holds of a grant. ``returned`` is the bank's reason why the last payment failed.

    ``claimed_on`` is the day on which it was claimed, ``lapsed_on`` that on which it lapsed unclaimed.
    """

    grant: Grant
    positions: Mapping[str, GrantPosition]
    claimed_on: date | None = None
    lapsed_on: date | None = None
    debts: tuple[Debt, ...] = ()
    uses: GrantUses = field(default_factory=GrantUses)
    returned: str | None = None


@dataclass(frozen=True, slots=True)
class GrantStanding:
    """The state of a grant on a day.

    ``claim_by`` is set while the grant must be claimed, ``use_by`` while it can be used. ``last_day`` is the
    earlier of them; after a lapse or an expiry it is the last day that the grant had. ``failure`` is the
    bank's reason.
    """

    state: GrantState
    claim_by: date | None = None
    use_by: date | None = None
    last_day: date | None = None
    claimed_on: date | None = None
    lapsed_on: date | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class HeldBenefit:
    """A part of a benefit that was granted to a member: what the ledger holds of it, and its state on a day."""

    facts: GrantFacts
    stands: GrantStanding

    @property
    def grant(self) -> Grant:
        return self.facts.grant

    @property
    def is_money(self) -> bool:
        """Whether it is paid to a bank account: the member can't use it anywhere."""
        return self.grant.kind == "cash"

    @property
    def takes_code(self) -> bool:
        """Whether a merchant redeems it by a code; points are spent as one account."""
        return self.grant.kind not in ("cash", "points")


def compute_grant_standing(facts: GrantFacts, today: date) -> GrantStanding:
    """Return the state of a grant and its days.

    An end by the calendar counts from the day after the last day, even if no job has posted it yet.
    """
    grant = facts.grant
    state = _state(facts, today)
    claim_by = use_by = last = lapsed_on = None
    if state in USABLE_STATES:
        use_by = grant.expires_on
        claim_by = _earliest(grant.claim_by, use_by) if state == "claimable" else None
        last = claim_by or use_by
    elif state == "expired":
        last = grant.expires_on
    elif state == "lapsed":
        lapsed_on = facts.lapsed_on or (grant.claim_by and grant.claim_by + timedelta(days=1))
        last = lapsed_on and lapsed_on - timedelta(days=1)
    failure = (facts.returned or "") if state == "returned" else ""
    return GrantStanding(state, claim_by, use_by, last, facts.claimed_on, lapsed_on, failure)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _state(facts: GrantFacts, today: date) -> GrantState:
    if facts.grant.taken_back:
        return "reversed"
    if any(debt.left_fen for debt in facts.debts):
        return "owing"
    if facts.lapsed_on:
        return "lapsed"
    positions = list(facts.positions.values())
    used = any(p.redeemed or p.settled for p in positions)
    if positions and not any(p.open_amount for p in positions):
        return _spent_state(facts, used=used)
    if over := _overdue_state(facts, today, used=used):
        return over
    return _open_cash_state(facts) if facts.grant.kind == "cash" else _open_state(facts, used=used)


def _spent_state(facts: GrantFacts, *, used: bool) -> GrantState:
    """Return the state of a grant of which nothing is open."""
    positions = facts.positions.values()
    if used and facts.grant.kind == "cash":
        return "on_the_way" if any(p.redeemed for p in positions) else "paid"
    if used:
        return "used"
    if facts.debts:
        return "clawed_back"
    return "expired" if any(p.expired for p in positions) else "voided"


def _overdue_state(facts: GrantFacts, today: date, *, used: bool) -> GrantState | None:
    """Return the state of a grant whose last day is over, or None."""
    grant = facts.grant
    if _needs_claim(facts) and grant.claim_by is not None and today > grant.claim_by:
        return "lapsed"
    if grant.expires_on is None or today <= grant.expires_on:
        return None
    return "used" if used else "expired"


def _needs_claim(facts: GrantFacts) -> bool:
    """Return whether the grant lapses unless it is claimed: a step of any kind counts as a claim."""
    moved = any(
        p.issued or p.redeemed or p.settled or p.expired or p.reversed for p in facts.positions.values()
    )
    return facts.grant.claim_by is not None and facts.claimed_on is None and not moved


def _open_cash_state(facts: GrantFacts) -> GrantState:
    positions = facts.positions.values()
    if any(p.redeemed for p in positions):
        return "on_the_way"
    if any(p.issued for p in positions):
        return "preparing" if facts.returned is None else "returned"
    return "claimable" if _needs_claim(facts) else "promised"


def _open_state(facts: GrantFacts, *, used: bool) -> GrantState:
    if used:
        left = sum(position.open_amount for position in facts.positions.values())
        times = compute_uses_left(facts.grant.kind, facts.grant.uses, facts.uses, left)
        return "partly_used" if times else "used"
    if any(p.issued for p in facts.positions.values()):
        return "handed_out"
    return "claimable" if _needs_claim(facts) else "promised"


def list_held_benefits(connection: Connection, member_id: str, today: date) -> list[HeldBenefit]:
    """Return all that was granted to a member, the newest first, each with its state on a day."""
    return load_held_benefits(connection, list_member_grants(connection, member_id), today)


def load_held_benefits(connection: Connection, found: Sequence[Grant], today: date) -> list[HeldBenefit]:
    """Load what the ledger holds of these grants of one member, in their order, each with its state on a day."""
    ids = [grant.id for grant in found]
    positions = read_grant_positions(connection, ids) if ids else {}
    moved = [id_ for id_ in ids if _has_left_promise(positions.get(id_, {}))]
    claiming = _claims(connection, [grant.id for grant in found if grant.claim_by])
    uses = count_grant_uses(connection, moved) if moved else {}
    returned = _returned(
        connection, [grant.id for grant in found if grant.kind == "cash" and grant.id in moved]
    )
    owing = any(grant.takebacks for grant in found)
    debts = list_debts(connection, member_id=found[0].member_id) if owing else []
    facts = [
        GrantFacts(
            grant,
            positions.get(grant.id, {}),
            *claiming.get(grant.id, (None, None)),
            tuple(debt for debt in debts if debt.grant_id == grant.id),
            uses.get(grant.id, GrantUses()),
            returned.get(grant.id),
        )
        for grant in found
    ]
    return [HeldBenefit(one, compute_grant_standing(one, today)) for one in facts]


def _has_left_promise(positions: Mapping[str, GrantPosition]) -> bool:
    return any(p.issued or p.redeemed or p.settled for p in positions.values())


def _claims(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[date | None, date | None]]:
    """Return the days on which these grants were claimed and lapsed, by grant id."""
    found: dict[str, tuple[date | None, date | None]] = {}
    for some in chunks(sorted(ids)):
        query = (
            select(grants.c.id, claims.c.claimed_on, lapses.c.lapsed_on)
            .outerjoin(claims, claims.c.decision_id == grants.c.decision_id)
            .outerjoin(lapses, lapses.c.grant_id == grants.c.id)
            .where(grants.c.id.in_(some))
        )
        for row in connection.execute(query):
            found[row.id] = row.claimed_on, row.lapsed_on
    return found


def _returned(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the bank's reason for each grant whose last order failed, by grant id."""
    last: dict[str, tuple[str, str]] = {}
    for some in chunks(ids):
        query = select(payout_orders.c.grant_id, payout_orders.c.reference, payout_orders.c.state)
        ordered = query.where(payout_orders.c.grant_id.in_(some)).order_by(payout_orders.c.attempt)
        for row in connection.execute(ordered):
            last[row.grant_id] = (row.reference, row.state)
    failed = {id_: reference for id_, (reference, state) in last.items() if state == "failed"}
    answers = load_bank_answers(connection, failed.values()) if failed else {}
    return {id_: answers[ref][-1].reason if answers.get(ref) else "" for id_, ref in failed.items()}
