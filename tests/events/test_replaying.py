"""Replays of files and of the journal: into the same ledger nothing changes, into an empty one it comes out the same."""

from pathlib import Path

import pytest

from events import BatchOutcome, EventRunner, dead_letters
from events.replaying import (
    FileReplaySource,
    JournalReplaySource,
    LedgerReplay,
    ReplaySource,
    begin_replay,
    is_replay_under_way,
)
from rules import RuleLibrary
from store import migrate_database, open_database
from tests.transactions import read_in
from tools.servers.sending import NOW, Sender, ledger


@pytest.fixture
def scratch(tmp_path: Path, library: RuleLibrary) -> EventRunner:
    opened = open_database(str(tmp_path / "scratch.db"))
    migrate_database(opened)
    return EventRunner(opened, lambda _: library, lambda: NOW, batch_size=4)


def lives(send: Sender) -> list[str]:
    """Eight members, each with a cake; one event can't be handled."""
    lines = [line for n in range(8) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    return [*lines, send.birthday("m-99")]


def run(runner: EventRunner, source: ReplaySource, **more: bool) -> BatchOutcome:
    outcomes = BatchOutcome()
    for _, portion in LedgerReplay(runner, **more).run(source):
        outcomes.add(portion)
    return outcomes


def written(path: Path, lines: list[str]) -> FileReplaySource:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return FileReplaySource(path)


def test_a_file_replayed_twice_changes_nothing(runner: EventRunner, send: Sender, tmp_path: Path) -> None:
    source = written(tmp_path / "e.jsonl", lives(send))
    assert run(runner, source).handled == 16
    before = ledger(runner.database)
    again = run(runner, source)
    assert (again.handled, again.duplicates, len(again.dead_letters)) == (0, 16, 1)
    assert ledger(runner.database) == before


def test_the_journal_replayed_into_its_own_ledger_ends_and_changes_nothing(
    runner: EventRunner, send: Sender, tmp_path: Path
) -> None:
    run(runner, written(tmp_path / "e.jsonl", lives(send)))
    before = ledger(runner.database)
    again = run(runner, JournalReplaySource(runner.database))
    assert (again.handled, again.duplicates) == (0, 16)
    assert ledger(runner.database) == before


def test_the_journal_is_replayed_between_two_days(
    runner: EventRunner, scratch: EventRunner, send: Sender, tmp_path: Path
) -> None:
    from datetime import date

    run(runner, written(tmp_path / "e.jsonl", lives(send)))
    joined = JournalReplaySource(runner.database, until=date(2026, 3, 1))
    assert (joined.total, run(scratch, joined).handled) == (8, 8)
    birthdays = JournalReplaySource(runner.database, since=date(2026, 3, 2))
    assert run(scratch, birthdays).handled == 8


def _progress(runner: EventRunner, source: ReplaySource, stop_after: int | None = None) -> list[int]:
    """How far each portion brought it; stopped as by Ctrl+C."""
    seen = []
    for done, _ in LedgerReplay(runner).run(source):
        seen.append(done)
        if stop_after is not None and len(seen) == stop_after:
            break
    return seen


@pytest.mark.parametrize("kind", ["file", "journal"])
def test_a_replay_that_was_stopped_goes_on_and_one_that_ended_begins_anew(
    kind: str, runner: EventRunner, scratch: EventRunner, send: Sender, tmp_path: Path
) -> None:
    file = written(tmp_path / "e.jsonl", lives(send))
    run(runner, file)
    source: ReplaySource = file if kind == "file" else JournalReplaySource(runner.database)
    whole = _progress(scratch, source)
    assert whole == sorted(set(whole)) and whole[-1] == source.total
    first = _progress(scratch, source, stop_after=2)
    assert read_in(scratch.database, is_replay_under_way, source)
    assert first + _progress(scratch, source) == whole
    assert not read_in(scratch.database, is_replay_under_way, source)
    assert _progress(scratch, source) == whole


def test_a_file_that_was_changed_is_replayed_from_its_start(
    scratch: EventRunner, send: Sender, tmp_path: Path
) -> None:
    lines = lives(send)
    source = written(tmp_path / "e.jsonl", lines)
    _progress(scratch, source, stop_after=2)
    new = written(tmp_path / "e.jsonl", [send.joined("m-50"), *lines])
    assert run(scratch, new).handled == 17 - 8


def test_what_has_begun_and_done_nothing_is_under_way(
    scratch: EventRunner, send: Sender, tmp_path: Path
) -> None:
    source = written(tmp_path / "e.jsonl", lives(send))
    with scratch.database.write() as connection:
        begin_replay(connection, source)
        assert is_replay_under_way(connection, source)
        assert not is_replay_under_way(connection, written(tmp_path / "e.jsonl2", ["{}"]))
    assert run(scratch, source).handled == 16


def test_events_of_stations_are_left_out_where_there_is_no_register(
    scratch: EventRunner, send: Sender, tmp_path: Path
) -> None:
    closed = send("station.closed_today", "s-1", station="s-1", on="2026-05-01")
    replaying = LedgerReplay(scratch, with_stations=False)
    outcomes = BatchOutcome()
    for _, portion in replaying.run(written(tmp_path / "e.jsonl", [send.joined(), closed])):
        outcomes.add(portion)
    assert (outcomes.handled, outcomes.dead_letters, replaying.stations_left_out) == (1, [], 1)
    assert read_in(scratch.database, dead_letters.count_dead_letters) == 0
