"""Incremental backups as an operator uses them: written every hour, restored with all that they build on."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from members.attachment_tables import attachments
from store import Database, open_database
from tests.yihui.commands import Command
from tests.yihui.test_failing_databases import write_events
from yihui.files.attachment_store import AttachmentStore

pytestmark = pytest.mark.endure

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
BackUp = Callable[..., dict[str, object]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.fixture
def key(yihui: Command, tmp_path: Path) -> tuple[Path, str]:
    """The file of a secret key, and the public one."""
    made = yihui("keys", "new", tmp_path / "backup-key.txt")
    return tmp_path / "backup-key.txt", made.out.strip().rpartition("：")[2]


@pytest.fixture
def back_up(yihui: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackUp:
    """Send more events, let hours pass, and back up into the folder."""

    def call(events: int, hours: float, *more: object) -> dict[str, object]:
        assert yihui("run", write_events(tmp_path / f"{events}.jsonl", events)).code == 0
        monkeypatch.setenv("YIHUI_NOW", (NOW + timedelta(hours=hours)).isoformat())
        done = yihui("backup", "--into", folder, "--json", *more)
        assert done.code == 0, done.err
        return json.loads(done.out)

    return call


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".yihui"))


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_chain_is_drilled_and_restored_as_a_whole_backup_is(
    yihui: Command, key: tuple[Path, str], back_up: BackUp, folder: Path, tmp_path: Path, is_encrypted: bool
) -> None:
    identity, public = key
    recipient = ("--recipient", public) if is_encrypted else ()
    whole = back_up(60, 0, *recipient)
    one = back_up(62, 1, "--incremental", *recipient)
    two = back_up(64, 2, "--incremental", *recipient)
    assert names(folder) == [
        "yihui-20261003T151000Z.yihui",
        "yihui-20261003T161000Z.since-20261003T151000Z.yihui",
        "yihui-20261003T171000Z.since-20261003T161000Z.yihui",
    ]
    assert [made["base"] for made in (whole, one, two)] == [None, *names(folder)[:2]]
    assert two["rows"] > two["rows_written"] and two["size"] < whole["size"]
    drilled = yihui("restore", folder, "--drill", "--identity", identity, "--json")
    assert drilled.code == 0, drilled.err
    assert (json.loads(drilled.out)["decisions"], json.loads(drilled.out)["decisions_since"]) == (128, 0)
    for number, made in enumerate((whole, one, two)):
        target = tmp_path / f"restored-{number}.db"
        back = yihui("restore", made["file"], "--db", target, "--identity", identity, "--json")
        assert back.code == 0, back.err
        assert (json.loads(back.out)["sound"], json.loads(back.out)["rows"]) == (True, made["rows"])
    exports = [yihui("ledger", "export", *where).out for where in ((), ("--db", tmp_path / "restored-2.db"))]
    assert exports[0] == exports[1]
    left = [path for path in tmp_path.iterdir() if path.name.startswith(".yihui-backup")]
    assert left == []


def test_the_index_beside_an_encrypted_chain_gives_nothing_away(
    yihui: Command, key: tuple[Path, str], back_up: BackUp, tmp_path: Path
) -> None:
    back_up(20, 0, "--recipient", key[1])
    back_up(30, 1, "--incremental", "--recipient", key[1])
    [index] = (tmp_path / "backup-indexes").glob("*.index")
    assert index.stat().st_mode & 0o777 == 0o600
    assert index.parent.stat().st_mode & 0o777 == 0o700
    assert not any(word in index.read_bytes() for word in (b"m-000", b"370100", b"member.joined"))


def test_links_that_are_gone_swapped_or_changed_are_told_and_nothing_is_touched(
    yihui: Command, back_up: BackUp, folder: Path, tmp_path: Path
) -> None:
    back_up(10, 0)
    for hours in (1, 2, 3):
        back_up(10 + hours, hours, "--incremental")
    whole, one, two, three = (folder / name for name in names(folder))
    content = {path: path.read_bytes() for path in (whole, one, two, three)}
    target = tmp_path / "restored.db"

    @contextmanager
    def spoilt(files: dict[Path, bytes | None]) -> Iterator[None]:
        for path, other in files.items():
            path.unlink() if other is None else path.write_bytes(other)
        yield
        for path, before in content.items():
            path.write_bytes(before)

    for files, words in (
        ({two: None}, two.name),
        ({whole: None}, whole.name),
        ({one: content[two], two: content[one]}, "不是"),
        ({whole: content[whole][:-40]}, "损坏"),
        ({one: content[whole]}, "不是"),
        ({two: content[three]}, "不是"),  # it would build on itself
    ):
        with spoilt(files):
            for arguments in (("--db", target), ("--drill",)):
                refused = yihui("restore", three, *arguments)
                assert (refused.code, words in refused.err) == (3, True), refused.err
            assert not target.exists()
    assert yihui("restore", three, "--db", target).code == 0


@pytest.mark.parametrize(
    "what", ["nothing there", "whole gone", "whole changed", "index gone", "index damaged"]
)
def test_where_nothing_can_be_built_on_a_whole_backup_is_written(
    yihui: Command, back_up: BackUp, folder: Path, tmp_path: Path, what: str
) -> None:
    if what != "nothing there":
        back_up(10, 0)
        [file] = folder.glob("*.yihui")
        [index] = (tmp_path / "backup-indexes").glob("*.index")
        if what == "whole gone":
            file.unlink()
        elif what == "whole changed":
            file.write_bytes(file.read_bytes() + b"x")
        elif what == "index gone":
            index.unlink()
        else:
            index.write_bytes(index.read_bytes()[:-1])
    made = back_up(11, 1, "--incremental")
    assert made["base"] is None
    assert yihui("restore", made["file"], "--drill").code == 0
    assert back_up(12, 2, "--incremental")["base"] == Path(str(made["file"])).name
    said = yihui("backup", "--into", folder, "--incremental")
    assert said.code == 3, "two backups of one second"


def test_a_retention_keeps_what_kept_increments_need(back_up: BackUp, folder: Path) -> None:
    keep = ("--keep-daily", 1, "--keep-weekly", 0, "--keep-monthly", 0)
    back_up(10, -48, *keep)
    back_up(10, -24, *keep)
    assert len(names(folder)) == 1
    made = [back_up(10 + hours, hours - 24, "--incremental", *keep) for hours in (1, 2, 3)]
    assert all(one["deleted"] == [] for one in made)
    assert len(names(folder)) == 4
    back_up(20, 0, *keep)
    assert names(folder) == ["yihui-20261003T151000Z.yihui"]


def test_an_incremental_backup_needs_a_folder(yihui: Command, folder: Path, tmp_path: Path) -> None:
    refused = yihui("backup", "--to", tmp_path / "a", "--incremental")
    assert (refused.code, "--into" in refused.err) == (2, True)
    assert yihui("backup", "--into", tmp_path / "none", "--incremental").code == 3
    said = yihui("backup", "--into", folder, "--incremental")
    assert (said.code, "全量" in said.err) == (0, True)


def test_attached_files_are_archived_once_and_come_back_but_not_what_was_erased(
    yihui: Command, back_up: BackUp, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = AttachmentStore(tmp_path / "attachments")
    back_up(10, 0)
    database = open_database(str(tmp_path / "yihui.db"))
    digests = [_attach(database, store, content) for content in (b"one", b"two")]
    first = back_up(11, 1, "--incremental")
    with database.write() as connection:
        connection.execute(delete(attachments).where(attachments.c.digest == digests[0]))
    digests.append(_attach(database, store, b"three"))
    database.close()
    second = back_up(12, 2, "--incremental")
    sizes = [Path(f"{made['file']}.attachments").stat().st_size for made in (first, second)]
    assert sizes == [10_240, 10_240]  # a tar of two small files, and of one
    third = back_up(13, 3, "--incremental")
    assert not Path(f"{third['file']}.attachments").exists()
    fresh = tmp_path / "fresh"
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(fresh))
    back = yihui("restore", third["file"], "--json")
    assert (back.code, json.loads(back.out)["sound"]) == (0, True), back.err
    assert set(AttachmentStore(fresh / "attachments").list_all()) == set(digests[1:])
    Path(f"{first['file']}.attachments").unlink()
    assert yihui("restore", third["file"], "--drill").code == 1


def _attach(database: Database, store: AttachmentStore, content: bytes) -> str:
    digest = store.write(content)
    row = {
        "kind": "application",
        "subject": "1",
        "digest": digest,
        "sent_digest": sha256(content).hexdigest(),
    }
    row |= {
        "media_type": "image/png",
        "size_bytes": len(content),
        "pages": "[]",
        "title": "t",
        "officer": "o",
    }
    with database.write() as connection:
        connection.execute(insert(attachments).values(**row, stored_at=NOW))
    return digest
