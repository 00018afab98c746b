"""Applications published as one list: all of them or none, with one period, in the officer's subtree alone."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.faults import FaultError
from members.tables import application_steps, notice_list_entries, notice_lists
from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.transactions import value_in, write_in
from tests.yihui.http.two_districts import FOREIGN, HERE, OWN, TODAY, UNION, TwoDistricts, found_two_districts
from tests.yihui.nouns import do
from tests.yihui.refusals import faults_of
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.cases.applications.acts import ACTS
from yihui.cases.applications.listed import find_application
from yihui.cases.applications.notice_lists import (
    MOST_OF_A_LIST,
    ListRequest,
    list_published_lists,
    load_list_draft,
    load_published_list,
    publish_list,
)
from yihui.cases.applications.stages import ActKind
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.erasure import erase_member_data

AID = "困难帮扶"
PAPERS = [f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"]
MEMBERS = (OWN, "m-second", "m-third")
SCOPE, EVERYWHERE = OfficerScope(frozenset({HERE}), TODAY), OfficerScope(None, TODAY)
OFFICER = Actor(
    "li.min", "s-1", ActorKind.OFFICER, (Assignment(Role.CASE_WORKER, HERE, date(2026, 1, 1)),), NOW
)


class Office:
    """Applications of a district that passed their reviews, and one of another district."""

    def __init__(self, target: str, folder: Path) -> None:
        self.union: TwoDistricts = found_two_districts(target, folder)
        self.wiring = self.union.wiring
        applied = {"programme": AID, "year": 2026, "case_level": "深度困难", "amount_fen": 100_000}
        joined = [
            event_of("member.joined", one, "2026-03-01", organisation=UNION, joined_on="2026-03-01")
            for one in MEMBERS[1:]
        ]
        sent = [
            event_of("application.submitted", one, "2026-09-21", **applied, attachments=PAPERS)
            for one in (*MEMBERS, FOREIGN)
        ]
        assert codes_of(write_in(self.wiring.database, handle, *joined, *sent)) == []
        for member in (*MEMBERS, FOREIGN):
            for officer in ("li.min", "zhao.yan"):
                self.act(member, "accept", officer)

    def number(self, member: str) -> int:
        c = application_steps.c
        return int(value_in(self.wiring.database, select(func.min(c.sequence)).where(c.member_id == member)))

    def stage(self, member: str) -> tuple[str, int]:
        with self.wiring.database.read() as connection:
            listed, _, _ = find_application(self.wiring, connection, EVERYWHERE, self.number(member))
        return listed.stage.kind, listed.version

    def act(self, member: str, kind: ActKind, officer: str = "li.min") -> None:
        act = next(one for one in ACTS if one.name == kind)
        actor = Actor(officer, officer, ActorKind.DEMO)
        do(self.wiring, actor, act, self.number(member), reason="情况属实")

    def chosen(self, *members: str) -> dict[int, int]:
        return {self.number(one): self.stage(one)[1] for one in members}

    def publish(self, chosen: dict[int, int], scope: OfficerScope = SCOPE, programme: str = AID) -> int:
        return publish_list(self.wiring, scope, OFFICER, ListRequest(programme, chosen)).number

    def refused(self, chosen: dict[int, int], programme: str = AID) -> list[tuple[str, object]]:
        before = self.count()
        faults = faults_of(self.publish, chosen, programme=programme)
        assert self.count() == before, "nothing was published"
        return [(one.code, one.values["value"]) for one in faults]

    def count(self) -> tuple[int, int, int]:
        with self.wiring.database.read() as connection:
            tables = (notice_lists, notice_list_entries, application_steps)
            counts = [
                connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
            ]
        return counts[0], counts[1], counts[2]


@pytest.fixture
def office(target: str, tmp_path: Path) -> Office:
    return Office(target, tmp_path)


def test_a_list_begins_one_notice_for_all_and_ends_for_those_sent_back(office: Office) -> None:
    draft = load_list_draft(office.wiring, SCOPE, AID)
    assert {one.member for one in draft.applications} == set(MEMBERS) and draft.programmes == [AID]
    number = office.publish(office.chosen(*MEMBERS))
    assert [office.stage(one)[0] for one in MEMBERS] == ["notice"] * 3
    found = load_published_list(office.wiring, SCOPE, number)
    assert (found.list.published_on, found.list.last_on) == (TODAY, date(2026, 10, 8))
    assert [line.stands for line in found.lines] == [True] * 3
    office.act(OWN, "object")
    office.act(OWN, "uphold")
    office.act(MEMBERS[1], "withdraw")
    stands = {
        line.listed.member: line.stands for line in load_published_list(office.wiring, SCOPE, number).lines
    }
    assert stands == {OWN: False, MEMBERS[1]: False, MEMBERS[2]: True}
    assert list_published_lists(office.wiring, SCOPE)[0][1] == 3


def test_one_that_was_withdrawn_meanwhile_stops_the_whole_list(office: Office) -> None:
    chosen = office.chosen(*MEMBERS)
    office.act(MEMBERS[1], "withdraw")
    assert office.refused(chosen) == [("notice_list.gone_on", str(office.number(MEMBERS[1])))]
    assert office.stage(OWN)[0] == "publish"
    office.publish(office.chosen(OWN, MEMBERS[2]))
    assert sorted(office.refused(chosen)) == sorted(
        ("notice_list.gone_on", str(office.number(one))) for one in MEMBERS
    ), "a second tab is told of each"


def test_what_lies_elsewhere_or_is_no_list_is_refused(office: Office) -> None:
    assert office.refused(office.chosen(OWN, FOREIGN)) == [
        ("application.unknown", str(office.number(FOREIGN)))
    ]
    assert office.refused({}) == [("notice_list.nothing", "")]
    assert office.refused(dict.fromkeys(range(1, MOST_OF_A_LIST + 2), 1))[0][0] == "notice_list.too_many"
    assert office.refused({9_999_999: 1}) == [("application.unknown", "9999999")]
    assert office.refused(office.chosen(OWN), "金秋助学") == [
        ("notice_list.programme", str(office.number(OWN)))
    ]
    number = office.publish(office.chosen(FOREIGN), EVERYWHERE)
    for unknown in (number, 99, 0, -1, 2**70):
        with pytest.raises(FaultError):
            load_published_list(office.wiring, SCOPE, unknown)
    assert list_published_lists(office.wiring, SCOPE) == []


def test_an_erased_person_leaves_every_list(office: Office) -> None:
    number = office.publish(office.chosen(*MEMBERS))
    erase_member_data(office.wiring, OWN, "li.min", "本人要求")
    shown = load_published_list(office.wiring, SCOPE, number)
    assert {line.listed.member for line in shown.lines} == set(MEMBERS[1:])
