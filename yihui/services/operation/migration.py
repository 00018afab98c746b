"""Migrate the databases of an installation on purpose: the main one, and the vault's own."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic, sleep

import yihui.schema  # noqa: F401
from store import HEAD_REVISION, Database, migrate_database
from store.migration import list_pending_revisions, read_revision, read_revision_titles, render_migration_sql
from store.monthly_tables import open_current_month
from yihui.bootstrap import Wiring

_PATIENCE_S, _PAUSE_S = 60.0, 0.5


@dataclass(frozen=True, slots=True)
class PendingRevision:
    """A migration that a database lacks; ``title`` is its file's name in words."""

    revision: str
    title: str


@dataclass(frozen=True, slots=True)
class MigrationState:
    """The revision of a database, None for an empty one, and what it lacks up to the wanted one."""

    target: str
    dialect: str
    found: str | None
    wanted: str
    pending: tuple[PendingRevision, ...]


def read_migration_states(wiring: Wiring, wanted: str | None) -> Sequence[MigrationState]:
    """Return the state of each database. *Raises*: StoreError."""
    return [_state(database, wanted or HEAD_REVISION) for database in _databases(wiring)]


def migrate_databases(wiring: Wiring, wanted: str | None) -> Sequence[MigrationState]:
    """Migrate each database, open the current month, and return the states before.

    *Raises*: StoreError; that database is left as it was.
    """
    states = read_migration_states(wiring, wanted)  # the faults of all of them, before the first is changed
    for database in _databases(wiring):
        migrate_database(database, wanted or HEAD_REVISION)
        _open_month(database)
    return states


def _open_month(database: Database) -> None:
    """Open the current month; wait for a minute where others are in the way. ``yihui doctor`` tells whether it is open."""
    deadline = monotonic() + _PATIENCE_S
    while not open_current_month(database) and monotonic() < deadline:
        sleep(_PAUSE_S)


def iter_migration_sql(state: MigrationState) -> Iterator[tuple[PendingRevision, str | None]]:
    """Yield each pending migration with its statements; None where it also reads or computes rows."""
    before = state.found
    for pending in state.pending:
        yield pending, render_migration_sql(before, pending.revision, state.dialect)
        before = pending.revision


def _databases(wiring: Wiring) -> Iterator[Database]:
    with closing(wiring.open_unmigrated()) as database:
        yield database
    if wiring.has_separate_vault:
        with closing(wiring.open_unmigrated_vault()) as database:
            yield database


def _state(database: Database, wanted: str) -> MigrationState:
    found, titles = read_revision(database), read_revision_titles()
    missing = list_pending_revisions(database.target, found, wanted)
    pending = tuple(PendingRevision(revision, titles[revision]) for revision in missing)
    return MigrationState(database.target, database.engine.dialect.name, found, wanted, pending)
