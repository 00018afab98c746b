"""The audit log: what an entry may hold, how it is sealed, and what stays of it after an erasure."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from benefits import Officer, seal_batches, verify_ledger
from core.faults import FaultError
from events import check_row_batches, erase_everywhere
from members import has_personal_number
from rules import build_library
from store import Database
from tests.benefits.exported import offline
from tools.servers.sending import Sender, handle_in
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import MAX_REASON, AuditEntry, append_audit_entry, render_changes
from yihui.access.audit_erasure import check_erased_entries, erase_audit_texts
from yihui.access.roles import Role
from yihui.access.tables import AUDIT_BATCHES, audit_entries

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ACTOR = Actor("li.min", "s-1", ActorKind.OFFICER)
BY = Assignment(Role.CASE_WORKER, "370202", date(2026, 1, 1), deputy_of="wang.hua")
PHONE, ID_NUMBER = "13812345678", "11010519491231002X"


def entry(member: str = "m-1", act: str = "members.unmask", **more: Any) -> AuditEntry:
    return AuditEntry(act, "member", member, **{"reason": "来电核对地址", "organisation": "370202", **more})


def append(database: Database, *entries: AuditEntry) -> None:
    for one in entries:
        with database.write() as connection:
            append_audit_entry(connection, ACTOR, one, NOW)


def seal(database: Database) -> None:
    with database.write() as connection:
        while seal_batches(connection, NOW).batches:
            pass


def found(connection: Connection) -> list[str]:
    own = [fault.short_code for fault in check_row_batches(connection, NOW, (AUDIT_BATCHES,)).faults]
    own += [fault.short_code for fault in check_erased_entries(connection)]
    return own + [fault.text for fault in verify_ledger(connection).disagreements]


@pytest.fixture
def logged(database: Database) -> Database:
    """Three sealed entries about two members, and one that waits to be sealed."""
    append(database, entry(by=BY, before={"phone": "***"}, after={"until": date(2026, 12, 1)}), entry("m-2"))
    append(database, entry(act="members.change"))
    seal(database)
    append(database, AuditEntry("rules.approve", "rule", "tea"))
    return database


def test_an_entry_says_who_did_what_by_which_role_and_what_changed(logged: Database) -> None:
    with logged.read() as connection:
        row = connection.execute(select(audit_entries)).mappings().first()
        assert row is not None
        assert (row["actor"], row["role"], row["deputy_of"]) == ("li.min", "case_worker", "wang.hua")
        assert row["changes"] == '{"after":{"until":"2026-12-01"},"before":{"phone":"***"}}'
        assert found(connection) == [] and offline(connection) == []


_INSERTED = (
    "INSERT INTO audit_entries (at, actor, actor_kind, act, object_kind, object_id, reason, changes, batch) "
    "SELECT at, actor, actor_kind, act, object_kind, 'm-7', reason, changes, BATCH FROM audit_entries "
    "WHERE sequence = 1"
)
TAMPERINGS = {
    "another actor": "UPDATE audit_entries SET actor = 'li.si' WHERE sequence = 1",
    "another reason": "UPDATE audit_entries SET reason = 'x' WHERE sequence = 1",
    "another change": "UPDATE audit_entries SET changes = '{}' WHERE sequence = 2",
    "another object": "UPDATE audit_entries SET object_id = 'm-9' WHERE sequence = 1",
    "another time": "UPDATE audit_entries SET at = '2031-01-01T00:00:00.000000+00:00' WHERE sequence = 1",
    "an entry removed": "DELETE FROM audit_entries WHERE sequence = 2",
    "all entries removed": "DELETE FROM audit_entries",
    "an unsealed entry removed": "DELETE FROM audit_entries WHERE sequence = 4",
    "an entry inserted": _INSERTED.replace("BATCH", "batch"),
    "an entry inserted in no batch": _INSERTED.replace("BATCH", "99"),
}


@pytest.mark.tampers
def test_a_changed_removed_or_inserted_entry_is_found(logged: Database) -> None:
    for name, statement in TAMPERINGS.items():
        with logged.write() as connection:
            step = connection.begin_nested()
            assert connection.execute(text(statement)).rowcount, name
            assert set(found(connection)) & {"changed", "vanished", "unknown"}, name
            step.rollback()


def test_a_number_of_a_person_is_refused_wherever_it_stands(database: Database) -> None:
    for number in (PHONE, "１３８１２３４５６７８", "+86 138-1234-5678", ID_NUMBER, ID_NUMBER.lower()):
        assert has_personal_number(number)
        places: list[dict[str, Any]] = [
            {"reason": number},
            {"member": number},
            {"before": {"phone": number}},
            {"after": {"note": f"电话{number}。"}},
            {"after": {number: 1}},
            {"after": {"rows": [{"x": ("a", number)}]}},
            {"before": {"n": int(PHONE)}},
        ]
        for more in places:
            with pytest.raises(FaultError) as refused, database.write() as connection:
                append_audit_entry(connection, ACTOR, entry(**more), NOW)
            assert [fault.short_code for fault in refused.value.faults] == ["personal"]
            assert number not in str(refused.value.faults)
    with database.read() as connection:
        assert not connection.execute(select(audit_entries)).all()


def test_amounts_digests_and_grants_are_no_phone_numbers(database: Database) -> None:
    append(
        database,
        entry(
            before={"amount_fen": 13_812_345_678, "hash": "a" + PHONE + "b"},
            after={"at": NOW, "rows": {"b", "a"}, "none": None},
        ),
    )
    with database.read() as connection:
        [changes] = connection.execute(select(audit_entries.c.changes)).scalars()
    assert json.loads(changes)["after"]["rows"] == ["a", "b"]


def test_all_faults_of_an_entry_are_reported_together(database: Database) -> None:
    bad = entry(reason="x" * (MAX_REASON + 1), request_id="a\x00b", before={"t": "\ud800", "p": PHONE})
    with pytest.raises(FaultError) as refused, database.write() as connection:
        append_audit_entry(connection, ACTOR, bad, NOW)
    codes = [(fault.short_code, fault.field) for fault in refused.value.faults]
    assert codes == [
        ("too_long", "reason"),
        ("control", "request_id"),
        ("personal", "before.p"),
        ("control", "before.t"),
    ]


def test_changes_are_canonical_and_long_ones_are_recorded_by_their_digest() -> None:
    assert render_changes({"b": 1, "a": "驿"}, {}) == render_changes({"a": "驿", "b": 1}, {})
    long = json.loads(render_changes({"rule": "x" * 20_000}, {"state": "stopped"}))
    assert long["before"].keys() == {"sha256", "bytes"} and long["after"] == {"state": "stopped"}
    for value in (float("nan"), object(), b"x"):
        with pytest.raises((TypeError, ValueError)):
            render_changes({"a": value}, {})


def test_an_entry_that_fails_takes_its_act_with_it(database: Database) -> None:
    with pytest.raises(FaultError), database.write() as connection:
        append_audit_entry(connection, ACTOR, entry(), NOW)
        append_audit_entry(connection, ACTOR, entry(reason=PHONE), NOW)
    with database.read() as connection:
        assert not connection.execute(select(audit_entries)).all()


def erase(database: Database, member: str = "m-1") -> None:
    with database.write() as connection:
        assert erase_everywhere(connection, Officer("gh-1", NOW, NOW.date(), "本人要求"), member).act
        erase_audit_texts(connection, member)


def test_after_an_erasure_an_entry_says_who_and_when_and_its_seal_agrees(logged: Database) -> None:
    handle_in(logged, build_library([], []), [Sender().imported("m-1")], 5)
    erase(logged)
    append(logged, entry(act="members.erase"))
    seal(logged)
    with logged.write() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).all()
        assert [row.reason.startswith('{"erased":"') for row in rows] == [True, False, True, False, False]
        assert rows[0].changes.startswith('{"erased":"')
        assert {(row.object_id, row.actor) for row in rows[:1]} == {("m-1", "li.min")}
        assert found(connection) == []
        assert erase_audit_texts(connection, "m-1") == 0, "a second time nothing is left"


def test_texts_that_vanish_without_an_erasure_are_found(logged: Database) -> None:
    with logged.write() as connection:
        erase_audit_texts(connection, "m-1")
        assert found(connection) == ["no_erasure", "no_erasure"]


@pytest.mark.tampers
def test_an_erased_text_with_another_digest_is_found(logged: Database) -> None:
    handle_in(logged, build_library([], []), [Sender().imported("m-1")], 5)
    erase(logged)
    with logged.write() as connection:
        connection.execute(
            update(audit_entries)
            .where(audit_entries.c.sequence == 1)
            .values(reason=f'{{"erased":"{"f" * 32}"}}')
        )
        assert "changed" in found(connection)
