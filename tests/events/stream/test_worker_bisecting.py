"""What a batch comes to where something in it, or the place, gives trouble."""

import json
import random
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.engine.interfaces import DBAPICursor

from events import BatchOutcome, EventRunner, InboundEvent, dead_letters, parse_event
from events.faults import dead_letter_reason
from events.stream.bisecting import Outage, PendingBatch
from rules import RuleLibrary
from store import Database, inbox
from tests.events.unplugging import Fragile, Unplugged
from tests.tiers import budget
from tests.transactions import read_in, values_in
from tools.servers.sending import NOW, Sender


def runner_of(database: Database, library: RuleLibrary) -> EventRunner:
    return EventRunner(database, lambda _: library, lambda: NOW)


def items(lines: list[str]) -> list[InboundEvent]:
    return [InboundEvent(parse_event(line, NOW), f"topic:0:{n}") for n, line in enumerate(lines)]


def finished(work: PendingBatch) -> BatchOutcome:
    total = BatchOutcome()
    for outcomes, _ in work.process():
        total.add(outcomes)
    return total


def stored(database: Database) -> set[str]:
    return set(values_in(database, select(inbox.c.id)))


def trap(database: Database, beginning: str) -> None:
    """The database itself refuses to keep what is of some members, each time."""
    with database.write() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql(
                f"CREATE TRIGGER trap BEFORE INSERT ON member_changes WHEN NEW.member_id LIKE '{beginning}%'"
                " BEGIN SELECT RAISE(ABORT, 'tel. 13800000000'); END"
            )
            return
        connection.exec_driver_sql(refusing("data_exception", beginning))
        connection.exec_driver_sql(
            "CREATE TRIGGER trap BEFORE INSERT ON member_changes FOR EACH ROW EXECUTE FUNCTION refuse()"
        )


def disarm(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER trap" + ("" if database.is_sqlite else " ON member_changes"))


def refusing(condition: str, beginning: str) -> str:
    return (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF starts_with(NEW.member_id, '{beginning}') THEN"
        f" RAISE {condition} USING MESSAGE = 'tel. 13800000000'; END IF; RETURN NEW; END $$"
    )


@pytest.fixture
def lines(send: Sender) -> list[str]:
    """Two events of each of some members, the second of which needs the first."""
    imported = [send.imported(f"m-{n:03}") for n in range(250)]
    return imported + [send.birthday(f"m-{n:03}") for n in range(250)]


@pytest.mark.both_databases
def test_every_poison_event_among_five_hundred_is_put_aside_and_the_rest_goes_on(
    database: Database, library: RuleLibrary, lines: list[str]
) -> None:
    trap(database, "m-12")
    total = finished(PendingBatch(runner_of(database, library), items(lines)))
    assert {letter.origin: letter.reason for letter in total.dead_letters} == {
        **{f"topic:0:{number}": "poison" for number in range(120, 130)},
        **{f"topic:0:{number}": "unknown_member" for number in range(370, 380)},  # their birthdays
    }
    assert (total.handled, len(stored(database))) == (480, 480)
    assert sum(one.outcome == "granted" for one in total.rulings) >= 240
    for letter in read_in(database, dead_letters.find_dead_letters, reason="poison"):
        assert letter.faults[0].value in {"IntegrityError", "DataError 22000"}
        assert letter.text is not None and "13800000000" not in repr(letter)


def test_a_letter_about_poison_goes_through_once_it_is_mended(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    trap(database, "m-1")
    runner = runner_of(database, library)
    finished(PendingBatch(runner, items([send.imported("m-1")])))
    disarm(database)
    waiting = read_in(database, dead_letters.find_dead_letters, reason="poison")
    assert runner.replay_dead_letters(waiting).handled == 1
    assert read_in(database, dead_letters.count_dead_letters) == 0


def test_a_line_that_is_no_event_and_breaks_something_keeps_what_was_said_of_it(
    database: Database, library: RuleLibrary
) -> None:
    event.listen(database.engine, "before_cursor_execute", failing_once("INSERT INTO dead_letters", 2))
    total = finished(PendingBatch(runner_of(database, library), items(["nonsense"])))
    [letter] = total.dead_letters
    assert (letter.reason, [dead_letter_reason(fault) for fault in letter.faults]) == (
        "poison",
        ["not_json", "poison"],
    )


def failing_once(beginning: str, times: int = 1) -> Callable[..., None]:
    left = iter(range(times))

    def fail(_c: Connection, _cursor: DBAPICursor, statement: str, *_: object) -> None:
        if statement.startswith(beginning) and next(left, None) is not None:
            raise RuntimeError

    return fail


def test_what_an_outage_interrupts_is_handled_once_it_is_over(
    database: Database, library: RuleLibrary, lines: list[str]
) -> None:
    """Rules that can't be read are no event's fault."""
    errors = iter([FileNotFoundError("rules/x.yaml")])

    def load(_: Connection) -> RuleLibrary:
        if error := next(errors, None):
            raise error
        return library

    work = PendingBatch(EventRunner(database, load, lambda: NOW), items(lines))
    with pytest.raises(Outage, match="FileNotFoundError"):
        finished(work)
    assert stored(database) == set()
    assert finished(work).handled == len(lines)


@pytest.mark.needs("postgres")
def test_a_key_that_is_taken_each_time_is_the_events_own_fault(
    migrated_copy: Database, library: RuleLibrary, send: Sender
) -> None:
    """Tried again ten times as a race; then it is none, and must not stop the others for ever."""
    with migrated_copy.write() as connection:
        connection.exec_driver_sql(refusing("unique_violation", "m-1"))
        connection.exec_driver_sql(
            "CREATE TRIGGER trap BEFORE INSERT ON member_changes FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    work = PendingBatch(runner_of(migrated_copy, library), items([send.imported(f"m-{n}") for n in range(4)]))
    total = finished(work)
    assert ([letter.origin for letter in total.dead_letters], total.handled) == (["topic:0:1"], 3)


class Failing(Fragile):
    """Fails with an ordinary error instead."""

    def tick(self, *_: object) -> None:
        try:
            super().tick()
        except Unplugged as cut:
            raise RuntimeError from cut


@pytest.mark.deeper
@pytest.mark.parametrize("kind", [Failing, Fragile])
def test_whatever_fails_once_at_whatever_place_nothing_is_lost_or_put_aside(
    target: str, library: RuleLibrary, send: Sender, kind: type[Fragile]
) -> None:
    """At any statement, before and after it, and at any commit; for each commit of ours at a quarter of them."""
    fragile = kind(target)
    ticks = _ticks(fragile, library, send)
    assert ticks > 40
    for at in random.Random(1).sample(range(1, ticks + 1), budget(ticks)):
        lines = _batch(send)
        fragile.plug_in(at)
        try:
            finished(PendingBatch(runner_of(fragile, library), items(lines)))
        except Unplugged:
            # Not an Exception: the process would have ended, and another one begins the batch anew.
            fragile.plug_in()
            assert finished(PendingBatch(runner_of(fragile, library), items(lines))).dead_letters == []
        fragile.left = None
        assert stored(fragile) >= {json.loads(line)["id"] for line in lines}, at
    assert read_in(fragile, dead_letters.count_dead_letters) == 0
    fragile.close()


def _batch(send: Sender) -> list[str]:
    number = next(send.numbers)
    members = [f"m-{number}-{n}" for n in range(2)]
    return [send.imported(name) for name in members] + [send.birthday(name) for name in members]


def _ticks(fragile: Fragile, library: RuleLibrary, send: Sender) -> int:
    fragile.plug_in(None)
    finished(PendingBatch(runner_of(fragile, library), items(_batch(send))))
    return fragile.ticks
