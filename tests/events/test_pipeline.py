"""From events to benefits, and what waits in the database until a runner has handled it."""

from itertools import count as count_up
from threading import Thread

import pytest
from sqlalchemy import Connection, select

from benefits import explain_decisions
from events import BatchOutcome, Event, EventRunner, accept_events, parse_event
from events.tables import dead_letters
from rules import RuleLibrary
from store import Database, inbox, ingress, open_database, outbox
from tests.events.running import Unplugged, accept, count, run, some, unplugged_at
from tests.transactions import read_in, write_in
from tools.servers.sending import NOW, Sender


def rulings(outcomes: BatchOutcome) -> list[tuple[str, str, list[str]]]:
    return [(r.decision.rule_id, r.outcome, [reason.code for reason in r.reasons]) for r in outcomes.rulings]


def reasons(outcomes: BatchOutcome) -> list[str]:
    return [letter.reason for letter in outcomes.dead_letters]


def test_a_new_member_gets_the_welcome_pack_and_an_imported_one_does_not(handled, send) -> None:
    outcomes = handled(send.joined("m-1"), send.imported("m-2"))
    assert rulings(outcomes) == [("new-member-pack", "granted", [])]
    assert outcomes.rulings[0].event.member == "m-1"


def test_a_refusal_names_all_that_is_missing_with_the_values_read(handled, send, database: Database) -> None:
    left = send("member.left", at="2026-03-01T09:00:00+08:00")
    late = send.certified(on="2023-12-31")
    handled(send.imported(), left, late)
    (decision,) = read_in(database, explain_decisions, "m-1", rule_id="qingdao-1138-senior") or [None]
    assert decision is None  # before the rule was in force nobody looks
    outcomes = handled(
        send(
            "member.skill_certified",
            at="2026-04-01T10:00:00+08:00",
            trade="电工",
            level="高级工",
            certificate_digest="sha256:" + "b" * 64,
            certified_on="2023-12-31",
        )
    )
    assert rulings(outcomes) == [("qingdao-1138-senior", "refused", ["condition", "condition"])]
    (decision,) = read_in(database, explain_decisions, "m-1", rule_id="qingdao-1138-senior")
    read = {path: value for condition in decision.conditions for path, value in condition.values.items()}
    assert read["member.status"] == "left"
    assert read["event.certified_on"] == "2023-12-31"


def test_the_same_event_again_changes_nothing(handled, send) -> None:
    joined = send.joined()
    assert rulings(handled(joined))
    again = handled(joined, joined)
    assert (again.handled, again.duplicates, again.rulings) == (0, 2, [])


@pytest.mark.both_databases
def test_the_same_id_with_other_content_is_a_dead_letter_in_one_batch_and_in_two(handled, send) -> None:
    first = send.joined("m-1", envelope={"id": "same"})
    other = send.joined("m-1", trade="快递员", envelope={"id": "same"})
    outcomes = handled(first, other)
    assert (outcomes.handled, reasons(outcomes)) == (1, ["id_reused"])
    assert reasons(handled(other)) == ["id_reused"]


def test_an_event_about_nobody_waits_as_a_dead_letter_and_goes_through_later(handled, send) -> None:
    transferred = send("member.transferred", organisation="370102001-00012", district="370102")
    assert reasons(handled(transferred)) == ["unknown_member"]
    handled(send.imported())
    assert handled(transferred).handled == 1


def test_a_late_event_is_decided_on_the_facts_of_its_own_day(handled, send, database: Database) -> None:
    moved = send(
        "member.transferred",
        at="2026-06-15T09:00:00+08:00",
        organisation="371002001-00013",
        district="371002",
    )
    before, after = send.certified(on="2026-04-01"), send.certified(level="技师", on="2026-07-15")
    outcomes = handled(send.imported(), moved, before, after)
    assert rulings(outcomes) == [("qingdao-1138-senior", "granted", [])]
    assert str(outcomes.rulings[0].event.occurred_on) == "2026-04-01"


# What an event alone shows is test_envelope.py's; here is what becomes of it, and what only the batch can tell.
bad = Sender(count_up(1000))
BAD_LINES = {
    "not_json": '{"specversion":"1.0",',
    "unknown_type": bad("member.promoted"),
    "future": bad("member.left", at="2031-05-01T00:00:00Z"),
    "organisation_code": bad("member.transferred", organisation="37020"),
    "told_by_us": bad("benefit.refused", rule="r", decision="d", reasons=[]),
    "unknown_station": bad("station.closed_today", "历下-1", station="历下-1", on="2026-05-01"),
}


@pytest.mark.both_databases
def test_what_is_no_good_event_becomes_a_dead_letter_and_the_rest_goes_on(handled, send) -> None:
    outcomes = handled(send.joined(), *BAD_LINES.values(), send.imported("m-2"))
    assert (outcomes.handled, reasons(outcomes)) == (2, list(BAD_LINES))
    assert all(letter.faults[0].message and letter.faults[0].remedy for letter in outcomes.dead_letters)


@pytest.mark.both_databases
def test_every_ruling_goes_to_the_outbox_and_none_else(handled, send, database: Database) -> None:
    handled(send.joined(), send.birthday(), send.birthday(on="2026-05-21"))
    with database.read() as connection:
        told = [(row.type, row.key) for row in connection.execute(select(outbox).order_by(outbox.c.sequence))]
        seen = connection.execute(select(inbox)).all()
    assert told == [("benefit.granted", "m-1"), ("benefit.granted", "m-1"), ("benefit.refused", "m-1")]
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("kind", "data"), [("member.birthday", {"on": "9999-12-31"}), ("member.birthday", {"on": "2026-05-03"})]
)
def test_what_an_event_tells_lies_not_after_it(kind: str, data: dict[str, str], handled, send) -> None:  # type: ignore[no-untyped-def]
    outcomes = handled(send.imported(), send(kind, at="2026-05-01T00:00:00+08:00", **data))
    assert reasons(outcomes) == ["future_date"]


def test_what_waits_is_handled_in_the_order_in_which_it_was_accepted(
    runner: EventRunner, send: Sender
) -> None:
    accept(runner.database, [])
    accept(runner.database, [send.imported("m-1"), send.birthday("m-1"), *some(send, 4)])
    accept(runner.database, [send.birthday("m-0")])
    assert run(runner.run_ingress()) == (7, 0, [])
    assert count(runner.database, ingress) == 0
    assert run(runner.run_ingress()) == (0, 0, [])


def test_what_waits_stays_where_its_batch_fails(runner: EventRunner, send: Sender) -> None:
    accept(runner.database, some(send, 6))
    with pytest.raises(Unplugged):
        run(unplugged_at(runner, 2).run_ingress())
    assert (count(runner.database, ingress), count(runner.database)) == (2, 4)


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
    write_in(database, accept_events, [fast], NOW)
    runner = EventRunner(database, library_while_the_slow_one_commits, lambda: NOW)
    assert [outcomes.handled for outcomes in runner.run_ingress()] == [1, 1]
    assert (count(database, ingress), count(database)) == (0, 2)
    connection.close()
    database.close()


@pytest.mark.both_databases
def test_two_runners_that_drain_at_once_handle_everything_once(runner: EventRunner, send: Sender) -> None:
    accept(runner.database, some(send, 40))
    found: list[tuple[int, int, list[str]]] = []
    threads = [Thread(target=lambda: found.append(run(runner.run_ingress()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(handled for handled, _, _ in found) == 40
    assert sum(duplicates for _, duplicates, _ in found) == 0
    assert (count(runner.database, ingress), count(runner.database, dead_letters)) == (0, 0)
