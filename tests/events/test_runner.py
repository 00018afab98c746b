"""The embedded runner: goes on where the last commit ended, whatever becomes of the file meanwhile."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from events import EventRunner, InboundEvent, parse_event
from events.tables import positions
from rules import RuleLibrary
from store import Database
from tests.events.running import Unplugged, count, run, some, unplugged_at
from tools.servers.sending import NOW, Sender, ledger

BOM = b"\xef\xbb\xbf"


@pytest.fixture
def target(migrated_file: Path, tmp_path: Path) -> str:
    """SQLite only: what a file does to the runner has nothing to do with the database."""
    return str(shutil.copy(migrated_file, tmp_path / "yihui.db"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def write(path: Path, lines: list[str], end: str = "\n") -> None:
    path.write_bytes("".join(line + end for line in lines).encode())


def test_progress_is_told_in_bytes_and_each_batch_is_committed_when_it_is_told(
    runner: EventRunner, path: Path, send: Sender
) -> None:
    write(path, some(send, 10))
    told = []
    for position, outcomes in runner.run_file(path):
        told.append((position, outcomes.handled, count(runner.database)))
    size = path.stat().st_size
    assert [(position == size, handled, kept) for position, handled, kept in told] == [
        (False, 4, 4),
        (False, 4, 8),
        (True, 2, 10),
    ]


def test_a_file_that_was_read_is_not_read_again(runner: EventRunner, path: Path, send: Sender) -> None:
    write(path, some(send, 6))
    assert run(runner.run_file(path)) == (6, 0, [])
    before = ledger(runner.database)
    assert run(runner.run_file(path)) == (0, 0, [])
    assert ledger(runner.database) == before


def test_a_batch_and_its_place_are_one_transaction(
    database: Database, runner: EventRunner, path: Path, send: Sender
) -> None:
    write(path, some(send, 10))
    with pytest.raises(Unplugged):
        run(unplugged_at(runner, 3).run_file(path))
    lines = path.read_bytes().splitlines(keepends=True)
    with database.read() as connection:
        place = connection.execute(select(positions.c.position)).scalar_one()
    assert (count(database), place) == (4, len(b"".join(lines[:4])))  # the first commit is the reader's


def test_a_run_that_was_cut_short_goes_on_after_its_last_batch(
    runner: EventRunner, path: Path, send: Sender
) -> None:
    write(path, some(send, 10))
    batches = runner.run_file(path)
    next(batches)
    batches.close()  # whoever asked goes away
    assert run(runner.run_file(path)) == (6, 0, [])


def test_a_file_that_grew_is_read_from_where_it_ended(runner: EventRunner, path: Path, send: Sender) -> None:
    lines = some(send, 6)
    write(path, lines)
    run(runner.run_file(path))
    write(path, [*lines, send.birthday("m-0"), "nonsense"])
    assert run(runner.run_file(path)) == (1, 0, ["events.jsonl:8"])


def test_a_file_whose_beginning_changed_is_read_from_its_start(
    runner: EventRunner, path: Path, send: Sender
) -> None:
    lines = some(send, 6)
    write(path, lines)
    run(runner.run_file(path))
    write(path, [send.joined("m-new"), *lines])
    assert run(runner.run_file(path)) == (1, 6, [])
    write(path, lines[:2])  # and one that shrank
    assert run(runner.run_file(path)) == (0, 2, [])


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_last_line_without_its_end_counts_and_its_end_may_come_later(
    end: bytes, runner: EventRunner, path: Path, send: Sender
) -> None:
    first, second, third = (line.encode() for line in some(send, 3))
    path.write_bytes(first + end + second)
    assert run(runner.run_file(path)) == (2, 0, [])
    path.write_bytes(first + end + second + end + third)
    assert run(runner.run_file(path)) == (1, 0, [])


def test_a_line_that_was_half_written_is_read_whole_once_it_is(
    runner: EventRunner, path: Path, send: Sender
) -> None:
    """A dead letter remembers the half; the file is read again, since its line has changed."""
    first, second, third = (line.encode() for line in some(send, 3))
    path.write_bytes(first + b"\n" + second[:40])
    assert run(runner.run_file(path)) == (1, 0, ["events.jsonl:2"])
    path.write_bytes(first + b"\n" + second + b"\n" + third + b"\n")
    assert run(runner.run_file(path)) == (2, 1, [])


@pytest.mark.parametrize(
    "dress",
    [
        lambda lines: "\r\n".join(lines).encode(),
        lambda lines: BOM + "\n".join(lines).encode(),
        lambda lines: "\n\n  \n".join(["", *lines, "", ""]).encode(),
        lambda lines: b"\n".join(BOM + line.encode() for line in lines),
    ],
    ids=["CRLF", "byte order mark", "blank lines", "files with marks joined"],
)
@pytest.mark.parametrize("size", [1, 4])
def test_a_file_may_be_dressed_otherwise(
    dress: Callable[[list[str]], bytes],
    size: int,
    database: Database,
    library: RuleLibrary,
    path: Path,
    send: Sender,
) -> None:
    runner = EventRunner(database, lambda _: library, lambda: NOW, batch_size=size)
    path.write_bytes(dress(some(send, 5)))
    assert run(runner.run_file(path)) == (5, 0, [])
    assert run(runner.run_file(path)) == (0, 0, [])


def test_lines_are_numbered_as_an_editor_does(runner: EventRunner, path: Path, send: Sender) -> None:
    good = some(send, 4)
    path.write_text("\n".join([good[0], "", "?", good[1], good[2], good[3], "", "!"]))
    assert run(runner.run_file(path)) == (4, 0, ["events.jsonl:3", "events.jsonl:8"])


def test_an_empty_file_is_handled_in_no_time(runner: EventRunner, path: Path) -> None:
    path.write_bytes(b"\n\n")
    assert run(runner.run_file(path)) == (0, 0, [])


def test_lines_in_another_encoding_are_dead_letters_and_the_rest_goes_on(
    runner: EventRunner, path: Path, send: Sender
) -> None:
    path.write_bytes(send.joined("m-1").encode("gb18030") + b"\n" + b"\0\xff\n" + send.joined("m-2").encode())
    handled, _, letters = run(runner.run_file(path))
    assert (handled, letters) == (1, ["events.jsonl:1", "events.jsonl:2"])


def test_a_stream_is_told_after_each_batch_is_committed(runner: EventRunner, send: Sender) -> None:
    stream = io.BytesIO("\n".join(some(send, 9)).encode())
    told = [(outcomes.handled, count(runner.database)) for outcomes in runner.run_stream(stream, "-")]
    assert told == [(4, 4), (4, 8), (1, 9)]


def test_events_in_memory_are_told_after_each_batch_is_committed(runner: EventRunner, send: Sender) -> None:
    items = [InboundEvent(parse_event(line, NOW), "roll") for line in some(send, 5)]
    assert [count(runner.database) for _ in runner.run_events(items)] == [4, 5]


def test_an_id_that_is_fit_only_the_second_time_is_handled_in_one_batch_as_in_two(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    """An event about nobody, the roll, the same event again: one batch, as if each came alone."""
    moved = send("member.transferred", organisation="370102001-00012", district="370102")
    other = send("member.left", envelope={"id": json.loads(moved)["id"]})
    batch = [moved, send.imported("m-1"), moved, moved, other]
    runner = EventRunner(database, lambda _: library, lambda: NOW)
    (outcomes,) = runner.run_stream(io.BytesIO("\n".join(batch).encode()), "-")
    assert (outcomes.handled, outcomes.duplicates) == (2, 1)
    assert [letter.reason for letter in outcomes.dead_letters] == ["unknown_member", "id_reused"]
    assert run(runner.run_stream(io.BytesIO(moved.encode()), "-")) == (0, 1, [])


def test_where_an_id_came_twice_it_is_the_fit_one_that_is_known_afterwards(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    unfit = send("member.left", "m-nobody", envelope={"id": "same"})
    fit = send.joined("m-1", envelope={"id": "same"})
    runner = EventRunner(database, lambda _: library, lambda: NOW)
    assert run(runner.run_stream(io.BytesIO(f"{unfit}\n{fit}".encode()), "-")) == (1, 0, ["-:1"])
    assert run(runner.run_stream(io.BytesIO(fit.encode()), "-")) == (0, 1, [])
    (again,) = runner.run_stream(io.BytesIO(unfit.encode()), "-")
    assert [letter.reason for letter in again.dead_letters] == ["id_reused"]


def test_rules_are_loaded_without_an_event_and_their_faults_left_to_the_first_batch(
    database: Database, library: RuleLibrary, send: Sender
) -> None:
    loads: list[RuleLibrary] = []

    def load(_: Connection) -> RuleLibrary:
        loads.append(library)
        if len(loads) == 2:
            raise OSError("the folder is gone")
        return library

    runner = EventRunner(database, load, lambda: NOW)
    runner.load_rules()
    runner.load_rules()
    assert len(loads) == 2
    assert run(runner.run_stream(io.BytesIO(send.imported().encode()), "-")) == (1, 0, [])
