"""By which day members must hand in again what was returned to them: the last day on which a rule accepts it."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from members.organisations.storage import load_lineages
from members.tables import application_steps
from rules import Rule, RuleLibrary
from rules.territory import PlacedCode
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.members.organisations import find_member_organisations

_DAY = timedelta(days=1)


def list_members_of_application_deadlines(
    wiring: Wiring,
    connection: Connection,
    last_day: date,
    today: date,
    among: Collection[str] | None = None,
) -> set[str]:
    """Return the members who can hand in a returned application on a day for the last time.

    That is the last day on which a rule with a process for its programme is in force for the member.
    """
    library = wiring.rulebook.in_force(connection)
    if not _list_ending_programmes(library, last_day):
        return set()
    returned = _list_returned(connection, _list_ending_programmes(library, last_day), among)
    members = sorted({member for member, _ in returned})
    places = find_member_organisations(connection, members, today) if members else {}
    lineages = load_lineages(connection, set(places.values()) | {PROVINCE_CODE})
    found = set()
    for member, programme in returned:
        code = places.get(member, PROVINCE_CODE)
        placed = PlacedCode(code, lineages.lineage(code, today))
        accepts = [
            accepts_applications(library, programme, placed, day) for day in (last_day, last_day + _DAY)
        ]
        if accepts == [True, False]:
            found.add(member)
    return found


def find_programme_last_day(library: RuleLibrary, programme: str, placed: str, today: date) -> date | None:
    """Return the last day on which a rule with a process accepts applications for a programme.

    None if no rule accepts them today, and if the end is open.
    """
    day = today
    while ends := [
        rule.definition.in_force.until for rule in _list_accepting(library, programme, placed, day)
    ]:
        if None in ends:
            return None
        day = max(end for end in ends if end is not None) + _DAY
    return day - _DAY if day > today else None


def accepts_applications(library: RuleLibrary, programme: str, placed: str, day: date) -> bool:
    """Return whether a rule with a process accepts applications for a programme on a day."""
    return bool(_list_accepting(library, programme, placed, day))


def _list_ending_programmes(library: RuleLibrary, last_day: date) -> set[str]:
    return {
        rule.definition.process.programme
        for rule in library.rules
        if rule.definition.process and rule.definition.in_force.until == last_day
    }


def _list_returned(
    connection: Connection, programmes: Collection[str], among: Collection[str] | None
) -> list[tuple[str, str]]:
    """Return member and programme of each application whose last step is a review that did not accept it."""
    c = application_steps.c
    last = select(func.max(c.sequence).label("last")).group_by(c.member_id, c.application).subquery()
    query = select(c.member_id, c.programme).join(last, last.c.last == c.sequence)
    query = query.where(c.type == "application.reviewed", c.accepted.is_(False), c.programme.in_(programmes))
    if among is not None:
        query = query.where(c.member_id.in_(among))
    return [(row.member_id, row.programme) for row in connection.execute(query)]


def _list_accepting(library: RuleLibrary, programme: str, placed: str, day: date) -> list[Rule]:
    return [
        rule
        for rule in list_process_rules(library, placed, day)
        if rule.definition.process is not None and rule.definition.process.programme == programme
    ]


def list_process_rules(library: RuleLibrary, placed: str, day: date) -> list[Rule]:
    """List the rules with a process that are in force on a day for a place in the tree."""
    events = {rule.definition.on for rule in library.rules if rule.definition.process}
    found = (rule for event in sorted(events) for rule in library.candidates(event, placed, day))
    return [rule for rule in found if rule.definition.process is not None]
