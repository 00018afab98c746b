"""Database errors, the same for SQLite and PostgreSQL."""

from pathlib import Path
from shutil import disk_usage

from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_LOCKED = (
    N_("the database {target} is locked by another program"),
    N_("wait until the other program has finished, or stop it, then run the command again"),
)
STORE_FAULTS = FaultTable(
    "store",
    {
        "failed": (
            N_("the database {target} failed: {detail}"),
            N_("run `yihui doctor`; it says what is wrong and how to mend it"),
        ),
        "locked": _LOCKED,
        "conflict": _LOCKED,
        "read_only": (
            N_("the database {target} can't be written to"),
            N_("give the file and its folder write permission, or name another one with --db"),
        ),
        "forbidden": (
            N_("the role that opens the database {target} may not do this: {detail}"),
            N_(
                "run yihui ledger protect as the owner of the tables, which grants the application's role what it "
                "needs; migrate and restore are for the owner alone (docs/database_roles.md)"
            ),
        ),
        "disk_full": (
            N_("the disk that holds the database {target} is full"),
            N_("free some space and run the command again; nothing was half-written"),
        ),
        "newer": (
            N_("the database {target} was written by a newer version of Yihui (revision {detail})"),
            N_("upgrade Yihui, or name another database with --db"),
        ),
        "empty": (
            N_("the database {target} is empty"),
            N_("run yihui migrate, which makes the tables; or name another database with --db"),
        ),
        "not_migrated": (
            N_("the database {target} is of revision {detail}, and this version needs a newer one"),
            N_(
                "make a backup with the version that wrote it (yihui backup --to FILE), then run yihui migrate; "
                "yihui migrate --check says what is missing"
            ),
        ),
        "unknown_revision": (
            N_("this version has no revision {detail}"),
            N_("leave out --to, or choose a revision that yihui migrate --check lists"),
        ),
        "past_revision": (
            N_("the database {target} is of revision {detail} already, and migrations only go forward"),
            N_("choose a later revision, or restore a backup of the earlier one into an empty database"),
        ),
        "no_database": (
            N_("{target} is not a database of Yihui: {detail}"),
            N_("name a SQLite file or a postgresql:// address with --db"),
        ),
        "no_folder": (
            N_("there is no folder for the database {target}"),
            N_("make the folder, or name another file with --db"),
        ),
        "no_driver": (N_("PostgreSQL needs psycopg, which is not installed"), N_("install yihui[postgres]")),
        "not_encrypted": (
            N_(
                "the database {target} is on another machine, and nothing says how the connection is encrypted"
            ),
            N_(
                "add ?sslmode=verify-full (or require) to the address; sslmode=disable only where nobody else "
                "is on the network"
            ),
        ),
        "foreign": (
            N_("the database {target} holds tables of another program"),
            N_("name another database with --db; this one was left alone"),
        ),
        "unreachable": (
            N_("the database {target} can't be reached: {detail}"),
            N_("check that the folder exists or that the server is running, and the address in --db"),
        ),
    },
)


class StoreError(FaultError):
    """The database operation failed."""


class DatabaseLocked(StoreError):
    """Another program holds the lock."""


class WriteConflict(DatabaseLocked):
    """Another writer changed rows that were read without a lock; the transaction must be repeated."""


class DatabaseReadOnly(StoreError):
    """The database can't be written to."""


_CLASSES: dict[str, type[StoreError]] = {
    "locked": DatabaseLocked,
    "conflict": WriteConflict,
    "read_only": DatabaseReadOnly,
}


def store_error(code: str, target: str, detail: str = "") -> StoreError:
    """Return the error of a code in ``STORE_FAULTS``; ``target`` is shown and has no password."""
    return _CLASSES.get(code, StoreError)(STORE_FAULTS.build(code, target=target, detail=detail))


_LEAST_ROOM_BYTES = 1 << 20
_SQLITE = {
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_READONLY": "read_only",
    "SQLITE_FULL": "disk_full",
    "SQLITE_NOTADB": "no_database",
    "SQLITE_CORRUPT": "no_database",
    "SQLITE_CANTOPEN": "unreachable",
}
_POSTGRES = {
    "55P03": "locked",
    "25006": "read_only",
    "42501": "forbidden",
    "53100": "disk_full",
    "3D000": "unreachable",
    "28000": "unreachable",
    "28P01": "unreachable",
    "08": "unreachable",
    "57P01": "unreachable",
    "57P02": "unreachable",
    "57P03": "unreachable",
}


def translate_error(error: DBAPIError, target: str) -> StoreError | None:
    """Return the store's own error for a driver's error; None if it is the caller's fault."""
    code = _code(error, target) or ("failed" if _is_failure(error) else None)
    return None if code is None else store_error(code, target, _first_line(error))


def _code(error: DBAPIError, target: str) -> str | None:
    """Return the code of a known driver's error.

    SQLite's extended names (``SQLITE_READONLY_DIRECTORY``) are reduced to their first two words.
    """
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        if sqlite_name.startswith("SQLITE_IOERR") and _has_no_room(target):
            return "disk_full"
        code = _SQLITE.get("_".join(sqlite_name.split("_")[:2]))
        # If the file exists, the files beside it can't be created.
        return "read_only" if code == "unreachable" and Path(target).exists() else code
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    # psycopg could not connect: there is no SQL state
    lost = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
    return "unreachable" if lost else None


def _has_no_room(target: str) -> bool:
    """Return whether the disk of an SQLite file is full: SQLite then often reports an error of the disk alone."""
    try:
        return disk_usage(Path(target).parent).free < _LEAST_ROOM_BYTES
    except OSError:
        return False


def _is_failure(error: DBAPIError) -> bool:
    """Return whether the database itself failed.

    Rows that don't fit and lost conflicts (SQLSTATE class 40), after which the transaction may be
    repeated, are the caller's.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is None and not hasattr(error.orig, "sqlite_errorname"):
        return False
    is_misfit = isinstance(error, IntegrityError | DataError)
    return isinstance(error, DatabaseError) and not is_misfit and not (state or "").startswith("40")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
