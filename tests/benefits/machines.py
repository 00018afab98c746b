"""A new migrated SQLite database for each example of a state machine."""

import shutil
import tempfile
from functools import cache
from itertools import count

from store import Database, migrate_database, open_database

_numbers = count(1)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder with a migrated database; gone when the tests end."""
    folder = tempfile.TemporaryDirectory(prefix="yihui-machine-")
    database = open_database(f"{folder.name}/empty.db")
    migrate_database(database)
    database.close()
    return folder


def new_database() -> Database:
    """Copy the database that was migrated once."""
    name = _folder().name
    return open_database(str(shutil.copy(f"{name}/empty.db", f"{name}/{next(_numbers)}.db")))
