"""A rule is its owner's: nobody takes it over from another place, whatever his file states and however it states it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.faults import FaultError
from store import Database
from yihui.access.acting import Acting, acting_as
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import AuditEntry
from yihui.access.officers import OfficerRecord, insert_appointment, insert_officer, withdraw_appointment
from yihui.access.roles import Right, Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import PROVINCE_CODE, Settings, Wiring, build_wiring
from yihui.services.access.act_places import find_act_places, owners_of_rule
from yihui.services.access.authorisation import authorise_actor
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService
from yihui.services.rules.lookup import draft_rule
from yihui.services.rules.rules import SHIPPED_RULES

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
TODAY = date(2026, 10, 9)
DISTRICT = "370202"


def author(place: str) -> Actor:
    return Actor("wang", "wang", ActorKind.OFFICER, (Assignment(Role.RULE_AUTHOR, place, TODAY),), NOW)


@pytest.fixture
def wiring(database: Database, tmp_path: Path) -> Wiring:
    built = build_wiring(Settings(database.target, tmp_path, (SHIPPED_RULES,)), lambda: NOW)
    built.__dict__["database"] = database
    return built


def own_version(wiring: Wiring) -> RuleFile:
    """The province's rule, as a district would have it."""
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    text = draft.text.replace(f'owner: "{PROVINCE_CODE}"', f'owner: "{DISTRICT}"')
    assert text != draft.text
    return RuleFile("rule.yaml", text, draft.tables)


def test_a_district_submits_no_version_of_the_provinces_rule(wiring: Wiring) -> None:
    file = own_version(wiring)
    with pytest.raises(FaultError) as refused:
        submit_version(wiring, author(DISTRICT), file, takes_over=True)
    assert [fault.code for fault in refused.value.faults] == ["authorisation.elsewhere"]
    waiting = submit_version(wiring, author(PROVINCE_CODE), file, takes_over=True).candidate.stated.hash
    for named in ("birthday-cake", waiting):  # who stops the rule, and who approves the version
        assert set(find_act_places(wiring, "rule", named)) == {PROVINCE_CODE, DISTRICT}


def test_the_place_of_a_rule_is_its_stated_owner_and_not_one_in_another_text(
    wiring: Wiring,
) -> None:
    text = f'"owner": "{PROVINCE_CODE}"\ntitle: "x\n\nowner: {DISTRICT}\n\n"\n'
    with wiring.database.read() as connection:
        assert owners_of_rule(wiring, connection, text) == [PROVINCE_CODE]
        assert set(owners_of_rule(wiring, connection, own_version(wiring).text)) == {PROVINCE_CODE, DISTRICT}


def test_an_officer_approves_a_version_while_its_author_may_write_rules(
    wiring: Wiring,
) -> None:
    earlier = NOW - timedelta(days=7)
    with wiring.database.write() as connection:
        for name in ("wang", "zhao"):
            insert_officer(connection, OfficerRecord(name, name, "市总", "console:root", earlier))
        held = Assignment(Role.RULE_AUTHOR, PROVINCE_CODE, TODAY)
        number = insert_appointment(connection, "wang", held, "console:root", earlier)
    file = own_version(wiring)
    waiting = submit_version(wiring, author(PROVINCE_CODE), file, takes_over=True).candidate.stated.hash

    def refusal(who: str) -> list[str]:
        with pytest.raises(FaultError) as refused:
            RuleService(wiring).approve(waiting, who, seen=True)
        return [fault.code for fault in refused.value.faults]

    assert refusal("console:root") == refusal("console:wang") == ["second_person.console"]
    assert refusal("li.min") == ["second_person.no_officer"]
    with wiring.database.write() as connection:
        withdraw_appointment(connection, number, "console:root", NOW)
    assert refusal("zhao") == ["second_person.first_right"]
    with wiring.database.write() as connection:
        insert_appointment(connection, "wang", held, "console:root", NOW)
    approver = Assignment(Role.RULE_APPROVER, PROVINCE_CODE, TODAY)
    zhao = Actor("zhao", "zhao", ActorKind.OFFICER, (approver,), NOW)
    with acting_as(Acting(zhao, TODAY, AuditEntry("rules.approve.approve", "form", "a-key"))):
        authorise_actor(wiring, zhao, Right.APPROVE_RULES, PROVINCE_CODE)
        done = RuleService(wiring).approve(waiting, "zhao", seen=True)
    assert done.candidate.stated.hash == waiting
    with wiring.database.read() as connection:
        query = select(audit_entries.c.actor, audit_entries.c.role).order_by(audit_entries.c.sequence.desc())
        assert tuple(connection.execute(query.limit(1)).one()) == ("zhao", "rule_approver"), (
            "not the author's"
        )
