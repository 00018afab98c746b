"""Sessions of officers, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.faults import FaultError
from store import Database
from tests.yihui.refusals import do_at_once
from tools.servers.officers import MINUTE, NOW, add_officer, appoint, open_browser
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Role
from yihui.access.second_person import TwoStepTerms
from yihui.access.sessions import (
    EndReason,
    end_session,
    end_sessions_of_officer,
    end_sessions_of_provider,
    find_session,
    list_sessions,
    load_actor,
    record_seen,
    rotate_session,
    step_up_session,
)
from yihui.access.tables import audit_entries, officer_accounts, officer_sessions, officers

ISSUER = "https://login.example/realms/union"


def test_a_session_is_found_by_its_token_and_by_nothing_else(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))
        assert find_session(connection, opened.token, NOW) == opened.session
        stored = connection.execute(select(officer_sessions.c.token_digest)).scalar_one()
        for wrong in (
            "",
            opened.session.id,
            stored,
            opened.token[:-1],
            opened.token + "x",
            "é\udc80",
            "x" * 10_000,
        ):
            assert find_session(connection, wrong, NOW) is None
    assert opened.token not in repr(opened)
    assert len(opened.token) >= 43  # 256 bits


def test_a_session_ends_after_30_idle_minutes_and_12_hours(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))
        assert find_session(connection, opened.token, NOW + 30 * MINUTE - timedelta(seconds=1))
        assert find_session(connection, opened.token, NOW + 30 * MINUTE) is None
        now = NOW
        while now < NOW + timedelta(hours=12) - 20 * MINUTE:
            now += 20 * MINUTE
            session = find_session(connection, opened.token, now)
            assert session is not None and session.is_due_to_be_seen(now)
            record_seen(connection, session, now)
        assert now == NOW + timedelta(hours=11, minutes=40)
        assert find_session(connection, opened.token, NOW + timedelta(hours=12) - timedelta(seconds=1))
        assert find_session(connection, opened.token, NOW + timedelta(hours=12)) is None
        assert list_sessions(connection, "wang", NOW + timedelta(hours=12)) == []


def test_seen_is_due_once_a_minute_and_never_goes_back(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))
        assert not opened.session.is_due_to_be_seen(NOW + timedelta(seconds=59))
        assert opened.session.is_due_to_be_seen(NOW + MINUTE)
        record_seen(connection, opened.session, NOW + 9 * MINUTE)
        record_seen(connection, opened.session, NOW + MINUTE)  # a slower request
        session = find_session(connection, opened.token, NOW + 9 * MINUTE)
        assert session is not None and session.seen_at == NOW + 9 * MINUTE


@pytest.mark.parametrize("table", [officers, officer_accounts], ids=["officer", "account"])
def test_an_ended_officer_or_account_has_no_session(database: Database, table: object) -> None:
    with database.write() as connection:
        account = add_officer(connection)
        opened = open_browser(connection, account)
        connection.execute(table.update().values(ended_at=NOW))  # type: ignore[attr-defined]
        assert find_session(connection, opened.token, NOW) is None
        with pytest.raises(FaultError):
            open_browser(connection, account)


def test_an_old_token_opens_nothing_after_a_rotation(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))
        rotated = rotate_session(connection, opened.token, NOW + MINUTE)
        assert rotated is not None and rotated.session.id == opened.session.id
        assert find_session(connection, opened.token, NOW + MINUTE) is None
        assert rotate_session(connection, opened.token, NOW + MINUTE) is None
        found = find_session(connection, rotated.token, NOW + MINUTE)
        assert found == rotated.session and found.authenticated_at == NOW


def test_a_step_up_renews_the_log_in_and_the_token(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))
        later = NOW + 20 * MINUTE
        stepped = step_up_session(connection, opened.token, ("pwd", "recovery"), later)
        assert stepped is not None and stepped.session.authenticated_at == later
        assert find_session(connection, stepped.token, later) == stepped.session
        assert stepped.session.factors == ("pwd", "recovery") and stepped.session.started_at == NOW
        assert find_session(connection, opened.token, later) is None


@pytest.mark.both_databases
def test_two_rotations_of_one_token_at_once_give_one_new_token(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))

    def rotate(token: str) -> bool:
        with database.write() as connection:
            return rotate_session(connection, token, NOW) is not None

    assert do_at_once(rotate, [opened.token] * 4).count(True) == 1


def test_sessions_end_once_and_each_end_is_written(database: Database) -> None:
    administrator = Actor("li", "li-person", ActorKind.OFFICER)
    with database.write() as connection:
        account = add_officer(connection)
        first, second, third = (open_browser(connection, account) for _ in range(3))
        assert end_session(connection, first.session.id, EndReason.LOGGED_OUT, NOW)
        assert not end_session(connection, first.session.id, EndReason.BY_OWNER, NOW)
        assert not end_session(connection, "nothing", EndReason.BY_OWNER, NOW)
        ended = end_sessions_of_officer(
            connection, "wang", EndReason.BY_ADMINISTRATOR, NOW, administrator, third.session.id
        )
        assert ended == [second.session]
        assert list_sessions(connection, "wang", NOW) == [third.session]
        assert [find_session(connection, one.token, NOW) for one in (first, second)] == [None, None]
        c = audit_entries.c
        rows = connection.execute(select(c.actor, c.act, c.object_id).order_by(c.sequence)).all()
    assert rows == [
        *(("wang", "sessions.open", one.session.id) for one in (first, second, third)),
        ("wang", "sessions.end", first.session.id),
        ("li", "sessions.end", second.session.id),
    ]


def test_a_providers_log_out_ends_what_it_names_alone(database: Database) -> None:
    with database.write() as connection:
        wang = add_officer(connection, "wang", issuer=ISSUER, login="sub-1")
        zhao = add_officer(connection, "zhao", issuer=ISSUER, login="sub-2")
        other = add_officer(connection, "qian", issuer="https://other.example", login="sub-1")
        one = open_browser(connection, wang, "wang", sid="a")
        two = open_browser(connection, wang, "wang", sid="b")
        three = open_browser(connection, zhao, "zhao", sid="a2")
        foreign = open_browser(connection, other, "qian", sid="a")
        assert end_sessions_of_provider(connection, issuer=ISSUER, now=NOW) == []
        mixed = {"provider_session": "a2", "external_subject": "sub-1"}
        assert end_sessions_of_provider(connection, issuer=ISSUER, **mixed, now=NOW) == []
        assert end_sessions_of_provider(connection, issuer=ISSUER, provider_session="a", now=NOW) == [
            one.session
        ]
        assert end_sessions_of_provider(connection, issuer=ISSUER, external_subject="sub-1", now=NOW) == [
            two.session
        ]
        for left in (three, foreign):
            assert find_session(connection, left.token, NOW) == left.session


def test_the_actor_has_the_roles_that_were_not_withdrawn(database: Database) -> None:
    with database.write() as connection:
        opened = open_browser(connection, add_officer(connection))
        appoint(connection, "wang", "auditor", "3701", until=date(2026, 12, 31))
        appoint(connection, "wang", "planner", withdrawn_at=NOW, withdrawn_by="li")
        actor = load_actor(connection, opened.session, NOW, TwoStepTerms())
    assert (actor.id, actor.subject, actor.kind) == ("wang", "wang-person", ActorKind.OFFICER)
    assert (actor.authenticated_at, actor.session) == (NOW, opened.session.id)
    assert [
        (one.role, one.organisation, one.until) for one in actor.assignments if one.holds(NOW.date())
    ] == [(Role.AUDITOR, "3701", date(2026, 12, 31))]
