"""What a member has now: benefits to use and to claim, what waits, and what is new. The member's own page shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

import benefits
from benefits import USABLE_STATES, Appeal, Debt, DecisionExplanation, GrantState, HeldBenefit, Participation
from core.civil_time import civil_date
from yihui.bootstrap import Wiring
from yihui.cases.applications.listed import ListedApplication, list_member_applications
from yihui.cases.applications.stages import OPEN_STAGES
from yihui.services.benefits.benefits import read_participations
from yihui.services.members.open_things import OpenThing, list_open_things

MOST_NEW = 20
_UNDER_WAY: frozenset[GrantState] = frozenset({"preparing", "on_the_way", "returned"})
_STILL_OPEN = frozenset({"entered", "fixed", "waiting"})
_END_SHOWN_DAYS = 30  # for so many days the member reads that a list on which she waits is over


@dataclass(frozen=True, slots=True)
class MemberHome:
    """A member's benefits and affairs today.

    ``usable`` and ``claimable`` begin with the nearest last day; ``under_way`` is money that is being paid;
    ``over`` are the benefits that ended, the newest first.
    """

    usable: Sequence[HeldBenefit]
    claimable: Sequence[HeldBenefit]
    under_way: Sequence[HeldBenefit]
    over: Sequence[HeldBenefit]
    applications: Sequence[ListedApplication]
    participations: Sequence[Participation]
    appeals: Sequence[Appeal]  # that wait for their answers
    debts: Sequence[Debt]
    new_decisions: Sequence[DecisionExplanation]
    lists_over: frozenset[str]  # decisions that put her on a waiting list that is over
    new_answers: Sequence[Appeal]
    open_things: Sequence[OpenThing]


def load_member_home(wiring: Wiring, member: str, since: datetime) -> MemberHome:
    """Load what a member has today; new is what was recorded after ``since``. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return read_member_home(wiring, connection, member, since)


def read_member_home(wiring: Wiring, connection: Connection, member: str, since: datetime) -> MemberHome:
    """Read the same in the caller's transaction."""
    today = civil_date(wiring.now())
    held = benefits.list_held_benefits(connection, member, today)
    appeals = benefits.list_appeals(connection, member_id=member)
    participations = read_participations(wiring, connection, member)
    return MemberHome(
        _by_last_day(held, lambda one: one.stands.state in USABLE_STATES and not _is_claimed(one)),
        _by_last_day(held, lambda one: one.stands.state == "claimable"),
        [one for one in held if _is_under_way(one)],
        [one for one in held if one.stands.state not in USABLE_STATES and not _is_under_way(one)],
        _open_applications(wiring, connection, member, today),
        _select_open(participations, today),
        [one for one in appeals if one.answer is None],
        benefits.list_debts(connection, member_id=member, open_only=True),
        benefits.list_new_decisions(connection, member, since, MOST_NEW),
        frozenset(one.id for one in participations if one.ended_on is not None),
        [one for one in appeals if one.answer and one.answer.on >= civil_date(since)],
        list_open_things(connection, member),
    )


def _select_open(found: Sequence[Participation], today: date) -> list[Participation]:
    recent = today - timedelta(days=_END_SHOWN_DAYS)
    return [
        one
        for one in found
        if one.state in _STILL_OPEN or (one.ended_on is not None and one.ended_on >= recent)
    ]


def _is_claimed(one: HeldBenefit) -> bool:
    """Return whether a benefit belongs to another list than that of what the member can use."""
    return one.is_money or one.stands.state == "claimable"


def _is_under_way(one: HeldBenefit) -> bool:
    return one.stands.state in _UNDER_WAY or (one.is_money and one.stands.state == "promised")


def _by_last_day(
    held: Sequence[HeldBenefit], belongs: Callable[[HeldBenefit], bool]
) -> Sequence[HeldBenefit]:
    """Return those that belong to a list, the nearest last day first; those without an end come last."""
    chosen = [one for one in held if belongs(one)]
    return sorted(chosen, key=lambda one: (one.stands.last_day or date.max, one.grant.id))


def _open_applications(
    wiring: Wiring, connection: Connection, member: str, today: date
) -> list[ListedApplication]:
    found = list_member_applications(wiring, connection, member, today)
    return [one for one in found if one.stage.kind in OPEN_STAGES]
