"""A watch is one process's at a time, and never a dead one's."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store import Database, ProcessLock, StoreError, open_database
from tools.servers import postgres

pytestmark = pytest.mark.both_databases


def test_a_watch_is_only_one_session_s_until_it_is_given_back(database: Database, target: str) -> None:
    other = open_database(target)
    first, second = ProcessLock(database, "relay"), ProcessLock(other, "relay")
    assert first.acquire() and first.acquire()
    assert not second.acquire()
    assert ProcessLock(other, "something else").acquire()
    first.check()
    for _ in range(20):  # given back is given back at once, not when the server notices a closed session
        first.close()
        assert second.acquire()
        assert not first.acquire()
        first, second = second, first
    first.close()
    other.close()


def test_a_watch_is_no_transaction_others_write_on(database: Database, target: str) -> None:
    watch = ProcessLock(database, "relay")
    assert watch.acquire()
    other = open_database(target, busy_timeout_s=1)
    with other.write() as connection:
        connection.exec_driver_sql("DELETE FROM ingress")
    other.close()
    watch.close()


def test_a_watch_ends_with_its_process_however_that_ends(database: Database, target: str) -> None:
    code = (
        "import os, signal, sys; from store import ProcessLock, open_database\n"
        f"assert ProcessLock(open_database({target!r}), 'relay').acquire()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert done.returncode == -9
    watch = ProcessLock(database, "relay")
    while not watch.acquire():  # the server notices in its own time; pytest's own time limit ends this
        pass
    watch.close()


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_a_watch_that_the_server_has_forgotten_is_told() -> None:
    with postgres.cluster() as url:
        database = open_database(f"{url}/postgres")
        watch = ProcessLock(database, "relay")
        assert watch.acquire()
        with postgres.stopped(url):
            with pytest.raises(StoreError):
                watch.check()
            watch.close()
            with pytest.raises(StoreError, match="can't be reached"):
                watch.acquire()
        assert watch.acquire()
        watch.close()
        database.close()


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_a_database_that_hangs_does_not_keep_a_process_from_ending() -> None:
    with postgres.cluster() as server:
        database = open_database(f"{server}/postgres")
        lock = ProcessLock(database, "relay")
        assert lock.acquire()
        begin = time.monotonic()
        with postgres.frozen(server):
            lock.close()
            assert time.monotonic() - begin < 30, "it waited for the server"
        database.close()


def test_the_file_of_a_lock_is_its_owners_alone_as_the_database_is(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        lock = ProcessLock(open_database(str(tmp_path / "yihui.db")), "schedule")
        assert lock.acquire()
        lock.close()
    finally:
        os.umask(mask)
    assert (tmp_path / "yihui.db-schedule").stat().st_mode & 0o777 == 0o600
