"""The inbox, the journal and members' changes are sealed in batches, which a lawful erasure doesn't break."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update

from benefits import Officer, seal_batches, verify_ledger
from benefits.tables.rulebook import rule_acts
from events import check_row_batches, erase_everywhere, purge_outbox
from events.acts import record_act
from events.outcome_events import OUTBOX_RETENTION
from events.row_batches import BATCHED_TABLES
from events.tables import journal
from members.tables import member_changes
from rules import RuleLibrary, build_library
from store import Database, erased_rows, inbox, outbox
from store.tables import row_batches
from tests.benefits.exported import offline
from tests.transactions import value_in, write_in
from tools.servers.deciding import Wish, give
from tools.servers.sending import NOW, Sender, handle_in

OFFICER = Officer("gh-017", NOW, NOW.date(), "本人要求")
RULES: RuleLibrary = build_library([], [])


@pytest.fixture
def known(database: Database) -> Database:
    """Two members in two batches and an act, sealed; an event came twice, and one was refused."""
    send = Sender()
    first = [send.imported("m-1", trade="修理工"), send.imported("m-2"), send.birthday("m-1")]
    again = [send.certified("m-1"), send.certified("m-2"), first[0], send("member.strange", "m-1")]
    handle_in(database, RULES, [*first, *again], 3)
    write_in(database, record_act, "sweep", NOW, up_to=NOW.date())
    give(database, Wish("m-1"), Wish("m-2"))
    seal(database)
    return database


def seal(database: Database) -> None:
    with database.write() as connection:
        while seal_batches(connection, NOW).batches:
            pass


def found(connection: Connection) -> list[str]:
    """The codes of the batches' faults, and the messages of the ledger's."""
    own = [str(fault.short_code) for fault in check_row_batches(connection, NOW).faults]
    return own + [fault.text for fault in verify_ledger(connection).disagreements]


def test_every_row_has_a_batch_and_every_batch_is_sealed(known: Database) -> None:
    with known.read() as connection:
        assert found(connection) == [] and offline(connection) == []
        assert connection.execute(select(outbox)).all()
        names = select(row_batches.c.table_name, func.sum(row_batches.c.row_count))
        counts = {name: int(n) for name, n in connection.execute(names.group_by(row_batches.c.table_name))}
        for batched in BATCHED_TABLES:
            rows = connection.execute(select(func.count()).select_from(batched.table)).scalar_one()
            assert counts[batched.table.name] == rows > 0
    assert counts["inbox"] == 5


def test_what_came_before_makes_no_batch(known: Database) -> None:
    before = value_in(known, select(func.count()).select_from(row_batches))
    send = Sender()
    handle_in(known, RULES, [send.imported("m-1", trade="修理工"), send.imported("m-2")], 5)
    with known.read() as connection:
        assert connection.execute(select(func.count()).select_from(row_batches)).scalar_one() == before
        assert found(connection) == []


def _first(table: str, change: str) -> str:
    key = "id" if table == "inbox" else "sequence"
    return f"UPDATE {table} SET {change} WHERE {key} = (SELECT min({key}) FROM {table})"


_COPY = "INSERT INTO {0} ({1}) SELECT {2} FROM {0} ORDER BY {3} LIMIT 1"
_SWAP = (
    "UPDATE journal SET sequence = 1000 WHERE sequence = 1",
    "UPDATE journal SET sequence = 1 WHERE sequence = 2",
    "UPDATE journal SET sequence = 2 WHERE sequence = 1000",
)
TAMPERINGS: dict[str, tuple[tuple[str, ...], str]] = {
    "the text of an event": ((_first("journal", "event = event || ' '"),), "changed"),
    "the member of an event": ((_first("journal", "member_id = 'm-9'"),), "changed"),
    "the order of two events": (_SWAP, "changed"),
    "an event removed": (("DELETE FROM journal WHERE sequence = 2",), "changed"),
    "all events removed": (("DELETE FROM journal",), "vanished"),
    "an event added": (
        (_COPY.format("journal", "source, event_id, member_id, occurred_at, event, batch",
                      "source, 'e-new', member_id, occurred_at, event, batch", "sequence"),), "changed"),
    "an event added to no batch": (
        (_COPY.format("journal", "source, event_id, member_id, occurred_at, event, batch",
                      "source, 'e-new', member_id, occurred_at, event, 0", "sequence"),), "unknown"),
    "an event moved to another batch": ((_first("journal", "batch = (SELECT max(batch) FROM journal)"),), "changed"),
    "the digest of a received event": ((_first("inbox", "digest = 'f'"),), "changed"),
    "a received event removed": (("DELETE FROM inbox WHERE id = (SELECT min(id) FROM inbox)",), "changed"),
    "the time of a received event": ((_first("inbox", "recorded_at = '2031-01-01T00:00:00.000000+00:00'"),), "changed"),
    "what an event changed": ((_first("member_changes", "changes = '{}'"),), "changed"),
    "when a change took effect": ((_first("member_changes", "effective_at = '2031-01-01T00:00:00.000000+00:00'"),), "changed"),
    "a change removed": (("DELETE FROM member_changes WHERE sequence = 1",), "changed"),
    "the text of a message": ((_first("outbox", "data = '{}'"),), "changed"),
    "the receiver of a message": ((_first("outbox", "key = 'm-9'"),), "changed"),
    "a message removed": (("DELETE FROM outbox WHERE sequence = 1",), "changed"),
    "all messages removed": (("DELETE FROM outbox",), "vanished"),
    "the digest of a batch": (("UPDATE row_batches SET digest = 'f'",), "is not what was sealed"),
    "a batch removed": (("DELETE FROM row_batches WHERE number = 1",), "was sealed and is missing"),
}  # fmt: skip


@pytest.mark.tampers
def test_each_tampering_with_what_was_received_is_found(known: Database) -> None:
    unseen = []
    for name, (statements, said) in TAMPERINGS.items():
        with known.write() as connection, undone(connection):
            for statement in statements:
                assert connection.execute(text(statement)).rowcount, name
            if not any(said in one for one in found(connection)):
                unseen.append((name, found(connection)))
    assert unseen == []


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Take back what is done meanwhile."""
    point = connection.begin_nested()
    yield
    point.rollback()


@pytest.mark.tampers
def test_a_batch_whose_digest_was_made_anew_is_found_by_its_seal(known: Database) -> None:
    """Whoever bends a row and its batch alike meets the seal, in the database and in an export."""
    with known.write() as connection:
        connection.execute(text("UPDATE row_batches SET row_count = row_count + 1"))
        assert any("is not what was sealed" in said for said in found(connection))
        assert any("is not what was sealed" in said for said in offline(connection))


@pytest.mark.tampers
def test_old_messages_may_be_deleted_and_new_ones_may_not(known: Database) -> None:
    give(known, Wish("m-3"))
    seal(known)
    later = NOW + OUTBOX_RETENTION
    with known.write() as connection:
        connection.execute(delete(outbox).where(outbox.c.sequence == 1))
        assert [fault.short_code for fault in check_row_batches(connection, later).faults] == ["changed"]
        day_after = later + timedelta(days=1)
        assert check_row_batches(connection, day_after).faults == []
        assert purge_outbox(connection, day_after, to_topic=False) == 1
        assert check_row_batches(connection, day_after).faults == []
        connection.execute(update(outbox).values(key="m-9"))
        assert [fault.short_code for fault in check_row_batches(connection, day_after).faults] == ["changed"]


def erase(database: Database) -> None:
    assert write_in(database, erase_everywhere, OFFICER, "m-1").act is not None


def test_an_erased_member_is_named_as_erased_and_breaks_nothing(known: Database) -> None:
    erase(known)
    for _ in range(2):  # waiting to be sealed, and sealed
        with known.read() as connection:
            check = check_row_batches(connection, NOW)
            assert (check.faults, check.erased) == ([], 3 + 2)
            assert found(connection) == [] and offline(connection) == []
        seal(known)
    with known.read() as connection:
        left = connection.execute(select(journal.c.member_id).distinct()).scalars().all()
        assert left == ["m-2"]
        assert len(connection.execute(select(inbox)).all()) == 5, "so that no event is taken twice"


@pytest.mark.tampers
def test_an_erased_member_does_not_hide_a_change_of_another(known: Database) -> None:
    erase(known)
    with known.write() as connection:
        connection.execute(update(journal).values(event=journal.c.event + " "))
        connection.execute(delete(member_changes))
        assert found(connection) == ["changed", "changed", "changed", "changed"]


def _without_a_record(connection: Connection) -> None:
    connection.execute(delete(erased_rows).where(erased_rows.c.table_name == "journal"))


def _without_its_act(connection: Connection) -> None:
    connection.execute(update(erased_rows).values(act=999))


def _under_another_act(connection: Connection) -> None:
    act = select(rule_acts).where(rule_acts.c.act == "erased")
    row = dict(connection.execute(act).mappings().one())
    row |= {"sequence": row["sequence"] + 1, "act": "budget_set"}
    connection.execute(insert(rule_acts).values(row))
    connection.execute(update(erased_rows).values(act=row["sequence"]))


def _of_nobody(connection: Connection) -> None:
    connection.execute(update(rule_acts).where(rule_acts.c.act == "erased").values(detail=json.dumps({})))


def _another_digest(connection: Connection) -> None:
    connection.execute(update(erased_rows).values(digest="f" * 32))


FORGED: dict[str, tuple[Callable[[Connection], None], str]] = {
    "no record of the rows": (_without_a_record, "changed"),
    "no such act": (_without_its_act, "no_act"),
    "another kind of act": (_under_another_act, "no_act"),
    "an act that names nobody": (_of_nobody, "no_act"),
    "another digest": (_another_digest, "changed"),
}


@pytest.mark.tampers
def test_a_row_that_vanished_without_a_true_erasure_is_a_fault(known: Database) -> None:
    erase(known)
    for name, (forge, code) in FORGED.items():
        with known.write() as connection, undone(connection):
            forge(connection)
            assert code in found(connection), name
