"""The organisation to which a member belongs on a day: the one meaning that every door judges by."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, or_

from core.civil_time import civil_date
from members import facts_on, read_member_changes
from members.history import MemberChange
from members.organisations.storage import load_lineages
from members.tables import memberships
from yihui.services.access.officer_scope import OfficerScope

_LONGEST_CHAIN = 50  # of organisations that were merged into each other


def find_member_organisations(connection: Connection, members: Iterable[str], day: date) -> dict[str, str]:
    """Return the organisation of each member on a day; a member whom nobody placed is left out.

    It is the organisation of that day; of a member who left, the last one; of a member who comes later, the
    first one; of a person without any, the union of the district. An organisation that was merged by then, or
    dissolved into another one, stands for the one that took its members over.
    """
    asked = list(dict.fromkeys(members))
    histories = read_member_changes(connection, asked)
    placed = {member: _organisation_on(histories[member], day) for member in asked}
    heirs = _find_heirs(connection, {code for code in placed.values() if code is not None}, day)
    return {member: heirs.get(code, code) for member, code in placed.items() if code is not None}


def find_covered_members(
    connection: Connection, scope: OfficerScope, members: Iterable[str]
) -> frozenset[str]:
    """Return those of some members who belong to an organisation of the subtrees."""
    wanted = frozenset(members)
    if scope.is_everywhere or not wanted:
        return wanted
    places = find_member_organisations(connection, wanted, scope.day)
    covered = scope.find_covered(connection, places.values())
    return frozenset(member for member, code in places.items() if code in covered)


def holds_on(day: date) -> ColumnElement[bool]:
    """Return a condition that a membership holds on a day."""
    one = memberships.c
    return and_(one.since <= day, or_(one.until.is_(None), one.until > day))


def _organisation_on(history: Sequence[MemberChange], day: date) -> str | None:
    first = sorted(history, key=lambda change: change.effective_at)[:1]
    begun = [change for change in history if civil_date(change.effective_at) <= day] or first
    facts = facts_on(begun, max([day, *(civil_date(change.effective_at) for change in begun)]))
    code = facts["member.organisation"] or facts["member.district"]
    return None if code is None else str(code)


def _find_heirs(connection: Connection, codes: Iterable[str], day: date) -> dict[str, str]:
    """Return for each organisation that had ended by a day the one that its members went to."""
    heirs = {code: code for code in codes}
    for _ in range(_LONGEST_CHAIN):
        lineages = load_lineages(connection, heirs.values())
        ends = {code: lineages.end_of(heir) for code, heir in heirs.items()}
        onward = {
            code: end.into
            for code, end in ends.items()
            if end and end.into and end.until and end.until <= day
        }
        if not onward:
            break
        heirs |= onward
    return heirs
