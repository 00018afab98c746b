"""Database errors, the same for SQLite and PostgreSQL."""

from pathlib import Path

from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError

from core.text_marks import N_


class StoreError(Exception):
    """The database operation failed; ``message`` and ``remedy`` are catalogue templates."""

    message = N_("the database {target} failed: {detail}")
    remedy = N_("run `yihui doctor`; it says what is wrong and how to mend it")

    def __init__(self, target: str, detail: str = "") -> None:
        self.params = {"target": target, "detail": detail}
        super().__init__(self.message.format_map(self.params))


class DatabaseLocked(StoreError):
    message = N_("the database {target} is locked by another program")
    remedy = N_("wait until the other program has finished, or stop it, then run the command again")


class WriteConflict(DatabaseLocked):
    """Another writer changed rows that were read without a lock; the transaction must be repeated."""


class DatabaseReadOnly(StoreError):
    message = N_("the database {target} can't be written to")
    remedy = N_("give the file and its folder write permission, or name another one with --db")


class DiskFull(StoreError):
    message = N_("the disk that holds the database {target} is full")
    remedy = N_("free some space and run the command again; nothing was half-written")


class DatabaseNewer(StoreError):
    message = N_("the database {target} was written by a newer version of Yihui (revision {detail})")
    remedy = N_("upgrade Yihui, or name another database with --db")


class NotADatabase(StoreError):
    message = N_("{target} is not a database of Yihui: {detail}")
    remedy = N_("name a SQLite file or a postgresql:// address with --db")


class FolderMissing(StoreError):
    message = N_("there is no folder for the database {target}")
    remedy = N_("make the folder, or name another file with --db")


class DriverMissing(StoreError):
    message = N_("PostgreSQL needs psycopg, which is not installed")
    remedy = N_("install yihui[postgres]")


class ForeignDatabase(StoreError):
    message = N_("the database {target} holds tables of another program")
    remedy = N_("name another database with --db; this one was left alone")


class DatabaseUnreachable(StoreError):
    message = N_("the database {target} can't be reached: {detail}")
    remedy = N_("check that the folder exists or that the server is running, and the address in --db")


_SQLITE: dict[str, type[StoreError]] = {
    "SQLITE_BUSY": DatabaseLocked,
    "SQLITE_LOCKED": DatabaseLocked,
    "SQLITE_READONLY": DatabaseReadOnly,
    "SQLITE_FULL": DiskFull,
    "SQLITE_NOTADB": NotADatabase,
    "SQLITE_CORRUPT": NotADatabase,
    "SQLITE_CANTOPEN": DatabaseUnreachable,
}
_POSTGRES: dict[str, type[StoreError]] = {
    "55P03": DatabaseLocked,
    "25006": DatabaseReadOnly,
    "42501": DatabaseReadOnly,
    "53100": DiskFull,
    "3D000": DatabaseUnreachable,
    "28000": DatabaseUnreachable,
    "28P01": DatabaseUnreachable,
    "08": DatabaseUnreachable,
    "57P01": DatabaseUnreachable,
    "57P02": DatabaseUnreachable,
    "57P03": DatabaseUnreachable,
}


def translate_error(error: DBAPIError, target: str) -> StoreError | None:
    """Return the store's own error for a driver's error; None if it is the caller's fault.

    SQLite's extended names (``SQLITE_READONLY_DIRECTORY``) are reduced to their first two words.
    """
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        found = _SQLITE.get("_".join(sqlite_name.split("_")[:2]))
        if found is DatabaseUnreachable and Path(target).exists():
            found = DatabaseReadOnly  # the file exists, but the files beside it can't be created
        return _or_general(found, error, target)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # psycopg could not connect: there is no SQL state
        lost = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
        return DatabaseUnreachable(target, _first_line(error)) if lost else None
    found = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    return _or_general(found, error, target)


def _or_general(found: type[StoreError] | None, error: DBAPIError, target: str) -> StoreError | None:
    """Use StoreError for any other database error, except a conflict, which the caller resolves."""
    if found is None and isinstance(error, DatabaseError) and not _is_conflict(error):
        found = StoreError
    return None if found is None else found(target, _first_line(error))


def _is_conflict(error: DBAPIError) -> bool:
    """Return whether rows don't fit, or the transaction lost a conflict and may be repeated.

    The latter has SQLSTATE class 40.
    """
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, IntegrityError | DataError) or state.startswith("40")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else ""
