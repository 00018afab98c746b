"""Whoever could log in as a colleague is not that colleague's second person, and a new log-in waits."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from core.faults import FaultError
from store import Database
from tests.yihui.refusals import faults_of
from tools.servers.officers import NOW
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.officers import OfficerRecord, insert_appointment, insert_officer
from yihui.access.roles import Right, Role
from yihui.access.second_person import Step, TwoStepTerms, check_second_person
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.services.access.officer_accounts import confirm_accounts, link_identity, renew_setup
from yihui.services.access.officer_appointments import (
    RequestedAppointment,
    add_officer,
    appoint_officer,
    end_officer_for_good,
    withdraw_role,
)

ROOT = Actor("console:root", "console:root", ActorKind.CONSOLE)
ISSUER = "https://id.example/realms/union"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUST = timedelta(seconds=1)


class Union:
    """Officers whose accounts the console opened a week ago; ``sun`` and ``qian`` are administrators, who confirmed them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.now = NOW - 9 * DAY
        self.wiring: Wiring = build_wiring(
            load_settings({"YIHUI_DATA_FOLDER": str(folder)}, database.target), lambda: self.now
        )
        self.wiring.__dict__["database"] = database
        for name in ("sun", "qian"):
            add_officer(self.wiring, ROOT, name, "市总")
        self.appoint("qian", Role.ADMINISTRATOR)
        self.now = NOW - 7 * DAY
        for name in ("li", "wang", "zhao"):
            add_officer(self.wiring, ROOT, name, "市总")
            if name == "wang":
                self.appoint(name, Role.FINANCE_RELEASER)
            self.confirm(name)
        self.now = NOW

    def appoint(self, name: str, role: Role, by: Actor = ROOT, place: str = "370000") -> None:
        appoint_officer(self.wiring, by, RequestedAppointment(name, role.value, place))

    def confirm(self, name: str, by: str = "qian") -> None:
        confirm_accounts(self.wiring, self.administrator(by), name)

    def administrator(self, name: str) -> Actor:
        held = Assignment(Role.ADMINISTRATOR, "370000", date(2026, 1, 1))
        return Actor(name, name, ActorKind.OFFICER, (held,), self.now)

    def refusals(self, first: str, second: str, at: datetime, wait: timedelta = DAY) -> list[str]:
        steps = Step(first, at, Right.PREPARE_MONEY), Step(second, at, Right.RELEASE_MONEY)
        with self.wiring.database.read() as connection:
            try:
                check_second_person(connection, *steps, TwoStepTerms(wait))
            except FaultError as refused:
                return [fault.code.removeprefix("second_person.") for fault in refused.faults]
        return []


@pytest.fixture
def union(database: Database, tmp_path: Path) -> Union:
    return Union(database, tmp_path)


def renew(union: Union, by: Actor) -> None:
    renew_setup(union.wiring, by, "wang")
    union.confirm("wang", "sun" if by.id == "qian" else "qian")


def link(union: Union, by: Actor) -> None:
    link_identity(union.wiring, by, "wang", ISSUER, "sub-of-somebody")
    union.confirm("wang", "sun" if by.id == "qian" else "qian")


@pytest.mark.parametrize("open_account", [renew, link])
def test_whoever_opened_the_account_of_a_colleague_is_never_the_other_person(
    union: Union, open_account: Callable[[Union, Actor], None]
) -> None:
    assert union.refusals("sun", "wang", NOW) == []
    open_account(union, union.administrator("sun"))
    for later in (NOW, NOW + 2 * DAY, NOW + 400 * DAY):
        assert union.refusals("sun", "wang", later) == ["opened"], "sun could be wang"
        assert union.refusals("wang", "sun", later) == ["opened"], "sun could have begun as wang"
    assert union.refusals("li", "wang", NOW + DAY) == []


@pytest.mark.parametrize("open_account", [renew, link])
def test_an_account_that_was_opened_lately_waits_in_both_steps(
    union: Union, open_account: Callable[[Union, Actor], None]
) -> None:
    open_account(union, union.administrator("sun"))
    for first, second in (("li", "wang"), ("wang", "li")):
        assert union.refusals(first, second, NOW + DAY - JUST) == ["new_login"]
        assert union.refusals(first, second, NOW + DAY) == []
        assert union.refusals(first, second, NOW + 3 * HOUR, wait=2 * HOUR) == []


def test_the_console_opens_accounts_too_and_they_wait(union: Union) -> None:
    renew(union, ROOT)
    assert union.refusals("li", "wang", NOW + HOUR) == ["new_login"]
    assert union.refusals("li", "wang", NOW + DAY) == []


def test_who_is_one_person_with_the_opener_is_none_either(union: Union) -> None:
    union.now = NOW - 6 * DAY
    add_officer(union.wiring, ROOT, "sun2", "市总", subject="sun")
    union.confirm("sun2")
    union.now = NOW
    renew(union, union.administrator("sun"))
    assert union.refusals("sun2", "wang", NOW + 2 * DAY) == ["opened"]
    with union.wiring.database.write() as connection:  # zhao stands in for sun
        held = Assignment(Role.ADMINISTRATOR, "370000", NOW.date(), NOW.date() + 9 * DAY, "sun")
        insert_appointment(connection, "zhao", held, "console:root", NOW - 6 * DAY)
    assert union.refusals("zhao", "wang", NOW + 2 * DAY) == ["opened"]


def test_another_administrator_opens_the_account_anew_and_takes_it_from_the_first(union: Union) -> None:
    renew(union, union.administrator("sun"))
    union.now = NOW + DAY
    renew(union, union.administrator("qian"))
    assert union.refusals("sun", "wang", NOW + DAY) == ["new_login"]
    assert union.refusals("sun", "wang", NOW + 2 * DAY) == []
    assert union.refusals("qian", "wang", NOW + 2 * DAY) == ["opened"]
    link(union, union.administrator("sun"))  # each way to log in counts
    assert union.refusals("sun", "wang", NOW + 9 * DAY) == ["opened"]


def test_an_officer_who_opens_the_own_account_does_not_hide_who_opened_it_before(union: Union) -> None:
    renew(union, union.administrator("sun"))
    renew_setup(union.wiring, union.administrator("wang"), "wang")
    assert union.refusals("sun", "wang", NOW + 2 * DAY) == ["opened"]


def test_a_new_officer_waits_and_is_never_the_second_person_of_who_added_them(union: Union) -> None:
    add_officer(union.wiring, union.administrator("sun"), "zhou", "市总")
    union.confirm("zhou")
    assert union.refusals("li", "zhou", NOW + HOUR) == ["new_login"]
    assert union.refusals("sun", "zhou", NOW + 9 * DAY) == ["opened"]


def test_two_accounts_that_one_administrator_opened_are_two_persons_once_another_confirmed_them(
    union: Union,
) -> None:
    sun = union.administrator("sun")
    for name in ("zhou", "wu"):
        add_officer(union.wiring, sun, name, "市总")
    appoint_officer(union.wiring, sun, RequestedAppointment("wu", "administrator", "370000"))
    assert union.refusals("zhou", "wu", NOW + 9 * DAY) == ["unconfirmed"] * 2
    union.now = NOW + 2 * DAY
    for by, code in (
        ("sun", "second_person.same"),
        ("wu", "second_person.opened"),
        ("zhou", "officers.oneself"),
    ):
        assert faults_of(union.confirm, "zhou", by)[0].code == code
    assert faults_of(confirm_accounts, union.wiring, ROOT, "zhou")[0].code == "second_person.console"
    union.confirm("zhou")
    union.confirm("wu")
    assert union.refusals("zhou", "wu", NOW + 9 * DAY) == []


def test_the_console_founds_two_administrators_and_one_again_when_none_is_left(union: Union) -> None:
    add_officer(union.wiring, ROOT, "third", "市总")
    union.appoint("third", Role.ADMINISTRATOR)
    assert union.refusals("sun", "qian", NOW) == []
    assert union.refusals("sun", "third", NOW + 2 * DAY) == ["unconfirmed"]
    renew_setup(union.wiring, ROOT, "sun")
    assert union.refusals("sun", "qian", NOW + 2 * DAY) == ["unconfirmed"]
    with union.wiring.database.write() as connection:  # neither may confirm an officer of the province
        ended = Assignment(Role.ADMINISTRATOR, "370000", NOW.date() - 9 * DAY, NOW.date() - DAY)
        insert_appointment(connection, "wang", ended, "console:root", NOW - 9 * DAY)
        of_a_city = Assignment(Role.ADMINISTRATOR, "370100", NOW.date())
        insert_appointment(connection, "li", of_a_city, "console:root", NOW)
    renew_setup(union.wiring, ROOT, "qian")
    assert union.refusals("sun", "qian", NOW + 2 * DAY) == ["unconfirmed"], "of sun alone"


def test_the_first_money_role_is_confirmed_anew_if_the_opener_of_the_account_gives_it(union: Union) -> None:
    sun = union.administrator("sun")
    add_officer(union.wiring, sun, "zhou", "市总")
    union.appoint("zhou", Role.PLANNER, sun)
    union.confirm("zhou")
    for role, refused in ((Role.FINANCE_RELEASER, ["unconfirmed"]), (Role.FINANCE_PREPARER, [])):
        union.appoint("zhou", role, sun)
        assert union.refusals("li", "zhou", NOW + 2 * DAY) == refused
        if refused:
            union.confirm("zhou")
    for role in ("finance_releaser", "finance_preparer"):
        withdraw_role(union.wiring, sun, "zhou", role, "370000", "调岗")
    union.appoint("zhou", Role.FINANCE_RELEASER, sun)
    assert "unconfirmed" in union.refusals("li", "zhou", NOW + 2 * DAY), "what was withdrawn is no role"


def test_a_new_role_waits_unless_an_older_one_gave_the_same_right_there(union: Union) -> None:
    union.appoint("zhao", Role.FINANCE_RELEASER, union.administrator("sun"))
    assert union.refusals("li", "zhao", NOW + HOUR) == ["new_role"]
    assert union.refusals("li", "zhao", NOW + DAY) == []
    union.appoint("zhao", Role.PLANNER, union.administrator("sun"))
    assert union.refusals("zhao", "wang", NOW + HOUR) == [], "the first step's roles don't wait"
    with union.wiring.database.write() as connection:  # wang's role is prolonged
        held = Assignment(Role.FINANCE_RELEASER, "370000", date(2027, 1, 1))
        insert_appointment(connection, "wang", held, "sun", NOW)
    assert union.refusals("li", "wang", NOW + HOUR) == []
    with union.wiring.database.write() as connection:
        held = Assignment(Role.FINANCE_RELEASER, "370200", NOW.date())
        insert_appointment(connection, "wang", held, "sun", NOW)
    assert union.refusals("li", "wang", NOW + HOUR) == ["new_role"], "another place"


def test_an_officer_who_left_is_still_told_apart(union: Union) -> None:
    renew(union, union.administrator("sun"))
    end_officer_for_good(union.wiring, ROOT, "sun", "退休")
    assert union.refusals("li", "sun", NOW + 2 * DAY) == []
    assert union.refusals("sun", "wang", NOW + 2 * DAY) == ["opened"]


@pytest.mark.parametrize("order", [("nobody", "wang"), ("wang", "nobody")])
def test_an_officer_who_never_had_an_account_is_neither_person(union: Union, order: tuple[str, str]) -> None:
    with union.wiring.database.write() as connection:
        insert_officer(connection, OfficerRecord("nobody", "nobody", "市总", "root", NOW - 9 * DAY))
    assert union.refusals(*order, NOW) == ["no_account"]
