"""Each transaction of an act authorises its actor again: what ended since the door's check refuses it, unwritten."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select, text

from benefits import Merchant, add_merchant
from benefits.tables.vouchers import merchants
from core.civil_time import civil_date
from core.faults import FaultError
from store import DatabaseLocked, open_database
from tests.guards import lift_guards
from tests.members.organisations.acting import NOW, event_of, handle
from tests.yihui.access.meanwhile import (
    DEPUTY,
    ENDS,
    OFFICER,
    PRINCIPAL,
    Change,
    log_in,
    meanwhile,
    open_office,
    withdraw_roles,
)
from tests.yihui.refusals import faults_of
from tests.yihui.services.joining_people import Clock
from yihui.access.acting import Acting, acting_as
from yihui.access.audit import AuditEntry
from yihui.access.roles import Right
from yihui.access.sessions import SessionKind
from yihui.access.tables import audit_entries, officer_accounts, role_assignments
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.access.acting import open_act, record_unrecorded_act
from yihui.services.access.authorisation import authorise_actor
from yihui.services.access.officer_login import find_officer_login
from yihui.services.members.vault_upkeep import create_vault_key

PLACE, CITY, OTHER_CITY = "370102", "370100", "370200"


def take_in(wiring: Wiring, shop: str) -> None:
    """Do an act of the older layers, which adds a merchant."""
    with open_act(wiring) as connection:
        add_merchant(connection, Merchant(shop, "饼店"), wiring.now())


class Office:
    """An installation, and officers who begin an act at a door."""

    def __init__(self, target: str, folder: Path, vault: str | None = None) -> None:
        self.target, self.clock = target, Clock(NOW)
        self.wiring = build_wiring(Settings(target, folder, vault=vault), now=self.clock)
        with self.wiring.database.write() as connection:
            founded = ("370000", CITY, OTHER_CITY, PLACE)
            handle(
                connection,
                *(event_of("organisation.founded", code, "2020-01-01", name=code) for code in founded),
            )
        self.tokens = {OFFICER: open_office(self.wiring, "administrator", PLACE)}

    def token(self, name: str) -> str:
        if name not in self.tokens:
            with self.wiring.database.read() as connection:
                c = officer_accounts.c
                account = connection.execute(select(c.id).where(c.officer_id == name)).scalar_one()
            self.tokens[name] = log_in(self.wiring, name, account)
        return self.tokens[name]

    def enter(self, name: str = OFFICER, place: str = PLACE) -> Acting:
        """Pass the door: the session is found and the right is there."""
        login = find_officer_login(self.wiring, self.token(name), SessionKind.BROWSER)
        assert login is not None
        authorise_actor(self.wiring, login.actor, Right.ISSUE_KEYS, place)
        entry = AuditEntry("keys.issue", "merchant", "shop")
        return Acting(login.actor, civil_date(self.clock()), entry, [(Right.ISSUE_KEYS, place)])

    def act(self, acting: Acting, shop: str = "shop") -> None:
        with acting_as(acting):
            take_in(self.wiring, shop)

    def counts(self) -> tuple[int, int]:
        """Return how many merchants there are, and how many entries of the act."""
        entries = select(func.count()).where(audit_entries.c.act == "keys.issue")
        with self.wiring.database.read() as connection:
            shops = connection.execute(select(func.count()).select_from(merchants)).scalar_one()
            return shops, connection.execute(entries).scalar_one()

    def refusal(self, acting: Acting) -> str:
        return faults_of(self.act, acting)[0].code


@pytest.fixture
def office(target: str, tmp_path: Path) -> Office:
    return Office(target, tmp_path)


def test_an_act_that_nothing_ended_is_stored_with_its_entry(office: Office) -> None:
    office.act(office.enter())
    office.act(office.enter(DEPUTY), "second")
    assert office.counts() == (2, 2)


@pytest.mark.parametrize("end", ENDS)
def test_what_ended_since_the_door_refuses_the_act(office: Office, end: str) -> None:
    acting = office.enter()
    with meanwhile(office.target, ENDS[end](OFFICER)):
        code = office.refusal(acting)
    expected = "role_lost" if end.startswith("role") else "not_logged_in"
    assert code == f"authorisation.{expected}"
    assert office.counts() == (0, 0)


@pytest.mark.parametrize("end", ["role withdrawn", "officer left"])
def test_a_deputy_loses_the_role_with_the_officer_deputised_for(office: Office, end: str) -> None:
    acting = office.enter(DEPUTY)
    with meanwhile(office.target, ENDS[end](PRINCIPAL)):
        assert office.refusal(acting) == "authorisation.role_lost"
    assert office.counts() == (0, 0)


def test_another_officers_end_stops_nobody(office: Office) -> None:
    acting = office.enter()
    with meanwhile(office.target, withdraw_roles(PRINCIPAL)):
        office.act(acting)
    assert office.counts() == (1, 1)


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (timedelta(minutes=5), None),
        (timedelta(minutes=5, seconds=1), "authorisation.step_up"),
        (timedelta(minutes=30), "authorisation.not_logged_in"),
        (timedelta(hours=13), "authorisation.not_logged_in"),
    ],
)
def test_time_that_passes_while_the_act_waits_counts(
    office: Office, later: timedelta, code: str | None
) -> None:
    acting = office.enter()
    office.clock.now += later
    if code is None:
        office.act(acting)
    else:
        assert office.refusal(acting) == code
    assert office.counts() == ((0, 0) if code else (1, 1))


MIDNIGHT = datetime(2026, 10, 3, 16, tzinfo=UTC)  # where 4 October begins in Shanghai
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("end", [MIDNIGHT, MIDNIGHT + MOMENT])
def test_a_role_that_ends_at_midnight_ends_for_the_form_that_waits(office: Office, end: datetime) -> None:
    with office.wiring.database.write() as connection:
        lift_guards(connection)
        last = role_assignments.update().where(role_assignments.c.officer_id == OFFICER)
        connection.execute(last.values(until=date(2026, 10, 3)))
    office.clock.now = MIDNIGHT - MOMENT * 2
    office.tokens.clear()
    office.act(office.enter(), "first")
    acting = office.enter()
    office.clock.now = MIDNIGHT - MOMENT
    office.act(acting, "second")
    acting = office.enter()
    office.clock.now = end
    assert office.refusal(acting) == "authorisation.role_lost"
    assert office.counts() == (2, 2)


def test_an_organisation_that_left_the_subtree_is_none_of_the_officers(office: Office) -> None:
    founded = event_of("organisation.founded", "370102001", "2020-01-01", name="街道")
    with office.wiring.database.write() as connection:
        handle(connection, founded)
    office.act(office.enter(place="370102001"))
    acting = office.enter(place="370102001")
    away = event_of("organisation.moved", "370102001", "2026-10-01", parent=OTHER_CITY)
    with meanwhile(office.target, lambda connection: handle(connection, away)):
        assert office.refusal(acting) == "authorisation.elsewhere"
    assert office.counts() == (1, 1)


@pytest.mark.both_databases
def test_a_role_cannot_end_before_an_act_that_was_authorised_is_committed(office: Office) -> None:
    """Who withdraws the role waits: nobody reads “withdrawn” and finds an act after it."""
    second = open_database(office.target, busy_timeout_s=0.05)

    def withdraw(change: Change) -> None:
        with second.write() as connection:
            if not second.is_sqlite:
                connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
            change(connection)

    for end in ENDS.values():
        with acting_as(office.enter()), office.wiring.database.write(), pytest.raises(DatabaseLocked):
            withdraw(end(OFFICER))
    withdraw(withdraw_roles(OFFICER))
    second.close()


def test_a_session_in_use_does_not_wait_for_its_own_act(office: Office) -> None:
    """Another tab of the officer is served while a long act goes on, and writes nothing meanwhile."""
    with acting_as(office.enter()), office.wiring.database.write():
        office.clock.now += timedelta(minutes=2)
        if not office.wiring.database.is_sqlite:
            assert find_officer_login(office.wiring, office.token(OFFICER), SessionKind.BROWSER) is not None


def test_an_act_of_many_transactions_stops_where_the_role_ends_and_not_by_the_clock(
    office: Office,
) -> None:
    with acting_as(office.enter()):
        take_in(office.wiring, "first")
        office.clock.now += timedelta(minutes=40)
        take_in(office.wiring, "second")
        with meanwhile(office.target, withdraw_roles(OFFICER)), pytest.raises(FaultError):
            take_in(office.wiring, "third")
        assert office.counts() == (2, 2)


def test_an_act_that_was_done_is_recorded_though_the_role_ended_since(office: Office) -> None:
    with acting_as(office.enter()):
        with office.wiring.database.write():
            pass  # a transaction without an entry of its own, as a run of events
        with meanwhile(office.target, withdraw_roles(OFFICER)):
            record_unrecorded_act(office.wiring)
    assert office.counts() == (0, 1)
    withdrawn = meanwhile(office.target, withdraw_roles(PRINCIPAL))
    with acting_as(office.enter(PRINCIPAL)), withdrawn, pytest.raises(FaultError):
        record_unrecorded_act(office.wiring)  # nothing was done yet: what follows must not be
    assert office.counts() == (0, 1)


def test_a_job_that_acts_for_an_officer_is_asked_like_the_officer(office: Office) -> None:
    """A thread inherits nobody's rights: it acts as the officer whom it names, or as the program."""
    acting, codes = office.enter(), list[str]()
    job = Thread(target=lambda: codes.append(office.refusal(acting)))
    with meanwhile(office.target, withdraw_roles(OFFICER)):
        job.start()
        job.join()
    assert codes == ["authorisation.role_lost"] and office.counts() == (0, 0)


def test_a_vault_of_its_own_is_not_written_to_either(target: str, tmp_path: Path) -> None:
    office = Office(target, tmp_path, vault=str(tmp_path / "vault.db"))
    create_vault_key(office.wiring)
    acting = office.enter()
    with office.wiring.database.write() as connection:
        withdraw_roles(OFFICER)(connection)
    with acting_as(acting), pytest.raises(FaultError) as refused, office.wiring.vault_database.write():
        pass
    assert refused.value.faults[0].code == "authorisation.role_lost"
