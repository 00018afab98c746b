"""Dead letters: kept until they go through, once for the same text, never with personal data."""

import pytest
from sqlalchemy import Connection, select

from events import DeadLetter, EventRunner
from events import dead_letters as letters
from events.tables import dead_letters
from rules import RuleLibrary
from store import Database, inbox
from tests.transactions import read_in, rows_in
from tools.servers.sending import NOW, Sender, ledger
from yihui.services.rules.rules import SHIPPED_RULES, read_library


def found(database: Database, reason: str | None = None) -> list[DeadLetter]:
    return read_in(database, letters.find_dead_letters, reason=reason)


def reasons(database: Database) -> list[str]:
    return sorted(letter.reason for letter in found(database))


def test_a_letter_keeps_what_is_needed_to_mend_it(handled, send: Sender, database: Database) -> None:  # type: ignore[no-untyped-def]
    line = send("member.left", "m-9", envelope={"id": "e-9"})
    handled(line)
    (letter,) = found(database)
    assert (letter.reason, letter.source, letter.event_id, letter.origin) == (
        "unknown_member",
        "/test",
        "e-9",
        "line 1",
    )
    assert (letter.recorded_at, letter.resolved_at) == (NOW, None)
    assert letter.faults[0].remedy and letter.faults[0].value == "m-9"
    assert letter.text is not None and '"e-9"' in letter.text


def test_the_same_letter_lies_there_once(handled, send: Sender, database: Database) -> None:  # type: ignore[no-untyped-def]
    line = send("member.left", "m-9")
    handled(line, line, "nonsense", "nonsense\r\n", size=1)
    handled(line, "nonsense")
    assert reasons(database) == ["not_json", "unknown_member"]


def test_an_event_that_travelled_twice_lies_there_once(handled, send: Sender, database: Database) -> None:  # type: ignore[no-untyped-def]
    line = send("member.left", "m-9")
    handled(line, line.replace('"source"', '"recordedtime": "2026-05-01T09:00:00+08:00", "source"'), size=1)
    assert reasons(database) == ["unknown_member"]


def test_letters_are_found_by_reason_and_by_the_beginning_of_their_id(
    handled, send: Sender, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send("member.left", "m-9"), "nonsense", "{}")
    (one,) = found(database, reason="not_json")
    assert read_in(database, letters.find_letters_by_prefix, one.id[:12]) == [one]
    assert read_in(database, letters.find_letters_by_prefix, "zz") == []
    assert len(found(database)) == 3


@pytest.mark.both_databases
def test_only_what_goes_through_is_resolved_and_the_others_wait(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send("member.left", "m-1"), send("member.left", "m-2"), "nonsense")
    handled(send.imported("m-1"))
    outcomes = runner.replay_dead_letters(found(database))
    assert (outcomes.handled, sorted(letter.reason for letter in outcomes.dead_letters)) == (
        1,
        ["not_json", "unknown_member"],
    )
    assert reasons(database) == ["not_json", "unknown_member"]
    with database.read() as connection:
        resolved = connection.execute(
            select(dead_letters.c.resolved_at).where(dead_letters.c.source == "/test")
        )
        assert sorted(map(str, resolved.scalars())) == [str(NOW), "None"]


def test_replayed_twice_they_are_handled_once(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send.birthday("m-1"))
    waiting = found(database)
    handled(send.imported("m-1"))
    assert runner.replay_dead_letters(waiting).handled == 1
    before = ledger(database)
    again = runner.replay_dead_letters(waiting)
    assert (again.handled, again.duplicates, again.dead_letters) == (0, 1, [])
    assert ledger(database) == before
    assert found(database) == []


@pytest.mark.parametrize("size", [1, 10])
def test_a_letter_whose_event_came_again_and_was_handled_waits_no_longer(
    handled, send: Sender, database: Database, size: int
) -> None:  # type: ignore[no-untyped-def]
    left, other = send("member.left", "m-9"), send("member.left", "m-8")
    later = left.replace('"source"', '"traceparent": "sent again", "source"')
    handled(left, other, send.imported("m-9"), later, size=size)
    assert [letter.faults[0].value for letter in found(database)] == ["m-8"]


def test_a_letter_about_another_content_of_an_id_waits_on(handled, send: Sender, database: Database) -> None:  # type: ignore[no-untyped-def]
    left = send("member.left", "m-9", envelope={"id": "e-9"})
    handled(left, send.imported("m-9", envelope={"id": "e-9"}), size=1)
    assert reasons(database) == ["unknown_member"]


def test_letters_are_replayed_in_the_order_of_their_events_over_all_batches(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    """Their own order of arrival is lost: they lie there by digest."""
    late = [
        send("member.profile_changed", at=f"2026-0{month}-01T00:00:00+08:00", trade=f"工种{month}")
        for month in range(1, 9)
    ]
    handled(*late, size=1)
    handled(send.imported("m-1"))
    runner.replay_dead_letters(found(database))
    from members import read_member_changes

    changes = read_in(database, read_member_changes, ["m-1"])["m-1"]
    assert [change.values.get("trade") for change in changes[1:]] == [f"工种{month}" for month in range(1, 9)]


def test_letters_with_personal_data_are_not_kept_and_can_not_be_replayed(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(send("member.left", reason="13812345678"), send("member.left", reason="13912345678"))
    waiting = found(database)
    assert [(letter.text, letter.event_id, letter.source) for letter in waiting] == [(None, None, None)] * 2
    outcomes = runner.replay_dead_letters(waiting)
    assert (outcomes.handled, outcomes.duplicates, outcomes.dead_letters) == (0, 0, [])
    assert len(found(database)) == 2


def test_a_letter_that_fails_for_another_reason_today_says_todays(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    line = send("member.left", "m-9", at="2026-10-03T23:30:00+08:00")  # ahead of our clock
    handled(line)
    assert reasons(database) == ["future"]
    tomorrow = EventRunner(database, runner.library, lambda: NOW.replace(day=4))
    tomorrow.replay_dead_letters(found(database))
    (letter,) = found(database)
    assert (letter.reason, letter.faults[0].value, letter.recorded_at) == ("unknown_member", "m-9", NOW)


def test_a_replay_that_fails_resolves_nothing_of_its_batch(
    handled, send: Sender, runner: EventRunner, database: Database
) -> None:  # type: ignore[no-untyped-def]
    handled(*[send.birthday(f"m-{n}") for n in range(5)])
    handled(*[send.imported(f"m-{n}") for n in range(5)])
    calls = iter([read_library([SHIPPED_RULES]), None])

    def library_of_one_batch(_: Connection) -> RuleLibrary:
        found = next(calls)
        if found is None:
            raise InterruptedError
        return found

    with pytest.raises(InterruptedError):
        EventRunner(database, library_of_one_batch, runner.now, batch_size=3).replay_dead_letters(
            found(database)
        )
    assert len(found(database)) == 2
    assert len(rows_in(database, select(inbox))) == 5 + 3


def test_a_possible_id_number_is_not_stored_even_with_a_wrong_check_digit(
    handled,  # type: ignore[no-untyped-def]
    send: Sender,
    database: Database,
) -> None:
    handled(send("member.left", reason="本人 110105194912310021 申请"))
    (letter,) = found(database)
    assert letter.text is None
    assert letter.event_id is None
