"""Two people: never the same one twice, by name, by person or by deputyship; and one effect for one proposal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import benefits
from benefits import Officer
from core.faults import FaultError
from store import Database
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.officers import OfficerRecord, insert_appointment, insert_officer, withdraw_appointment
from yihui.access.roles import Role
from yihui.access.second_person import check_second_person
from yihui.access.tables import audit_entries, pending_acts
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.services.approvals import confirm_proposal, list_proposals, refuse_proposal
from yihui.services.ledger import set_budget_amount

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
TODAY = date(2026, 10, 9)
DAY = timedelta(days=1)


def trusted(name: str) -> Actor:
    return Actor(name, name, ActorKind.DEMO)


def releaser(name: str, organisation: str = "370000", role: Role = Role.FINANCE_RELEASER) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, organisation, TODAY),), NOW)


@pytest.fixture
def wiring(database: Database, tmp_path: Path) -> Wiring:
    built = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}, database.target), lambda: NOW)
    built.__dict__["database"] = database
    assert set_budget_amount(built, "cakes", "1000", "li", "年度") is None, (
        "the first amount limits: one officer"
    )
    return built


def ceiling(wiring: Wiring) -> int | None:
    with wiring.database.read() as connection:
        [budget] = benefits.list_budgets(connection)
    return budget.ceiling_fen


def codes_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(FaultError) as refused:
        act()
    return [fault.code for fault in refused.value.faults]


def raise_to(wiring: Wiring, yuan: str, by: str = "li") -> int:
    proposed = set_budget_amount(wiring, "cakes", yuan, by, "追加")
    assert proposed is not None
    return proposed.number


def test_a_raise_holds_only_after_a_second_officer_confirms_and_lowering_needs_one(wiring: Wiring) -> None:
    number = raise_to(wiring, "2000")
    assert ceiling(wiring) == 100_000
    for same in ("li", "LI"):
        assert codes_of(lambda s=same: confirm_proposal(wiring, trusted(s), number)) == ["second_person.same"]  # type: ignore[misc]
    assert ceiling(wiring) == 100_000
    assert confirm_proposal(wiring, trusted("wang"), number).act.state == "confirmed"
    assert ceiling(wiring) == 200_000
    assert codes_of(lambda: confirm_proposal(wiring, trusted("zhao"), number)) == ["pending_act.decided"]
    assert set_budget_amount(wiring, "cakes", "500", "li", "减少") is None
    assert ceiling(wiring) == 50_000
    with wiring.database.read() as connection:
        [entry] = connection.execute(select(audit_entries)).all()
    assert (entry.actor, entry.object_id, entry.act) == (
        "wang",
        str(number),
        "money.raise_budgets: confirmed",
    )


def test_the_same_user_of_the_operating_system_is_no_second_person(wiring: Wiring) -> None:
    number = raise_to(wiring, "2000", "console:root")
    root = Actor("console:root", "console:root", ActorKind.CONSOLE)
    assert codes_of(lambda: confirm_proposal(wiring, root, number)) == ["second_person.same"]
    confirm_proposal(wiring, Actor("console:wang", "console:wang", ActorKind.CONSOLE), number)


def test_an_officer_confirms_only_with_the_right_there_and_after_a_fresh_login(wiring: Wiring) -> None:
    number = raise_to(wiring, "2000")
    author = releaser("wang", role=Role.RULE_AUTHOR)
    assert codes_of(lambda: confirm_proposal(wiring, author, number)) == ["authorisation.no_role"]
    of_a_city = releaser("wang", "370200")
    assert codes_of(lambda: confirm_proposal(wiring, of_a_city, number)) == ["authorisation.elsewhere"]
    stale = Actor("wang", "wang", ActorKind.OFFICER, of_a_city.assignments, NOW - timedelta(hours=1))
    assert codes_of(lambda: confirm_proposal(wiring, stale, number))
    confirm_proposal(wiring, releaser("wang"), number)
    assert ceiling(wiring) == 200_000


def test_a_refused_or_outdated_proposal_never_takes_effect(wiring: Wiring) -> None:
    number = raise_to(wiring, "2000")
    assert codes_of(lambda: raise_to(wiring, "3000")) == ["pending_act.waits"]
    assert codes_of(lambda: refuse_proposal(wiring, trusted("wang"), number, " ")) == ["officer.no_reason"]
    refuse_proposal(wiring, trusted("li"), number, "写错了")  # one's own may be withdrawn
    assert codes_of(lambda: confirm_proposal(wiring, trusted("wang"), number)) == ["pending_act.decided"]
    second = raise_to(wiring, "3000")
    set_budget_amount(wiring, "cakes", "900", "zhao", "减少")
    assert codes_of(lambda: confirm_proposal(wiring, trusted("wang"), second)) == ["pending_act.outdated"]
    assert ceiling(wiring) == 90_000
    assert [one.number for one in list_proposals(wiring)] == [second], "a refusal rolls its decision back"
    assert codes_of(lambda: confirm_proposal(wiring, trusted("wang"), 999)) == ["pending_act.unknown"]


def test_two_confirmations_at_once_have_one_effect(wiring: Wiring) -> None:
    number = raise_to(wiring, "2000")

    def confirm(name: str) -> str:
        try:
            return confirm_proposal(wiring, trusted(name), number).act.state
        except FaultError as refused:
            return refused.faults[0].code

    with ThreadPoolExecutor(4) as threads:
        states = sorted(threads.map(confirm, ("wang", "zhao", "sun", "qian")))
    assert states == ["confirmed", *["pending_act.decided"] * 3]
    with wiring.database.read() as connection:
        raises = [act for act in benefits.list_acts(connection) if act.kind == "budget_set"]
        assert len(connection.execute(select(pending_acts)).all()) == 1
    assert len(raises) == 2, "the first amount and one raise"


def test_the_database_itself_refuses_one_person_twice(wiring: Wiring) -> None:
    number = raise_to(wiring, "2000")
    with pytest.raises(Exception, match="two_people"), wiring.database.write() as connection:
        connection.execute(
            pending_acts.update()
            .where(pending_acts.c.number == number)
            .values(state="confirmed", decided_by="li", decided_at=NOW)
        )


def officers(database: Database, *names: str, subject: str = "") -> None:
    with database.write() as connection:
        for name in names:
            insert_officer(connection, OfficerRecord(name, subject or name, "市总", "console:root", NOW))


def deputise(
    database: Database,
    who: str,
    principal: str,
    until: date = TODAY,
    since: date = TODAY,
    role: Role = Role.PLANNER,
) -> int:
    with database.write() as connection:
        held = Assignment(role, "370000", since, until, principal)
        return insert_appointment(connection, who, held, "console:root", NOW - DAY)


def likeness(
    database: Database, first: str, second: str, first_at: datetime = NOW, now: datetime = NOW
) -> str | None:
    with database.read() as connection:
        try:
            check_second_person(connection, first, first_at, second, now)
        except FaultError as refused:
            return refused.faults[0].code.removeprefix("second_person.")
    return None


def test_two_officers_of_one_subject_are_one_person(database: Database) -> None:
    officers(database, "li", "wang")
    officers(database, "li2", subject="li")
    assert likeness(database, "li", "li2") == likeness(database, "LI2", "li") == "same_subject"
    assert likeness(database, "li", "wang") is None
    assert likeness(database, "console:li", "li") is None


def test_a_deputy_counts_as_both_persons_whichever_way_round(database: Database) -> None:
    officers(database, "li", "wang", "zhao", "sun")
    officers(database, "li2", subject="li")
    deputise(database, "wang", "li")
    deputise(database, "zhao", "li")
    assert likeness(database, "li", "wang") == likeness(database, "wang", "li") == "deputy"
    assert likeness(database, "li2", "wang") == "deputy", "the deputy of the person's other name"
    assert likeness(database, "wang", "zhao") == "deputy", "both stand in for li"
    assert likeness(database, "sun", "wang") is None
    assert likeness(database, "sun", "li") is None


def test_a_deputyship_counts_from_the_first_step_to_the_second(database: Database) -> None:
    officers(database, "li", "wang")
    number = deputise(database, "wang", "li", since=TODAY + DAY, until=TODAY + 3 * DAY)
    later = NOW + 2 * DAY
    assert likeness(database, "li", "wang") is None, "it has not begun"
    assert likeness(database, "li", "wang", NOW, later) == "deputy", "it began in between"
    assert likeness(database, "li", "wang", NOW, NOW + 9 * DAY) == "deputy", "it ended in between"
    assert likeness(database, "li", "wang", NOW + 4 * DAY, NOW + 9 * DAY) is None, "it was over"
    with database.write() as connection:
        withdraw_appointment(connection, number, "console:root", later)
    assert likeness(database, "li", "wang", NOW, later + DAY) == "deputy", "withdrawn in between"
    assert likeness(database, "li", "wang", later + timedelta(hours=1), later + DAY) is None


def test_the_core_compares_names_whatever_their_capitals() -> None:
    assert benefits.is_same_officer("Li.Min", "li.min")
    assert not benefits.is_same_officer("li.min", "li.ming")
    assert Officer("console:root", NOW, TODAY).who == "console:root"
    for name in (
        "console:",
        "console:a",
        "console:" + "a" * 25,
        "sender:root",
        "console:13812345678",
        "root:console",
    ):
        with pytest.raises(benefits.ActRefused):
            Officer(name, NOW, TODAY)
