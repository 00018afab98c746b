"""A file that is not a backup, or that was changed since it was written, is refused and no row is restored."""

import gzip
import hashlib
import json
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pydantic_core import from_json
from sqlalchemy import insert, inspect

from store import (
    HEAD_REVISION,
    BackupRefused,
    Database,
    backup_file,
    check_backup,
    migrate_database,
    open_database,
    restore_backup,
    write_backup,
)
from tests.store.inbox_rows import NOW, fill
from tests.tiers import budget
from yihui.access.job_tables import job_files


def test_bytes_that_are_no_base64_are_damage(database: Database, empty: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.yihui"
    file = {"job": "j", "role": "made", "name": "a.png", "media_type": "image/png", "size_bytes": 1}
    with database.write() as connection:
        connection.execute(insert(job_files).values(**file, content=b"\xff", stored_at=NOW))
    write_backup(database, path, NOW)
    spoilt = gzip.decompress(path.read_bytes()).replace(b"base64:/w==", b"base64:/w=?")
    path.write_bytes(gzip.compress(spoilt))
    with pytest.raises(BackupRefused, match="one of its rows can't be read"):
        restore_backup(empty, path)


def _changed(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(20, len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def _line_changed(content: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Packed again, so that the packing's own checksum is right."""
    return gzip.compress(b"\n".join(change(gzip.decompress(content).split(b"\n"))))


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup's bytes, to be spoilt."""
    folder = tmp_path_factory.mktemp("content")
    database = open_database(str(folder / "a.db"))
    migrate_database(database)
    fill(database, 0, 200)
    write_backup(database, folder / "a.yihui", NOW)
    database.close()
    return (folder / "a.yihui").read_bytes()


@pytest.mark.deeper
def test_a_changed_byte_or_a_missing_end_is_damage(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yihui"
    for seed in range(budget(100)):
        chance = random.Random(seed)
        path.write_bytes(_changed(content, chance) if seed % 2 else content[: chance.randrange(len(content))])
        with pytest.raises(BackupRefused):
            check_backup(path)


CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a letter": lambda lines: [*lines[:9], lines[9].replace("员".encode(), "圆".encode()), *lines[10:]],
    "a row less": lambda lines: [*lines[:9], *lines[10:]],
    "a row twice": lambda lines: [*lines[:9], lines[9], *lines[9:]],
    "rows changed about": lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]],
    "a column": lambda lines: [lines[0].replace(b'"source"', b'"sauce"'), *lines[1:]],
    "no last line": lambda lines: [*lines[:-2], b""],
    "more after it": lambda lines: [*lines[:-1], b"[1]\n"],
    "a short row": lambda lines: [*lines[:9], b"[1]", *lines[10:]],
    "no JSON": lambda lines: [*lines[:9], b"{", *lines[10:]],
}


def test_a_changed_line_is_damage_even_where_the_packing_is_right(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yihui"
    for name, change in CHANGES.items():
        path.write_bytes(_line_changed(content, change))
        with pytest.raises(BackupRefused) as damage:
            check_backup(path)
        assert damage.value.code == "backup.damaged", name


@pytest.mark.deeper
def test_of_a_file_with_a_changed_line_nothing_is_restored(
    content: bytes, empty: Database, tmp_path: Path
) -> None:
    path = tmp_path / "a.yihui"
    for name in list(CHANGES)[: budget(len(CHANGES))]:
        path.write_bytes(_line_changed(content, CHANGES[name]))
        with pytest.raises(BackupRefused):
            restore_backup(empty, path)
        with empty.read() as connection:
            assert inspect(connection).get_table_names() == [], name


def _row_replaced(content: bytes, cell: bytes) -> bytes:
    """The first row's cells are all ``cell``; the digest is right."""
    head, first, *rest = gzip.decompress(content).split(b"\n")
    width = len(json.loads(first))
    lines = b"\n".join([head, b"[" + b",".join([cell] * width) + b"]", *rest[:-2]]) + b"\n"
    last = json.dumps({"sha256": hashlib.sha256(lines).hexdigest()}).encode()
    return gzip.compress(lines + last + b"\n")


@pytest.mark.parametrize(
    "cell",
    [b"[]", b"{}", b"[" + b"[]," * 400_000 + b"[]]", b"[[" + b"1," * 400_000 + b"1]]", b'"' + b"x" * 2_100_000 + b'"'],
    ids=["a list", "keys", "a long list", "lists in lists", "a long text"],
)  # fmt: skip
def test_a_row_that_would_fill_the_memory_is_damage(
    cell: bytes, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 13 MB took 6 GB."""
    path = tmp_path / "a.yihui"
    path.write_bytes(_row_replaced(content, cell))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(backup_file, "MAX_LINE_BYTES", 2_000_000)
    parsed: list[int] = []
    monkeypatch.setattr(backup_file, "from_json", lambda line: parsed.append(len(line)) or from_json(line))
    with pytest.raises(BackupRefused) as damage:
        check_backup(path)
    assert damage.value.code == "backup.damaged"
    assert max(parsed, default=0) < 1_000_000


def test_a_row_with_a_long_text_of_any_signs_is_read(content: bytes, tmp_path: Path) -> None:
    path, long = tmp_path / "a.yihui", json.dumps('引"\\[{,]}\n' * 200_000, ensure_ascii=False).encode()
    path.write_bytes(_row_replaced(content, long))
    check_backup(path)


def test_rows_are_read_a_few_at_a_time_where_they_are_long(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yihui").write_bytes(content)
    monkeypatch.setattr(backup_file, "_PORTION_BYTES", 100)
    with closing(backup_file.BackupReader(tmp_path / "a.yihui")) as reader:
        portions = [len(rows) for table in reader.head.columns for rows in reader.read_rows(table, 2_000)]
        reader.finish()
    assert sum(portions) == reader.head.total_rows
    assert max(portions) < 10


@pytest.mark.parametrize(
    "file",
    [b"", b"hello", b"SQLite format 3\0" + b"\0" * 99, gzip.compress(b"hello\n"), gzip.compress(b"{}\n"), gzip.compress(b"[" * 2_000_000)],
    ids=["empty", "text", "a database", "packed text", "packed JSON", "a bomb"],
)  # fmt: skip
def test_what_is_no_backup_is_refused(file: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(file)
    with pytest.raises(BackupRefused, match="is not a backup"):
        check_backup(tmp_path / "x")


def test_a_backup_of_a_newer_version_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yihui"
    path.write_bytes(
        _line_changed(content, lambda lines: [lines[0].replace(HEAD_REVISION.encode(), b"9999"), *lines[1:]])
    )
    with pytest.raises(BackupRefused, match="newer version"):
        check_backup(path)
