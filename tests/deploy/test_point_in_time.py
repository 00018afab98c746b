"""PostgreSQL's own backup: a base backup and the archive of its log give back any moment, but for the last ones."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.front import ROOT
from tests.yihui.commands import Command, commands_through
from tests.yihui.http.serving import until
from tests.yihui.own_disk import write_events
from tools.servers import postgres
from tools.servers.postgres import BIN, as_postgres, create_database, free_port
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


def _ask(url: str, query: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        [value] = connection.execute(query).fetchone() or [None]
    return value


def _archive_now(server: str, archive: Path) -> None:
    """What ``archive_timeout`` does by itself: end the present segment of the log, and wait for its copy."""
    segment = _ask(server, "SELECT pg_walfile_name(pg_switch_wal())")
    until(lambda: (archive / segment).exists())


@contextmanager
def _recovered(base: Path, archive: Path, moment: datetime) -> Iterator[str]:
    """A server over the base backup, which has read the archive up to a moment, and takes writes."""
    port = free_port()
    as_postgres("touch", str(base / "recovery.signal"))
    with (base / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = '{_from_page('restore_command', archive)}'\narchive_mode = off\n")
        settings.write(f"recovery_target_time = '{moment}'\n")
    options = f"-p {port} -k {base} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_postgres(str(BIN / "pg_ctl"), "-D", str(base), "-w", "-l", f"{base}/log", "-o", options, "start")
    server = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        until(lambda: _ask(server, "SELECT pg_get_wal_replay_pause_state()") == "paused")
        _ask(server, "SELECT pg_wal_replay_resume()::text")
        until(lambda: not _ask(server, "SELECT pg_is_in_recovery()"))
        yield server.removesuffix("/postgres")
    finally:
        postgres.stop(str(base), "immediate")


def _decisions(url: str) -> int:
    return int(_ask(url, "SELECT count(*) FROM decisions"))


def test_what_was_archived_comes_back_up_to_a_moment_and_the_ledger_agrees(
    typed: Command, tmp_path: Path
) -> None:
    with postgres.cluster() as server:
        home = Path(postgres.folder_of(server)).parent
        archive, base = _folder(home / "archive"), _folder(home / "base")
        for name, value in (("mode", "on"), ("command", _from_page("archive_command", archive))):
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f"ALTER SYSTEM SET archive_{name} = '{value}'")
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
        moment = _ask(url, "SELECT clock_timestamp()")
        lost_too = process(60)
        _archive_now(f"{server}/postgres", archive)
        assert in_base < in_archive < lost_too
        postgres.stop(
            postgres.folder_of(server), "immediate"
        )  # its machine is gone, with the rest of its log
        with _recovered(base, archive, moment) as recovered:
            restored = f"{recovered}/yihui"
            assert _decisions(restored) == in_archive
            assert typed("ledger", "verify", "--db", restored).code == 0
            again = typed("events", "replay", tmp_path / "60.jsonl", "--db", restored, "--json")
            assert json.loads(again.out)["handled"] > 0
            assert _decisions(restored) == lost_too
            assert typed("ledger", "verify", "--db", restored).code == 0
        postgres.start(str(home / "data"))  # the fixture stops it once more
