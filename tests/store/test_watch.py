"""A watch is one process's at a time, and never a dead one's."""

import os
import subprocess
import sys

import pytest

from store import Database, DatabaseUnreachable, StoreError, Watch, open_database
from tests import postgres


def test_a_watch_is_only_one_session_s_until_it_is_given_back(database: Database, target: str) -> None:
    other = open_database(target)
    first, second = Watch(database, "relay"), Watch(other, "relay")
    assert first.take() and first.take()
    assert not second.take()
    assert Watch(other, "something else").take()
    first.check()
    first.give_back()
    assert second.take()
    assert not first.take()
    second.give_back()
    other.close()


def test_a_watch_is_no_transaction_others_write_on(database: Database, target: str) -> None:
    watch = Watch(database, "relay")
    assert watch.take()
    other = open_database(target, busy_timeout_s=1)
    with other.write() as connection:
        connection.exec_driver_sql("DELETE FROM ingress")
    other.close()
    watch.give_back()


def test_a_watch_ends_with_its_process_however_that_ends(database: Database, target: str) -> None:
    code = (
        "import os, signal, sys; from store import Watch, open_database\n"
        f"assert Watch(open_database({target!r}), 'relay').take()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert done.returncode == -9
    watch = Watch(database, "relay")
    while not watch.take():  # the server notices in its own time; pytest's own time limit ends this
        pass
    watch.give_back()


@pytest.mark.needs("postgres")
def test_a_watch_that_the_server_has_forgotten_is_told() -> None:
    with postgres.cluster() as url:
        database = open_database(f"{url}/postgres")
        watch = Watch(database, "relay")
        assert watch.take()
        with postgres.stopped(url):
            with pytest.raises(StoreError):
                watch.check()
            watch.give_back()
            with pytest.raises(DatabaseUnreachable):
                watch.take()
        assert watch.take()
        watch.give_back()
        database.close()
