"""Two people: never the same one twice, by name, by person or by deputyship; and one effect for one proposal."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import benefits
from benefits.officers import Officer, is_same_officer
from core.faults import FaultError
from store import Database
from tests.guards import lift_guards
from tests.transactions import read_in, rows_in, write_in
from tests.yihui.nouns import count_waiting, do, list_rows, show
from tests.yihui.refusals import codes, do_at_once
from yihui.access.accounts import insert_account
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.officers import OfficerRecord, insert_appointment, insert_officer, withdraw_appointment
from yihui.access.pending_acts import LIFETIME, PendingKind, propose_pending_act
from yihui.access.roles import Right, Role
from yihui.access.second_person import Step, check_second_person
from yihui.access.tables import audit_entries, pending_acts
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.money.approvals import STOPS
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.rules.life import propose_resuming, stop_rule_at_once
from yihui.services.rules.rules import SHIPPED_RULES

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
TODAY = date(2026, 10, 9)
DAY = timedelta(days=1)
CAKE = "birthday-cake"


def trusted(name: str) -> Actor:
    return Actor(name, name, ActorKind.DEMO)


def approver(name: str, organisation: str = "370000", role: Role = Role.RULE_APPROVER) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, organisation, TODAY),), NOW)


@pytest.fixture
def wiring(database: Database, tmp_path: Path) -> Wiring:
    settings = Settings(database.target, tmp_path, rules=(SHIPPED_RULES,))
    built = build_wiring(settings, lambda: NOW)
    built.__dict__["database"] = database
    stop_rule_at_once(built, CAKE, "sun", "查")
    return built


def is_stopped(wiring: Wiring) -> bool:
    return CAKE in read_in(wiring.database, benefits.read_rule_stops)


def propose(wiring: Wiring, by: str = "li") -> int:
    return propose_resuming(wiring, CAKE, by, "恢复").number


def confirm(wiring: Wiring, actor: Actor, number: int, **typed: str) -> str:
    """Confirm a proposal; return its state."""
    do(wiring, actor, STOPS.find_act("confirm"), number, **typed)
    return str(show(wiring, actor, STOPS, number)["state"])


def refuse(wiring: Wiring, actor: Actor, number: int, reason: str, act: str = "refuse") -> None:
    do(wiring, actor, STOPS.find_act(act), number, reason=reason)


def waiting(wiring: Wiring, actor: Actor, **asked: str) -> list[int]:
    return [one.act.number for one in list_rows(wiring, actor, STOPS, **asked)]


def test_a_stop_ends_only_after_a_second_officer_confirms(wiring: Wiring) -> None:
    number = propose(wiring)
    assert is_stopped(wiring)
    for same in ("li", "LI"):
        assert codes(confirm, wiring, trusted(same), number) == ["second_person.same"]
    assert is_stopped(wiring)
    assert confirm(wiring, trusted("wang"), number) == "confirmed"
    assert not is_stopped(wiring)
    assert codes(confirm, wiring, trusted("zhao"), number) == ["pending_act.decided"]
    [entry] = rows_in(wiring.database, select(audit_entries))
    assert (entry.actor, entry.object_id, entry.act) == (
        "wang",
        str(number),
        "rules.lift_stop.confirmed",
    )


def console(name: str) -> Actor:
    return Actor(f"console:{name}", f"console:{name}", ActorKind.CONSOLE)


def test_a_user_of_the_operating_system_is_neither_the_first_nor_the_second_person(wiring: Wiring) -> None:
    assert codes(propose, wiring, "console:root") == ["second_person.console"]
    assert waiting(wiring, console("root")) == [], "nothing waits that nobody could confirm"
    number = propose(wiring)
    for name in ("li", "root"):
        assert codes(confirm, wiring, console(name), number) == ["second_person.console"]
    assert is_stopped(wiring)


def test_in_a_demo_one_visitor_plays_both_persons_under_two_names(wiring: Wiring) -> None:
    (wiring.data_folder / DEMO_MARKER_FILE).touch()
    number = propose(wiring, "console:root")
    assert codes(confirm, wiring, console("root"), number) == ["second_person.same"]
    confirm(wiring, trusted("wang"), number)
    assert not is_stopped(wiring)


def test_where_there_are_officers_a_name_that_no_officer_has_is_no_person(wiring: Wiring) -> None:
    number = propose(wiring, "gh-001")  # as before officers logged in
    officers(wiring.database, "wang")
    assert codes(confirm, wiring, approver("wang"), number) == ["second_person.no_officer"]
    assert codes(propose, wiring, "gh-002") == ["second_person.no_officer"]


def test_the_first_person_must_still_hold_the_right(wiring: Wiring) -> None:
    officers(wiring.database, "li", "wang")
    number = propose(wiring)
    lost = ["second_person.first_right"]
    assert codes(confirm, wiring, approver("wang"), number) == lost
    with wiring.database.write() as connection:
        held = Assignment(Role.RULE_AUTHOR, "370000", TODAY)
        appointment = insert_appointment(connection, "li", held, "console:root", NOW)
    write_in(wiring.database, withdraw_appointment, appointment, "console:root", NOW)
    assert codes(confirm, wiring, approver("wang"), number) == lost
    write_in(wiring.database, insert_appointment, "li", held, "console:root", NOW)
    confirm(wiring, approver("wang"), number)
    assert not is_stopped(wiring)
    with wiring.database.read() as connection:
        query = select(audit_entries.c.object_kind, audit_entries.c.organisation)
        newest = connection.execute(query.order_by(audit_entries.c.sequence.desc()).limit(1)).one()
    assert tuple(newest) == ("pending_act", "370000"), "its auditors read it"


def test_a_proposal_expires_and_gives_way_to_a_new_one(wiring: Wiring) -> None:
    old, expired = propose(wiring), NOW + LIFETIME + timedelta(seconds=1)
    wiring.now = lambda: expired
    assert codes(confirm, wiring, trusted("wang"), old) == ["pending_act.expired"]
    new = propose(wiring)
    assert waiting(wiring, trusted("wang")) == [new]
    assert codes(confirm, wiring, trusted("wang"), old) == ["pending_act.decided"]
    wiring.now = lambda: expired + LIFETIME
    confirm(wiring, trusted("wang"), new)
    assert not is_stopped(wiring)


def test_what_is_confirmed_is_what_was_proposed_and_seen(wiring: Wiring) -> None:
    number = propose(wiring)
    [proposed] = list_rows(wiring, trusted("wang"), STOPS)
    terms = json.dumps({"version": None, "stopped_by_act": 99})
    change = pending_acts.update().where(pending_acts.c.number == number)
    with pytest.raises(Exception, match="only ever added"), wiring.database.write() as connection:
        connection.execute(change.values(terms=terms))
    with pytest.raises(Exception, match="only ever added"), wiring.database.write() as connection:
        connection.execute(pending_acts.delete())
    altered, wang = ["pending_act.altered"], trusted("wang")
    assert codes(confirm, wiring, wang, number, digest="0" * 64) == altered
    assert codes(confirm, wiring, wang, number, digest="") == altered
    unseen = codes(do, wiring, wang, STOPS.find_act("confirm"), number, seen=1)
    assert unseen == altered, "a page or a program that leaves the digest out has seen nothing"
    with wiring.database.write() as connection:
        lift_guards(connection)
        connection.execute(change.values(terms=terms))
    assert codes(confirm, wiring, wang, number, digest=proposed.act.digest) == altered
    assert codes(confirm, wiring, wang, number) == altered
    assert is_stopped(wiring)
    refuse(wiring, wang, number, "内容不对")


def test_the_number_of_a_budgets_change_is_none_of_a_rules(wiring: Wiring) -> None:
    proposed, terms = ("li", "追加", NOW), {"amount_fen": 2, "before_fen": 1}
    with wiring.database.write() as connection:
        change = propose_pending_act(connection, PendingKind.BUDGET_CHANGE, "tea", terms, proposed)
    assert codes(confirm, wiring, trusted("wang"), change.number) == ["thing.unknown"]
    assert codes(refuse, wiring, trusted("li"), change.number, "撤") == ["thing.unknown"]


def test_an_officer_confirms_only_with_the_right_there_and_after_a_fresh_login(wiring: Wiring) -> None:
    number = propose(wiring)
    author = approver("wang", role=Role.RULE_AUTHOR)
    assert codes(confirm, wiring, author, number) == ["authorisation.no_role"]
    of_a_city = approver("wang", "370200")
    assert codes(confirm, wiring, of_a_city, number) == ["authorisation.elsewhere"]
    stale = Actor("wang", "wang", ActorKind.OFFICER, of_a_city.assignments, NOW - timedelta(hours=1))
    assert codes(confirm, wiring, stale, number)
    confirm(wiring, approver("wang"), number)
    assert not is_stopped(wiring)


def test_a_refused_or_outdated_proposal_never_takes_effect(wiring: Wiring) -> None:
    number = propose(wiring)
    assert codes(propose, wiring) == ["pending_act.waits"]
    assert codes(refuse, wiring, trusted("wang"), number, "写错了", "withdraw") == ["pending_act.not_own"]
    refuse(wiring, trusted("li"), number, "写错了", "withdraw")
    assert codes(confirm, wiring, trusted("wang"), number) == ["pending_act.decided"]
    second = propose(wiring)
    with wiring.database.write() as connection:
        benefits.lift_rule_stop(connection, Officer("zhao", NOW, TODAY, "恢复"), CAKE, None)
    stop_rule_at_once(wiring, CAKE, "zhao", "又查")
    assert codes(confirm, wiring, trusted("wang"), second) == ["pending_act.outdated"]
    assert is_stopped(wiring)
    assert waiting(wiring, trusted("wang")) == [second], "a refusal rolls its decision back"
    assert codes(confirm, wiring, trusted("wang"), 999) == ["thing.unknown"]


@pytest.mark.both_databases
def test_two_confirmations_at_once_have_one_effect(wiring: Wiring) -> None:
    number = propose(wiring)
    names = ("wang", "zhao", "sun", "qian")
    states = do_at_once(lambda name: confirm(wiring, trusted(name), number), names)
    assert sorted(states) == ["confirmed", *["pending_act.decided"] * 3]
    with wiring.database.read() as connection:
        ends = [act for act in benefits.list_acts(connection) if act.kind == "resumed"]
        assert len(connection.execute(select(pending_acts)).all()) == 1
    assert len(ends) == 1


def test_an_officer_sees_proposals_of_the_own_places_and_own_ones(wiring: Wiring) -> None:
    whole = propose(wiring)
    with wiring.database.write() as connection:
        of_the_city = propose_pending_act(
            connection, PendingKind.STOP_LIFT, "cooling@370200", {"version": None}, ("zhao", "恢复", NOW)
        ).number

    def seen_by(actor: Actor) -> dict[int, bool]:
        found = waiting(wiring, actor)
        may = {number: "confirm" in show(wiring, actor, STOPS, number)["acts"] for number in found}
        assert count_waiting(wiring, actor, STOPS) == sum(may.values())
        for hidden in {whole, of_the_city} - set(found):
            assert codes(show, wiring, actor, STOPS, hidden) == ["thing.unknown"]
        return may

    stopper, auditor = Role.RULE_AUTHOR, Role.AUDITOR
    assert seen_by(approver("wang", role=Role.FINANCE_RELEASER)) == {}
    assert seen_by(approver("wang")) == {whole: True, of_the_city: True}
    assert seen_by(approver("wang", "370200")) == {of_the_city: True}
    assert seen_by(approver("wang", "370200", stopper)) == {of_the_city: False}, "who could propose it"
    assert seen_by(approver("zhao", "370200")) == {of_the_city: False}, "one's own"
    assert seen_by(approver("zhao", "370100")) == {of_the_city: False}, "one's own, to withdraw it"
    assert seen_by(approver("wang", "370100")) == {}
    assert seen_by(approver("wang", "370200", auditor)) == {of_the_city: False}
    assert seen_by(approver("wang", role=auditor)) == {whole: False, of_the_city: False}
    assert seen_by(trusted("wang")) == {whole: True, of_the_city: True}


def test_the_database_itself_refuses_one_person_twice(wiring: Wiring) -> None:
    number = propose(wiring)
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
            insert_account(connection, name, "", name, name, NOW)


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
            steps = (
                Step(first, first_at, Right.PREPARE_MONEY),
                Step(second, now, Right.RELEASE_MONEY),
            )
            check_second_person(connection, *steps)
        except FaultError as refused:
            return refused.faults[0].code.removeprefix("second_person.")
    return None


def test_two_officers_of_one_subject_are_one_person(database: Database) -> None:
    officers(database, "li", "wang")
    officers(database, "li2", subject="li")
    assert likeness(database, "li", "li2") == likeness(database, "LI2", "li") == "same_subject"
    assert likeness(database, "li", "wang") is None
    assert likeness(database, "console:li", "li") == likeness(database, "li", "console:wang") == "console"
    assert likeness(database, "console:li", "console:wang") == "console", "one shell is both"


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
    write_in(database, withdraw_appointment, number, "console:root", later)
    assert likeness(database, "li", "wang", NOW, later + DAY) == "deputy", "withdrawn in between"
    assert likeness(database, "li", "wang", later + timedelta(hours=1), later + DAY) is None


def test_the_core_compares_names_whatever_their_capitals() -> None:
    assert is_same_officer("Li.Min", "li.min")
    assert not is_same_officer("li.min", "li.ming")
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


def test_an_officer_lists_what_lies_in_the_own_scope_and_the_console_all(wiring: Wiring) -> None:
    number = propose(wiring)
    above, below = approver("sun"), approver("sun", "370102")
    assert waiting(wiring, above) == waiting(wiring, console("root")) == [number]
    assert waiting(wiring, below) == [] == waiting(wiring, below, state="all")
    refuse(wiring, trusted("li"), number, "撤回", "withdraw")
    assert waiting(wiring, above) == []
    assert waiting(wiring, above, state="all") == [number]
