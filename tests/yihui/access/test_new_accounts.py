"""An account that nobody confirmed, or that is new, does nothing; nobody is appointed by an account that he opened."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from core.faults import FaultError
from members.tables import organisation_spans
from store import Database
from tests.tiers import budget
from tests.transactions import change_in, read_in, rows_in
from tests.yihui.access.meanwhile import log_in
from tests.yihui.access.test_second_person import DAY, HOUR, ISSUER, ROOT, Union
from tests.yihui.refusals import codes
from tools.servers.officers import NOW
from yihui.access.account_openers import find_opener
from yihui.access.accounts import find_officers_local_account, insert_account
from yihui.access.actor import Actor, ActorKind
from yihui.access.authorisation import authorise_at
from yihui.access.decide import Decision, subtrees
from yihui.access.officers import OfficerRecord, insert_officer
from yihui.access.roles import NEW_ACCOUNT_RIGHTS, RIGHT_LABELS, Right, Role
from yihui.access.secret_marks import SecretMarker
from yihui.access.sessions import SessionKind
from yihui.access.tables import officer_accounts
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.access.accounts import create_local_account, renew_setup_code
from yihui.services.access.authorisation import authorise_actor
from yihui.services.access.officer_accounts import link_identity, renew_setup
from yihui.services.access.officer_appointments import RequestedAppointment, add_officer, appoint_officer
from yihui.services.access.officer_checks import audit_officer_act, list_officer_views
from yihui.services.access.officer_login import find_officer_login
from yihui.services.access.reach import open_reach
from yihui.services.access.sender_keys import SenderDraft, add_sender

CITY = "370100"
UNCONFIRMED, NEW, OPENED = "authorisation.unconfirmed", "authorisation.new_account", "officers.opened"


@pytest.fixture
def union(database: Database, tmp_path: Path) -> Union:
    """A union with a city, whose administrator is ``chen``; ``sun`` opened the account a week ago."""
    made = Union(database, tmp_path)
    city = {"code": CITY, "since": date(2000, 1, 1), "name": "济南", "kind": "city", "parent": "370000",
            "path": f"370000/{CITY}/", "is_exceptional": False}  # fmt: skip
    change_in(database, organisation_spans.insert(), [city])
    made.now = NOW - 7 * DAY
    add_officer(made.wiring, made.administrator("sun"), "chen", "市总")
    made.appoint("chen", Role.ADMINISTRATOR, place=CITY)
    made.confirm("chen")
    made.now = NOW
    return made


def session_of(union: Union, name: str) -> Actor:
    """The officer as a page or the console finds her by the token of a new log-in."""
    accounts = select(officer_accounts.c.id).where(officer_accounts.c.officer_id == name)
    newest = max(row.id for row in rows_in(union.wiring.database, accounts))
    found = find_officer_login(union.wiring, log_in(union.wiring, name, newest), SessionKind.BROWSER)
    assert found is not None
    return found.actor


def test_an_administrator_who_makes_an_account_for_himself_gains_nothing(union: Union) -> None:
    """As it was done: a city's administrator logged in as an account that he had opened."""
    add_officer(union.wiring, session_of(union, "chen"), "ghost", "市总")
    for role in Role:
        union.appoint("ghost", role, by=session_of(union, "chen"), place=CITY)

    def appoint(name: str, role: Role, **more: object) -> Callable[[], object]:
        wish = RequestedAppointment(name, role.value, CITY, **more)  # type: ignore[arg-type]
        return lambda: appoint_officer(union.wiring, session_of(union, "ghost"), wish)

    deputy = {"deputy_of": "ghost", "until": NOW.date() + 3 * DAY}
    sender = SenderDraft("hr", CITY, NOW.date() + 9 * DAY, ("/hr/",), ("member.joined",), ("events",))
    for later in (timedelta(0), 2 * DAY):
        union.now = NOW + later
        for role in (Role.CASE_WORKER, Role.FINANCE_RELEASER):
            assert codes(appoint("chen", role)) == [UNCONFIRMED, OPENED]
            assert codes(appoint("chen", role, **deputy)) == [UNCONFIRMED, OPENED]
            assert codes(appoint("li", role, **deputy)) == [UNCONFIRMED]
        assert codes(lambda: add_officer(union.wiring, session_of(union, "ghost"), "other", "市总")) == [
            UNCONFIRMED
        ]
        assert codes(lambda: add_sender(union.wiring, session_of(union, "ghost"), sender)) == [UNCONFIRMED]
        assert rights_of(union, session_of(union, "ghost")) == NEW_ACCOUNT_RIGHTS
        assert "unconfirmed" in union.refusals("li", "ghost", union.now)
    union.confirm("ghost")
    assert rights_of(union, session_of(union, "ghost")) == set(Right) - {Right.OWN}
    assert codes(appoint("chen", Role.CASE_WORKER)) == [OPENED]
    appoint("li", Role.CASE_WORKER)()


def outcome(act: Callable[[], object]) -> list[str]:
    """The codes of the refusal; none if the act was allowed."""
    try:
        act()
    except FaultError as refused:
        return [fault.code for fault in refused.faults]
    return []


def rights_of(union: Union, actor: Actor) -> set[Right]:
    """The rights that an officer of the city has there; each way to ask gives the same answer."""
    ways = (
        lambda right: authorise_actor(union.wiring, actor, right, CITY),
        lambda right: read_in(
            union.wiring.database, lambda c: authorise_at(c, actor, right, None, union.now)
        ),
        lambda right: open_reach(union.wiring, actor, right),
    )
    found = [{right for right in Right if outcome(lambda r=right, w=way: w(r)) == []} for way in ways]  # type: ignore[misc]
    found.append({right for right in Right if subtrees(actor, right, union.now.date())})
    assert all(one == found[0] for one in found)
    return found[0]


def test_a_confirmed_account_counts_a_day_after_it_was_opened(union: Union) -> None:
    add_officer(union.wiring, union.administrator("sun"), "zhou", "市总")
    union.appoint("zhou", Role.CASE_WORKER, place=CITY)
    union.now = NOW + HOUR
    union.confirm("zhou")

    def unmask() -> object:
        return authorise_actor(union.wiring, session_of(union, "zhou"), Right.UNMASK_MEMBERS, CITY)

    for later, refused in ((HOUR, [NEW]), (DAY - timedelta(seconds=1), [NEW]), (DAY, [])):
        union.now = NOW + later
        assert outcome(unmask) == refused
    renew_setup(union.wiring, union.administrator("qian"), "zhou")
    assert outcome(unmask) == [UNCONFIRMED]


def test_the_refusal_names_who_may_confirm_and_from_when_the_account_counts(union: Union) -> None:
    union.appoint("zhao", Role.ADMINISTRATOR)
    add_officer(union.wiring, union.administrator("sun"), "zhou", "市总")
    without_role = session_of(union, "zhou").new_account
    assert without_role is not None and without_role.confirmers == ("qian", "zhao"), "of the whole union"
    union.appoint("zhou", Role.CASE_WORKER, place=CITY)
    with pytest.raises(FaultError) as refused:
        authorise_actor(union.wiring, session_of(union, "zhou"), Right.UNMASK_MEMBERS, CITY)
    [fault] = refused.value.faults
    told = {name: fault.params[name] for name in ("officer", "by", "expected", "time")}
    assert told == {"officer": "zhou", "by": "sun", "expected": "'qian' 'zhao'", "time": "2026-10-10 09:00"}
    assert fault.terms == {"right": RIGHT_LABELS[Right.UNMASK_MEMBERS]}, "in words, for the page"
    listed = {one.officer.id: one.new_account for one in list_officer_views(union.wiring)}
    assert listed["zhou"] == session_of(union, "zhou").new_account and listed["qian"] is None
    with pytest.raises(FaultError) as refused:  # sun opened both accounts, and chen is of the city alone
        appoint_officer(union.wiring, ROOT, RequestedAppointment("zhou", "planner", "370000"))
        renew_setup(union.wiring, union.administrator("qian"), "zhou")
        authorise_actor(union.wiring, session_of(union, "zhou"), Right.UNMASK_MEMBERS, CITY)
    assert refused.value.faults[0].params["expected"] == "'sun' 'zhao'"


def test_founding_accounts_and_those_of_a_demo_count_at_once(union: Union, tmp_path: Path) -> None:
    assert session_of(union, "sun").new_account is None
    renew_setup(union.wiring, ROOT, "sun")
    assert session_of(union, "sun").new_account is not None, "qian may confirm it"
    for name in ("chen", "qian"):
        renew_setup(union.wiring, ROOT, name)
    assert session_of(union, "qian").new_account is None, "nobody is left who could confirm it"
    assert session_of(union, "chen").new_account is not None, "qian may confirm it again"
    (tmp_path / DEMO_MARKER_FILE).touch()
    assert session_of(union, "chen").new_account is None


def test_each_account_counts_for_itself(union: Union) -> None:
    link_identity(union.wiring, union.administrator("sun"), "li", ISSUER, "sub-of-somebody")
    assert session_of(union, "li").new_account is not None, "the linked one"
    first = min(
        row.id
        for row in rows_in(
            union.wiring.database, select(officer_accounts.c.id).where(officer_accounts.c.officer_id == "li")
        )
    )
    found = find_officer_login(union.wiring, log_in(union.wiring, "li", first), SessionKind.BROWSER)
    assert found is not None and found.actor.new_account is None


NAMES = ("anna", "anna2", "bao", "cai", "deng")
openings = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.booleans())


def person_of(name: str) -> str:
    return name.removesuffix("2")


@pytest.mark.deeper
@settings(max_examples=budget(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(openings, max_size=12))
@example([("anna", "bao", False), ("bao", "cai", False), ("deng", "bao", False)])  # anna could have been cai
@example([("anna", "bao", False), ("deng", "bao", False), ("bao", "cai", False)])  # she couldn't
def test_who_opened_an_account_at_any_remove_is_whoever_could_act_as_its_officer(
    union: Union, acts: list[tuple[str, str, bool]]
) -> None:
    """The oracle hands on, opening by opening, who could log in: the opener, and all who could be the opener then."""
    hands: dict[int, set[str]] = {}
    owners: dict[int, str] = {}
    with union.wiring.database.write() as connection, suppress(RolledBack), connection.begin_nested():
        for name in NAMES:
            insert_officer(connection, OfficerRecord(name, person_of(name), "市总", "test", NOW))
        for by, name, is_link in acts:
            account = open_account(connection, by, name, is_link=is_link)
            if account in hands and person_of(by) == person_of(name):
                continue
            theirs = [hands[one] for one, owner in owners.items() if owner == by]
            hands[account], owners[account] = {by}.union(*theirs), name
        for name in NAMES:
            could = set().union(*(hands[one] for one, owner in owners.items() if owner == name))
            for other in NAMES:
                expected = person_of(other) in map(person_of, could)
                assert (find_opener(connection, name, other) is not None) is expected, (name, other, could)
        raise RolledBack


class RolledBack(Exception):
    """Takes back what an example stored."""


MARKER = SecretMarker(b"k" * 32)


def open_account(connection: Connection, by: str, name: str, *, is_link: bool) -> int:
    """Link an account to an officer, or add the local one or open it anew; return its number."""
    actor = Actor(by, person_of(by), ActorKind.OFFICER)
    local = find_officers_local_account(connection, name)
    if is_link:
        count = connection.execute(select(func.count()).select_from(officer_accounts)).scalar_one()
        account = insert_account(connection, name, ISSUER, f"sub-{count}", by, NOW)
        after: dict[str, object] = {"account": account}
        audit_officer_act(connection, actor, Decision(), NOW, "officers.link", name, after=after)
        return int(account or 0)
    if local is None:
        create_local_account(connection, MARKER, actor, name, name, NOW)
    else:
        renew_setup_code(connection, MARKER, actor, name, NOW)
    found = find_officers_local_account(connection, name)
    assert found is not None
    return found.id
