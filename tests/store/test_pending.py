"""Rows of sealed tables are written once, before the commit; what the transaction reads is the same."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, event, func, select, text

from benefits import set_budget
from store import (
    OUTBOX_BATCHES,
    Database,
    StoreError,
    append_batch,
    enqueue_for_sealing,
    outbox,
    pending,
    unsealed,
)
from store.tables import row_batches
from tools.servers.deciding import TREASURER, Wish, give

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def message(id_: str) -> dict[str, object]:
    return {"id": id_, "key": "m-1", "type": "benefit.granted", "data": "{}", "recorded_at": NOW}


def append(connection: Connection, *ids: str) -> None:
    append_batch(connection, OUTBOX_BATCHES, [message(id_) for id_ in ids], NOW)


def stored(database: Database) -> tuple[list[str], list[int], list[dict[str, list[str]]]]:
    """The messages in order, the sizes of their batches, and the queue."""
    with database.read() as connection:
        ids = connection.execute(select(outbox.c.id).order_by(outbox.c.sequence)).scalars().all()
        sizes = connection.execute(select(row_batches.c.row_count).order_by(row_batches.c.number)).scalars()
        queue = connection.execute(select(unsealed.c.rows).order_by(unsealed.c.number)).scalars().all()
        return list(ids), list(sizes), [json.loads(rows) for rows in queue]


def test_a_transaction_writes_one_batch_and_one_row_of_the_queue(database: Database) -> None:
    with database.write() as connection:
        append(connection, "b", "a")
        enqueue_for_sealing(connection, {"decisions": ["d-1"], "claims": []}, NOW)
        append(connection, "c")
        enqueue_for_sealing(connection, {"decisions": ["d-2"]}, NOW)
    ids, sizes, [queued] = stored(database)
    assert (ids, sizes) == (["b", "a", "c"], [3])
    assert queued["decisions"] == ["d-1", "d-2"] and len(queued["row_batches"]) == 1


def test_what_is_read_in_the_transaction_is_there(database: Database) -> None:
    with database.write() as connection:
        append(connection, "a")
        assert connection.execute(select(outbox.c.id)).scalars().all() == ["a"]
        append(connection, "b")
        enqueue_for_sealing(connection, {"decisions": ["d-1"]}, NOW)
        assert connection.execute(select(func.count()).select_from(unsealed)).scalar_one() == 2
    assert stored(database)[:2] == (["a", "b"], [1, 1])


def test_a_savepoint_takes_back_what_was_appended_since(database: Database) -> None:
    with database.write() as connection:
        append(connection, "a")
        step = connection.begin_nested()
        append(connection, "b")
        step.rollback()
        append(connection, "c")
    assert stored(database)[0] == ["a", "c"]


def test_an_exception_leaves_nothing_to_the_next_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        append(connection, "a")
        raise ZeroDivisionError
    with database.write() as connection:
        append(connection, "b")
    ids, sizes, queue = stored(database)
    assert (ids, sizes, len(queue)) == (["b"], [1], 1)


def test_many_rows_are_written_in_portions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_MOST_WAITING", 2)
    with database.write() as connection:
        for id_ in "abcde":
            append(connection, id_)
    ids, sizes, queue = stored(database)
    assert (ids, sizes, len(queue)) == (list("abcde"), [2, 2, 1], 3)


@pytest.mark.needs("postgres")
def test_a_lost_connection_is_told_as_such_and_takes_nothing_from_the_next(migrated_copy: Database) -> None:
    def lose() -> None:
        with migrated_copy.write() as connection:
            append(connection, "a")
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with migrated_copy.write() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            try:
                connection.execute(text("SELECT 1"))
            finally:
                with migrated_copy.write() as following:  # while the error is on its way
                    append(following, "b")

    with pytest.raises(StoreError):
        lose()
    with migrated_copy.write() as connection:
        append(connection, "c")
    assert stored(migrated_copy)[0] == ["b", "c"]


@pytest.mark.needs("postgres")
def test_shared_counters_are_the_last_rows_that_are_locked(migrated_copy: Database) -> None:
    with migrated_copy.write() as connection:
        set_budget(connection, "cakes", 90_000, TREASURER)
    sent: list[str] = []
    event.listen(migrated_copy.engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    give(migrated_copy, Wish(budget="cakes", quota=(9, "2026")))
    assert sent[-1].startswith("UPDATE counters")
