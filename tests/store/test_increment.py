"""A chain of a whole backup and increments comes to the backup that would have been written whole, or is refused."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update

from store import (
    BackupRefused,
    BackupSummary,
    Database,
    IncrementBase,
    assemble_backup,
    migrate_database,
    open_database,
    outbox,
    read_increment_header,
    restore_backup,
    write_backup,
)
from store.row_blocks import BlockCutter, BlockIndex, read_block_index
from yihui.access.job_tables import job_files

pytestmark = pytest.mark.endure

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
Change = tuple[str, int, int]


def change_rows(database: Database, changes: Sequence[Change]) -> None:
    """Add, change and delete rows of a numbered table, and of one whose key is a text."""
    with database.write() as connection:
        for what, first, count in changes:
            numbers = [str(number) for number in range(first, first + count)]
            of_these = outbox.c.id.in_(numbers)
            if what == "add":
                add_rows(connection, numbers)
            elif what == "set":
                connection.execute(update(outbox).where(of_these).values(published_at=NOW + timedelta(first)))
            else:
                connection.execute(delete(outbox).where(of_these))
                connection.execute(delete(job_files).where(job_files.c.job.in_(numbers)))


def add_rows(connection: Connection, numbers: Sequence[str]) -> None:
    """Add the rows that aren't there."""
    row = {"key": "k", "type": "t", "data": "x", "recorded_at": NOW}
    file = {"role": "made", "name": "a", "media_type": "image/png", "size_bytes": 1, "stored_at": NOW}
    there = set(connection.execute(select(outbox.c.id)).scalars())
    new = [{**row, "id": number} for number in numbers if number not in there]
    if new:
        connection.execute(insert(outbox), new)
    there = set(connection.execute(select(job_files.c.job)).scalars())
    files = [{**file, "job": one, "content": one.encode()} for one in reversed(numbers) if one not in there]
    if files:
        connection.execute(insert(job_files), files)


def write_chain(database: Database, folder: Path, changes: Sequence[Sequence[Change]]) -> list[BackupSummary]:
    """Write a whole backup, then an increment after each group of changes."""
    made = [write_backup(database, folder / "0", NOW)]
    for number, group in enumerate(changes, 1):
        change_rows(database, group)
        base = IncrementBase(made[-1].file.name, made[-1].index)
        made.append(write_backup(database, folder / str(number), NOW + timedelta(hours=number), base=base))
    return made


def unpack(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


CHANGES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(("add", "set", "del")), st.integers(0, 300), st.integers(1, 120)),
        max_size=4,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_a_chain_comes_to_the_whole_backup_byte_by_byte(
    tmp_path_factory: pytest.TempPathFactory, changes: list[list[Change]]
) -> None:
    folder = tmp_path_factory.mktemp("chain")
    database = open_database(str(folder / "a.db"))
    migrate_database(database)
    change_rows(database, [("add", 0, 200)])
    made = write_chain(database, folder, changes)
    for number in range(len(made)):
        assemble_backup([one.file for one in made[: number + 1]], folder / f"{number}.whole")
    whole = write_backup(database, folder / "whole", NOW + timedelta(hours=len(changes)))
    database.close()
    assert unpack(folder / f"{len(changes)}.whole") == unpack(whole.file)
    assert made[-1].sha256 == whole.sha256


def test_a_chain_of_either_database_is_restored_as_a_whole_backup_is(
    database: Database, tmp_path: Path
) -> None:
    change_rows(database, [("add", 0, 2_000)])
    made = write_chain(
        database, tmp_path, [[("add", 2_000, 10)], [("set", 300, 1), ("del", 900, 2)], [], [("del", 0, 500)]]
    )
    assemble_backup([one.file for one in made], tmp_path / "chain")
    write_backup(database, tmp_path / "whole", NOW + timedelta(hours=4))
    assert unpack(tmp_path / "chain") == unpack(tmp_path / "whole")
    dumps = []
    for name in ("chain", "whole"):
        with_rows = open_database(str(tmp_path / f"{name}.db"))
        restore_backup(with_rows, tmp_path / name)
        write_backup(with_rows, tmp_path / f"{name}.again", NOW)
        dumps.append(unpack(tmp_path / f"{name}.again"))
        with_rows.close()
    assert dumps[0] == dumps[1]


def test_an_increment_holds_what_has_changed_and_few_rows_around_it(
    database: Database, tmp_path: Path
) -> None:
    change_rows(database, [("add", 0, 5_000)])
    made = write_chain(database, tmp_path, [[], [("add", 5_000, 3)], [("set", 2_500, 1)], [("del", 40, 2)]])
    assert made[0].rows_written == sum(made[0].rows.values())
    assert made[1].rows_written == 0
    assert all(one.rows_written < 400 for one in made[1:]), [one.rows_written for one in made]
    assert all(one.size < made[0].size / 5 for one in made[1:])


# --- what is refused


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The files of a chain of four, to be spoilt."""
    folder = tmp_path_factory.mktemp("chain")
    database = open_database(str(folder / "a.db"))
    migrate_database(database)
    change_rows(database, [("add", 0, 500)])
    groups: list[list[Change]] = [[("add", 600, 9)], [("del", 100, 50)], [("set", 300, 20)]]
    made = write_chain(database, folder, groups)
    write_backup(database, folder / "other", NOW + timedelta(1))
    database.close()
    return [one.file.read_bytes() for one in made] + [(folder / "other").read_bytes()]


def refusal_of(folder: Path, files: Sequence[bytes]) -> str:
    """The code by which a chain of these files is refused; nothing is written."""
    paths = [folder / str(number) for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    with pytest.raises(BackupRefused) as refused:
        assemble_backup(paths, folder / "to")
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)
    return refused.value.code


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ((0, 2, 3), "backup.other_base"),  # a link is missing
        ((0, 2, 1, 3), "backup.other_base"),
        ((0, 1, 1), "backup.other_base"),
        ((4, 1, 2, 3), "backup.other_base"),  # the base is another backup
        ((1, 2), "backup.no_backup"),  # the whole one is missing
        ((0, 4), "backup.no_backup"),  # a whole one is no increment
    ],
)
def test_files_that_are_no_chain_are_refused(
    order: Sequence[int], code: str, chain: list[bytes], tmp_path: Path
) -> None:
    assert refusal_of(tmp_path, [chain[number] for number in order]) == code


def _packed_again(content: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Changed lines with the right digest at their end."""
    lines = b"".join(change(gzip.decompress(content).splitlines(keepends=True)[:-1]))
    return gzip.compress(lines + json.dumps({"sha256": sha256(lines).hexdigest()}).encode() + b"\n")


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_changed_byte_of_any_link_is_refused(number: int, chain: list[bytes], tmp_path: Path) -> None:
    content = chain[number]
    files = [*chain[:4]]
    for at in range(20, len(content), max(1, len(content) // 40)):
        files[number] = content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]
        assert refusal_of(tmp_path, files) in {"backup.damaged", "backup.no_backup", "backup.other_base"}


def test_a_base_whose_rows_were_changed_with_care_is_named(chain: list[bytes], tmp_path: Path) -> None:
    def change(lines: list[bytes]) -> list[bytes]:
        return [line.replace(b'"k","t","x"', b'"k","t","y"') for line in lines]

    assert refusal_of(tmp_path, [_packed_again(chain[0], change), *chain[1:4]]) == "backup.other_base"


@pytest.mark.parametrize(
    "step",
    [
        b"[0,0,0]",
        b"[0,9999999,0]",
        b"[9999999,1,0]",
        b"[-1,1,0]",
        b"[0,1]",
        b"{}",
        b"[0,true,0]",
        b"x",
        b'["0",1,0]',
    ],
)
def test_a_step_that_takes_what_is_not_there_is_damage(
    step: bytes, chain: list[bytes], tmp_path: Path
) -> None:
    def change(lines: list[bytes]) -> list[bytes]:
        return [*lines[:2], step + b"\n", *lines[3:]]

    assert refusal_of(tmp_path, [chain[0], _packed_again(chain[1], change)]) == "backup.damaged"


def test_rows_that_come_to_something_else_are_damage(chain: list[bytes], tmp_path: Path) -> None:
    def change(lines: list[bytes]) -> list[bytes]:
        return [line.replace(b'"k","t","x"', b'"k","t","y"') for line in lines]

    assert refusal_of(tmp_path, [chain[0], _packed_again(chain[1], change)]) == "backup.damaged"


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", gzip.compress(b"hello\n", mtime=0), gzip.compress(b"[]\n", mtime=0)],
    ids=["nothing", "no gzip", "no JSON", "no header"],
)
def test_what_is_no_increment_is_none(content: bytes, chain: list[bytes], tmp_path: Path) -> None:
    for number, one in enumerate((content, chain[0], chain[1])):
        (tmp_path / str(number)).write_bytes(one)
    found = [read_increment_header(tmp_path / str(number)) for number in range(3)]
    assert found[:2] == [None, None]
    assert found[2] is not None and found[2].base == "0"


# --- blocks and their index


@given(st.lists(st.binary(max_size=8), max_size=200), st.integers(0, 199), st.binary(max_size=8))
def test_blocks_have_all_rows_and_a_new_row_changes_few_of_them(
    rows: list[bytes], at: int, new: bytes
) -> None:
    def cut(lines: list[bytes]) -> list[tuple[bytes, ...]]:
        cutter = BlockCutter()
        halves = [lines[: len(lines) // 2], lines[len(lines) // 2 :]]
        return [tuple(block) for half in halves for block in cutter.cut(half)] + [
            tuple(b) for b in cutter.end()
        ]

    before, after = cut(rows), cut([*rows[:at], new, *rows[at:]])
    assert [row for block in before for row in block] == rows
    # Up to 64 rows of its own block, and those that follow until the next end by checksum.
    changed = set(after) - set(before)
    assert all(len(block) <= 64 for block in before)
    assert len(changed) <= 5


def test_an_index_comes_back_as_it_was_and_holds_no_content(tmp_path: Path) -> None:
    index = BlockIndex({"t": ["a"], "u": ["b"]}, bytes(32), "h", "s")
    for number in range(300):
        index.add("t", [f"secret {number}".encode()] * (1 + number % 64))
    index.write(tmp_path / "i", {"note": 1})
    assert read_block_index(tmp_path / "i") == (index, {"note": 1})
    assert b"secret" not in (tmp_path / "i").read_bytes()
    assert (tmp_path / "i").stat().st_mode & 0o777 == 0o600
    starts = sorted(index.find_starts("t").values())
    assert all(1 <= after - before <= 64 for before, after in pairwise(starts))
    assert index.find_starts("u") == {}


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda c: c[:50] + b"x" + c[51:], lambda _: b"", lambda c: c + b"x"]
)
def test_an_index_that_is_not_what_was_written_is_none(
    spoil: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    assert read_block_index(tmp_path / "i") is None
    BlockIndex({}, bytes(32)).write(tmp_path / "i", {})
    (tmp_path / "i").write_bytes(spoil((tmp_path / "i").read_bytes()))
    assert read_block_index(tmp_path / "i") is None


def test_an_index_with_another_key_finds_nothing_and_the_backup_is_right(
    database: Database, tmp_path: Path
) -> None:
    change_rows(database, [("add", 0, 100)])
    first = write_backup(database, tmp_path / "0", NOW)
    base = IncrementBase("0", replace(first.index, key=bytes(32)))
    second = write_backup(database, tmp_path / "1", NOW, base=base)
    assert second.rows_written == sum(second.rows.values())
    assemble_backup([first.file, second.file], tmp_path / "chain")
    assert unpack(tmp_path / "chain") == unpack(first.file)
