"""PostgreSQL's largest tables by month: what was written belongs to the month that was open, and counts once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from threading import Event

import psycopg
import pytest
from sqlalchemy import event, inspect, text

from benefits import Officer, seal_batches, verify_ledger
from events import check_row_batches, erase_everywhere
from rules import build_library
from store import ERASED_PREFIX, Database, insert_unseen_events
from store.database_roles import grant_application_role
from store.monthly_tables import (
    MONTHLY_TABLES,
    is_partition,
    open_current_month,
    open_month,
    partition_name,
    read_current_month,
    read_open_month,
)
from tests.store.test_database_roles import as_the_application, roles
from tools.servers.deciding import Wish, give
from tools.servers.sending import Sender, handle_in

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OCTOBER, NOVEMBER, DECEMBER = date(2126, 10, 1), date(2126, 11, 1), date(2126, 12, 1)  # later than any clock
LONG_AGO = date(2001, 1, 1)
pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
def monthly(migrated_copy: Database) -> Database:
    return migrated_copy


def begin(database: Database, month: date) -> bool:
    with database.write() as connection:
        return open_month(connection, month)


def count(database: Database, table: str) -> int:
    with database.read() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def current_month(database: Database) -> date:
    with database.read() as connection:
        return read_current_month(connection)


def opened_month(database: Database) -> date:
    with database.read() as connection:
        return read_open_month(connection)


def months_of(database: Database, table: str) -> set[str]:
    with database.read() as connection:
        names = inspect(connection).get_table_names()
    return {name for name in names if is_partition(name) and name.startswith(f"{table}_")}


def test_a_migrated_database_has_the_month_of_its_clock_and_it_is_open(monthly: Database) -> None:
    month = opened_month(monthly)
    assert month == current_month(monthly)
    for table in MONTHLY_TABLES:
        assert months_of(monthly, table) == {partition_name(table, month)}


def test_rows_belong_to_the_month_that_was_open_when_they_were_written(monthly: Database) -> None:
    send, library = Sender(), build_library([], [])
    months = (opened_month(monthly), NOVEMBER, DECEMBER)
    for month in months:
        assert begin(monthly, month)
        handle_in(monthly, library, [send.imported(f"m-{month}")], 5)
        give(monthly, Wish(f"m-{month}"))
    for month in months:
        assert {table: count(monthly, partition_name(table, month)) for table in MONTHLY_TABLES} == {
            "inbox": 1,
            "decisions": 1,
            "postings": 2,
            "journal": 1,
            "outbox": 1,
        }
    seal_all(monthly)
    with monthly.read() as connection:
        assert check_row_batches(connection, NOW).faults == []


def test_the_month_of_the_clock_is_opened_once(monthly: Database) -> None:
    begin_in_the_past(monthly)
    for _ in range(2):
        open_current_month(monthly)
        assert opened_month(monthly) == current_month(monthly)
    handle_in(monthly, build_library([], []), [Sender().imported()], 5)
    assert count(monthly, partition_name("inbox", LONG_AGO)) == 0
    assert count(monthly, partition_name("inbox", current_month(monthly))) == 1


def test_who_does_not_own_the_tables_leaves_the_month_to_their_owner(monthly: Database) -> None:
    begin_in_the_past(monthly)
    url = monthly.engine.url.set(drivername="postgresql").render_as_string(False)
    with roles(url), closing(as_the_application(url)) as desk:
        with monthly.write() as connection:
            assert grant_application_role(connection)
        open_current_month(desk)
        assert opened_month(monthly) == LONG_AGO
    open_current_month(monthly)
    assert opened_month(monthly) == current_month(monthly)


def begin_in_the_past(database: Database) -> None:
    """Let the database be one that was migrated long ago."""
    with database.write() as connection:
        for table in MONTHLY_TABLES:
            name = partition_name(table, LONG_AGO)
            connection.exec_driver_sql(
                f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES IN ('{LONG_AGO}')"
            )
            connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN month SET DEFAULT '{LONG_AGO}'")


def test_a_person_is_erased_from_every_month_and_all_of_them_stay_proved(monthly: Database) -> None:
    send = Sender()
    for month, events in ((NOVEMBER, [send.imported("m-1")]), (DECEMBER, [send.birthday("m-1")])):
        assert begin(monthly, month)
        assert handle_in(monthly, build_library([], []), events, 5).handled == 1
        give(monthly, Wish("m-1"))
    seal_all(monthly)
    with monthly.write() as connection:
        assert erase_everywhere(connection, Officer("gh-017", NOW, NOW.date(), "本人要求"), "m-1").act
    seal_all(monthly)
    assert count(monthly, "journal") == 0
    with monthly.read() as connection:
        texts = connection.execute(text("SELECT explanation FROM decisions")).scalars().all()
        assert [one.startswith(ERASED_PREFIX) for one in texts] == [True, True]
        assert check_row_batches(connection, NOW).faults == []
        assert verify_ledger(connection).disagreements == ()


def seal_all(database: Database) -> None:
    with database.write() as connection:
        while seal_batches(connection, NOW).batches:
            pass


def test_an_earlier_month_is_not_opened_again(monthly: Database) -> None:
    assert begin(monthly, NOVEMBER)
    assert begin(monthly, OCTOBER)
    assert opened_month(monthly) == NOVEMBER
    assert partition_name("inbox", OCTOBER) not in months_of(monthly, "inbox")


def test_an_event_of_an_earlier_month_is_known_in_later_ones(monthly: Database) -> None:
    line = Sender().imported()
    assert handle_in(monthly, build_library([], []), [line], 5).handled == 1
    for month in (NOVEMBER, DECEMBER):
        assert begin(monthly, month)
        assert handle_in(monthly, build_library([], []), [line], 5).duplicates == 1
    assert count(monthly, "inbox") == 1


def test_an_event_that_arrives_twice_while_a_month_is_opened_counts_once(monthly: Database) -> None:
    """One worker has written it and not committed; the month is opened; another worker gets the same event."""
    key, written, go = ("/s", "e-1"), Event(), Event()

    def slow_worker() -> set[tuple[str, str]]:
        with monthly.write() as connection:
            new = insert_unseen_events(connection, {key: "d"}, NOW, 1)
            written.set()
            assert go.wait(30)
        return new

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(slow_worker)
        assert written.wait(30)
        assert begin(monthly, NOVEMBER) is False, (
            "the writer is in the way, and is not waited for without end"
        )
        go.set()
        assert first.result() == {key}
    assert begin(monthly, NOVEMBER)
    with monthly.write() as connection:
        assert insert_unseen_events(connection, {key: "d"}, NOW, 2) == set()


@pytest.mark.endure
def test_an_event_is_looked_for_by_the_index_of_every_month(
    monthly: Database,
) -> None:
    rows = "SELECT '/s', 'e-' || n, repeat('d', 64), now(), 0 FROM generate_series({}, {}) AS n"
    months = [date(2126, number, 1) for number in range(1, 7)]
    for number, month in enumerate(months):
        assert begin(monthly, month)
        with monthly.write() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO inbox (source, id, digest, recorded_at, batch) {rows.format(number * 3_000, number * 3_000 + 2_999)}"
            )
    with monthly.write() as connection:
        for month in months:  # as autovacuum does, which never looks at the whole table
            connection.exec_driver_sql(f"ANALYZE {partition_name('inbox', month)}")
    plans: list[str] = []
    with monthly.write() as connection:
        event.listen(connection, "before_cursor_execute", _explaining(plans))
        insert_unseen_events(connection, {("/s", f"e-{n}"): "d" for n in range(500)}, NOW, 1)
    (plan,) = plans
    assert "Hash" not in plan
    assert plan.count("using inbox_2126_") == len(months)
    assert "Seq Scan on inbox_2126" not in plan


def _explaining(plans: list[str]) -> Callable[..., None]:
    """Return a listener that explains a statement on a cursor of its own before it is executed."""

    def explain(
        _connection: object,
        cursor: psycopg.Cursor[tuple[str]],
        statement: str,
        values: dict[str, object],
        *_: object,
    ) -> None:
        with cursor.connection.cursor() as beside:
            beside.execute(f"EXPLAIN {statement}".encode(), values)
            plans.append("\n".join(line for (line,) in beside))

    return explain


def test_a_month_is_named_by_the_database_s_clock(monthly: Database) -> None:
    with monthly.read() as connection:
        month = read_current_month(connection)
        today: date = connection.exec_driver_sql(
            "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date"
        ).scalar_one()
    assert month == today.replace(day=1)


def test_guards_hold_in_every_month_under_its_own_name_too(monthly: Database) -> None:
    assert begin(monthly, NOVEMBER)
    give(monthly, Wish("m-1"))
    for table in ("postings", partition_name("postings", NOVEMBER)):
        with (
            psycopg.connect(monthly.engine.url.set(drivername="postgresql").render_as_string(False)) as one,
            pytest.raises(psycopg.errors.RaiseException, match="only ever added"),
        ):
            one.execute(f"UPDATE {table} SET amount = 1")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("journal_2026_11", True),
        ("outbox_2026_12", True),
        ("decisions", False),
        ("decisions_2026", False),
        ("journal_of_something", False),
        ("draws_2026_12", False),
    ],
)
def test_the_names_of_months_are_known(name: str, is_one: bool) -> None:
    assert is_partition(name) is is_one
