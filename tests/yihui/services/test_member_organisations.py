"""Every door means the same by a member's organisation: that of the day, in the tree of the day."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from core.faults import FaultError
from members.history import MemberChange, record_member_changes
from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.yihui.nouns import list_rows
from tests.yihui.services.joining_people import Clock
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.decide import subtrees
from yihui.access.roles import Right, Role
from yihui.bootstrap import PROVINCE_CODE, Settings, Wiring, build_wiring
from yihui.cases.members.pages import NOUN
from yihui.services.access.act_places import find_act_places
from yihui.services.access.authorisation import authorise_actor
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.reach import find_member_place, open_reach
from yihui.services.members.organisations import find_covered_members, find_member_organisations

HERE, THERE = "370102", "370202"  # two districts, of two cities
UNION, SECOND, OTHER = "370102001-00001", "370102001-00002", "370202001-00001"
BEFORE, AFTER = date(2026, 9, 30), date(2026, 10, 1)  # everything happens on the second of them
# Each member, with the organisation on the day before and on the day of the acts.
MEMBERS: dict[str, tuple[str | None, str | None]] = {
    "m-stays": (UNION, UNION),
    "m-moves": (UNION, OTHER),
    "m-comes-back": (OTHER, OTHER),
    "m-leaves": (UNION, UNION),
    "m-left-long-ago": (SECOND, OTHER),  # before her organisation was merged into another one
    "m-merged": (SECOND, OTHER),
    "m-unplaced": (HERE, THERE),  # no organisation: the union of the district
    "m-comes": (OTHER, OTHER),  # on the second day: the first organisation counts before it too
    "m-unknown": (None, None),
}


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Wiring:
    made = build_wiring(Settings(target, tmp_path), now=Clock())
    founded = (PROVINCE_CODE, "370100", "370200", HERE, THERE, "370102001", "370202001", UNION, SECOND, OTHER)
    acts = [event_of("organisation.founded", code, "2020-01-01", name=f"工会 {code}") for code in founded]

    def joined(member: str, code: str, day: str = "2026-03-01") -> None:
        acts.append(event_of("member.joined", member, day, organisation=code, joined_on=day))

    for member, code in (("stays", UNION), ("moves", UNION), ("comes-back", UNION), ("leaves", UNION),
                         ("left-long-ago", SECOND), ("merged", SECOND)):  # fmt: skip
        joined(f"m-{member}", code)
    acts += [
        event_of("member.transferred", "m-comes-back", "2026-04-01", organisation=OTHER),
        event_of("member.left", "m-left-long-ago", "2026-05-01"),
        event_of("member.transferred", "m-moves", "2026-10-01", organisation=OTHER),
        event_of("member.left", "m-leaves", "2026-10-01"),
        event_of("organisation.merged", SECOND, "2026-10-01", into=OTHER),
    ]
    joined("m-comes", OTHER, "2026-10-01")
    with made.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
        # No event leaves a person without an organisation; rows may.
        record_member_changes(
            connection, [_unplaced("2026-05-01", HERE), _unplaced("2026-10-01", THERE)], NOW
        )
    return made


def _unplaced(day: str, district: str) -> MemberChange:
    at = datetime.fromisoformat(f"{day}T08:00:00+08:00")
    return MemberChange(
        "m-unplaced", at, "member.profile_changed", "/test", f"u-{day}", {"district": district}
    )


def officer(place: str) -> Actor:
    held = (Assignment(Role.CASE_WORKER, place, date(2026, 1, 1)),)
    return Actor("li.min", "li.min", ActorKind.OFFICER, held)


def stand_on(wiring: Wiring, day: date) -> None:
    wiring.now = lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


@pytest.mark.both_databases
def test_the_organisation_is_that_of_the_day(wiring: Wiring) -> None:
    with wiring.database.read() as connection:
        for column, day in enumerate((BEFORE, AFTER)):
            expected = {member: codes[column] for member, codes in MEMBERS.items() if codes[column]}
            assert find_member_organisations(connection, MEMBERS, day) == expected


def test_every_door_lets_the_same_officers_in(wiring: Wiring) -> None:
    places = (HERE, THERE, "370100", "370200", UNION, SECOND, OTHER, PROVINCE_CODE)
    for column, day in enumerate((BEFORE, AFTER)):
        stand_on(wiring, day)
        for place in places:
            inside = {
                member
                for member, codes in MEMBERS.items()
                if (code := codes[column]) and place in _above(code)
            }
            for right in (Right.READ_MEMBERS, Right.CHANGE_MEMBERS):
                for door, admitted in _doors(wiring, officer(place), right).items():
                    assert admitted - {"m-unknown"} == inside, (door, place, day)


def _above(code: str) -> set[str]:
    district = code[:6]
    return {code, code[:9], district, f"{district[:4]}00", PROVINCE_CODE}


def _doors(wiring: Wiring, actor: Actor, right: Right) -> dict[str, set[str]]:
    """Return whom each door lets an officer see: routes, commands, pages, and lists of both."""
    reach = open_reach(wiring, actor, right)
    scope = OfficerScope(subtrees(actor, right, reach.day), reach.day)
    with wiring.database.read() as connection:
        doors = {
            "route": {one for one in MEMBERS if find_member_place(connection, reach, one) is not None},
            "list of a page": set(find_covered_members(connection, scope, MEMBERS)),
        }
    doors["command"] = {one for one in MEMBERS if _is_allowed(partial(_command, wiring, actor, right, one))}
    return doors


def _command(wiring: Wiring, actor: Actor, right: Right, member: str) -> None:
    for place in find_act_places(wiring, "member", member):
        authorise_actor(wiring, actor, right, place)


def _is_allowed(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except FaultError:
        return False
    return True


def test_a_list_shows_the_members_of_the_day(wiring: Wiring) -> None:
    """Who left, or was never a member, belongs to an officer but stands on no list of members."""

    def listed(place: str, day: date) -> set[str]:
        stand_on(wiring, day)
        return {one.id for one in list_rows(wiring, officer(place), NOUN)}

    assert listed(HERE, BEFORE) == {"m-stays", "m-moves", "m-leaves", "m-merged"}
    assert listed(HERE, AFTER) == {"m-stays"}
    assert listed(THERE, AFTER) == {"m-comes-back", "m-moves", "m-merged", "m-comes"}
