"""What was accepted over HTTP waits in the database until a runner has handled it."""

from threading import Thread

import pytest
from sqlalchemy import Connection

from events import Event, EventRunner, accept_events, parse_event
from events.tables import dead_letters
from rules import RuleLibrary
from store import Database, ingress, open_database
from tests.events.running import Unplugged, count, run, some, unplugged_at
from tests.events.sending import NOW, Sender


@pytest.fixture
def runner(database: Database, library: RuleLibrary) -> EventRunner:
    return EventRunner(database, lambda _: library, lambda: NOW, batch_size=4)


def waiting(runner: EventRunner, lines: list[str]) -> None:
    events = [parse_event(line, NOW) for line in lines]
    with runner.database.write() as connection:
        accept_events(connection, [item for item in events if isinstance(item, Event)], NOW)


def test_what_waits_is_handled_in_the_order_in_which_it_was_accepted(
    runner: EventRunner, send: Sender
) -> None:
    waiting(runner, [])
    waiting(runner, [send.imported("m-1"), send.birthday("m-1"), *some(send, 4)])
    waiting(runner, [send.birthday("m-0")])
    assert run(runner.run_ingress()) == (7, 0, [])
    assert count(runner.database, ingress) == 0
    assert run(runner.run_ingress()) == (0, 0, [])


def test_what_waits_stays_where_its_batch_fails(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    runner = EventRunner(database, lambda _: library, lambda: NOW, batch_size=4)
    waiting(runner, some(send, 6))
    with pytest.raises(Unplugged):
        run(unplugged_at(runner, 2).run_ingress())
    assert (count(database, ingress), count(database)) == (2, 4)


@pytest.mark.needs("postgres")
def test_an_event_that_is_committed_late_under_a_lower_number_is_not_lost(
    migrated_server: str, library: RuleLibrary, send: Sender
) -> None:
    """PostgreSQL gives numbers before it commits: a slow request's row turns up below what was read."""
    database = open_database(migrated_server)
    slow, fast = (parse_event(line, NOW) for line in some(send, 2))
    assert isinstance(slow, Event) and isinstance(fast, Event)

    def library_while_the_slow_one_commits(_: Connection) -> RuleLibrary:
        if late:
            late.pop().commit()
        return library

    connection = database.engine.connect()
    late = [connection.begin()]
    accept_events(connection, [slow], NOW)
    with database.write() as other:
        accept_events(other, [fast], NOW)
    runner = EventRunner(database, library_while_the_slow_one_commits, lambda: NOW)
    assert [outcomes.handled for outcomes in runner.run_ingress()] == [1, 1]
    assert (count(database, ingress), count(database)) == (0, 2)
    connection.close()
    database.close()


@pytest.mark.both_databases
def test_two_runners_that_drain_at_once_handle_everything_once(runner: EventRunner, send: Sender) -> None:
    waiting(runner, some(send, 40))
    found: list[tuple[int, int, list[str]]] = []
    threads = [Thread(target=lambda: found.append(run(runner.run_ingress()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(handled for handled, _, _ in found) == 40
    assert sum(duplicates for _, duplicates, _ in found) == 0
    assert (count(runner.database, ingress), count(runner.database, dead_letters)) == (0, 0)
