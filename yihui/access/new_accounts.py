"""Find accounts that don't count yet: nobody confirmed them, or they were opened a short while ago (decision 0064).

Their officers look at what ``NEW_ACCOUNT_RIGHTS`` names, and do nothing. Founding accounts, which the console
confirmed, count at once, and so does every account of a demo.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from core.civil_time import civil_date
from core.faults import FaultError
from members.organisations.storage import load_lineages
from yihui.access.account_openers import find_opener
from yihui.access.accounts import AccountOpening, list_openings
from yihui.access.actor import Actor, ActorKind, NewAccount, is_console_user
from yihui.access.decide import subtrees
from yihui.access.officers import list_places, load_assignments
from yihui.access.roles import RIGHTS, Right
from yihui.access.second_person import Step, TwoStepTerms, check_second_person, find_likeness
from yihui.access.tables import role_assignments

_APPOINT = Right.APPOINT_OFFICERS
_APPOINTING = [role.value for role, rights in RIGHTS.items() if _APPOINT in rights]


def find_new_account(
    connection: Connection, officer: str, now: datetime, terms: TwoStepTerms, account: int | None = None
) -> NewAccount | None:
    """Return the account of a log-in if it doesn't count yet; without its number, any such account of the officer."""
    if terms.is_demo:
        return None
    openings = [one for one in list_openings(connection, officer) if account in (None, one.account)]
    waiting = [one for one in openings if not _counts(one, now, terms.wait)]
    if not waiting:
        return None
    one = max(waiting, key=lambda opening: (opening.confirmed_by is None, opening.opened_at))
    is_confirmed = one.confirmed_by is not None
    confirmers = () if is_confirmed else tuple(list_confirmers(connection, one, now, terms))
    return NewAccount(officer, one.opened_by, one.opened_at + terms.wait, is_confirmed, confirmers)


def _counts(opening: AccountOpening, now: datetime, wait: timedelta) -> bool:
    by = opening.confirmed_by
    return by is not None and (is_console_user(by) or now - opening.opened_at >= wait)


def list_confirmers(
    connection: Connection, opening: AccountOpening, now: datetime, terms: TwoStepTerms
) -> Iterator[str]:
    """Yield the administrators of all of an officer's places who may confirm an opening, now or when their own wait is over."""
    places = list_places(connection, opening.officer, now) or [terms.whole]
    lineages = load_lineages(connection, places)
    above = [frozenset(lineages.lineage(place, civil_date(now))) for place in places]
    for other in _list_administrators(connection, above[0]):
        actor = Actor(other, other, ActorKind.OFFICER, load_assignments(connection, other))
        reach = subtrees(actor, _APPOINT, civil_date(now)) or frozenset()
        if all(reach & lineage for lineage in above) and _is_independent(
            connection, opening, other, now, terms
        ):
            yield other


def _list_administrators(connection: Connection, places: frozenset[str]) -> list[str]:
    c = role_assignments.c
    query = select(c.officer_id).distinct().where(c.role.in_(_APPOINTING), c.organisation.in_(places))
    return sorted(connection.execute(query.where(c.withdrawn_at.is_(None))).scalars())


def _is_independent(
    connection: Connection, opening: AccountOpening, other: str, now: datetime, terms: TwoStepTerms
) -> bool:
    """Return whether an officer with an account is surely neither the opener nor the officer of an account."""
    if not list_openings(connection, other) or find_opener(connection, other, opening.officer):
        return False
    opener, second = Step(opening.opened_by, opening.opened_at, _APPOINT), Step(other, now, _APPOINT)
    try:
        check_second_person(connection, opener, second, replace(terms, wait=timedelta(0)), is_opening=True)
    except FaultError:
        return False
    return find_likeness(connection, other, opening.officer, now, now) is None
