"""PostgreSQL's own backup: a base backup and the archive of its log give back all but the last moments."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.front import ROOT
from tests.postgres import BIN, as_postgres, create_database, free_port
from tests.yihui.commands import Command, commands_through
from tests.yihui.http.serving import until
from tests.yihui.own_disk import write_events
from yihui.services.rules.rules import SHIPPED_RULES

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgres")]


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_RULES", str(SHIPPED_RULES))
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    return commands_through(capsys)


def _from_page(name: str, archive: Path) -> str:
    """Return what docs/operate.md says for a setting, with a test's folder in place of the page's."""
    [found] = re.findall(rf"{name} = '([^']*)'", (ROOT / "docs" / "operate.md").read_text("utf-8"))
    return str(found).replace("/archive", str(archive))


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(path, "postgres")
    return path


def _set(url: str, name: str, value: str) -> None:
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")


def _archive_now(url: str, archive: Path) -> None:
    """What ``archive_timeout`` does by itself: end the present segment of the log, and wait for its copy."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    until(lambda: (archive / row[0]).exists())


@contextmanager
def _recovered(base: Path, archive: Path) -> Iterator[str]:
    """A server over the base backup, which reads the archive to its end first."""
    port = free_port()
    as_postgres("touch", str(base / "recovery.signal"))
    with (base / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = '{_from_page('restore_command', archive)}'\narchive_mode = off\n")
    options = f"-p {port} -k {base} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_postgres(str(BIN / "pg_ctl"), "-D", str(base), "-w", "-l", f"{base}/log", "-o", options, "start")
    url = f"postgresql://postgres@127.0.0.1:{port}"
    try:
        until(lambda: not _is_recovering(url))
        yield url
    finally:
        postgres.stop(str(base), "immediate")


def _is_recovering(url: str) -> bool:
    with psycopg.connect(f"{url}/postgres") as connection:
        row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return row == (True,)


def _decisions(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM decisions").fetchone()
    assert row is not None
    return int(row[0])


def test_what_was_archived_comes_back_and_the_ledger_agrees(typed: Command, tmp_path: Path) -> None:
    with postgres.cluster() as server:
        home = Path(postgres.folder_of(server)).parent
        archive, base = _folder(home / "archive"), _folder(home / "base")
        _set(server, "archive_mode", "on")
        _set(server, "archive_command", _from_page("archive_command", archive))
        postgres.restart(server)
        url = create_database(server, "yihui", "")
        assert typed("migrate", "--db", url).code == 0

        def process(count: int) -> int:
            events = write_events(tmp_path / f"{count}.jsonl", count)
            assert typed("run", events, "--db", url).code == 0
            return _decisions(url)

        in_base = process(20)
        as_postgres(str(BIN / "pg_basebackup"), "-D", str(base), "-d", f"{server}/postgres", "-c", "fast")
        in_archive = process(40)
        _archive_now(server, archive)
        lost_too = process(60)
        assert in_base < in_archive < lost_too
        postgres.stop(
            postgres.folder_of(server), "immediate"
        )  # its machine is gone, with the rest of its log
        with _recovered(base, archive) as recovered:
            restored = f"{recovered}/yihui"
            assert _decisions(restored) == in_archive
            assert typed("ledger", "verify", "--db", restored).code == 0
            again = typed("events", "replay", tmp_path / "60.jsonl", "--db", restored, "--json")
            assert json.loads(again.out)["handled"] > 0
            assert _decisions(restored) == lost_too
            assert typed("ledger", "verify", "--db", restored).code == 0
        postgres.start(str(home / "data"))  # the fixture stops it once more
