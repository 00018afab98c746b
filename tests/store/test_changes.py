"""Whether anything was committed: a mark changes with every commit, whoever made it, and with nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from store import Database, open_database
from store.changes import RECENT_MARK_PERIOD_S, SERVER_MARK_PERIOD_S, CommitDetector


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def ours(path: Path) -> Iterator[Database]:
    database = open_database(str(path))
    with database.write() as connection:
        connection.execute(text("CREATE TABLE said (what TEXT)"))
    yield database
    database.close()


def say(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("INSERT INTO said VALUES ('locked')"))


def test_nothing_written_means_the_same_mark(ours: Database) -> None:
    changes = CommitDetector(ours)
    first = changes.mark()
    with ours.read() as connection:
        connection.execute(text("SELECT * FROM said")).all()
    assert changes.mark() == first


def test_what_this_process_writes_and_what_another_writes_is_seen_at_once(ours: Database, path: Path) -> None:
    changes, theirs = CommitDetector(ours), open_database(str(path))
    marks = [changes.mark()]
    for writer in (ours, theirs, ours, theirs):
        say(writer)
        marks.append(changes.mark())
    theirs.close()
    assert len(set(marks)) == 5


def test_what_is_rolled_back_changes_nothing(ours: Database) -> None:
    changes = CommitDetector(ours)
    first = changes.mark()
    with pytest.raises(RuntimeError), ours.write() as connection:
        connection.execute(text("INSERT INTO said VALUES ('locked')"))
        raise RuntimeError
    assert changes.mark() == first


def test_where_the_database_is_away_every_mark_is_new_so_that_somebody_looks(tmp_path: Path) -> None:
    changes = CommitDetector(open_database(str(tmp_path / "none.db")))
    assert len({changes.mark() for _ in range(3)}) == 3


@pytest.mark.needs("postgres")
def test_of_a_server_others_writes_are_seen_within_a_moment_and_ours_at_once(postgres_database: str) -> None:
    now = 100.0
    ours = open_database(postgres_database)
    changes = CommitDetector(ours, lambda: now)
    first = changes.mark()
    assert changes.mark() == first
    with ours.write() as connection:
        connection.execute(text("CREATE TABLE said (what TEXT)"))
    second = changes.mark()
    assert second != first
    now += SERVER_MARK_PERIOD_S
    assert changes.mark() != second
    assert changes.is_fresh(second) and not changes.is_fresh(first)  # we have written since the first one
    now += 1.0
    assert not changes.is_fresh(second)
    ours.close()


def test_a_file_s_mark_is_asked_for_anew_each_time(ours: Database) -> None:
    changes = CommitDetector(ours)
    assert not changes.is_fresh(changes.mark())


def test_a_change_watch_sees_own_writes_at_once_and_others_a_millisecond_later(
    ours: Database, path: Path
) -> None:
    now = 100.0
    changes, theirs = CommitDetector(ours, lambda: now), open_database(str(path))
    first = changes.recent_mark()
    say(theirs)
    assert changes.recent_mark() == first
    now += RECENT_MARK_PERIOD_S
    second = changes.recent_mark()
    assert second == changes.mark() != first
    say(ours)
    assert changes.recent_mark() == changes.mark() != second
    theirs.close()
