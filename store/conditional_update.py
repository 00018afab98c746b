"""Change one row if it is still as the caller expects."""

from sqlalchemy import Connection, Update


def update_row_if_matched(connection: Connection, statement: Update) -> bool:
    """Run an update of at most one row; return whether the row matched the statement's conditions.

    Two writers who expect the same state follow each other at the row, so only the first one matches.
    """
    changed = connection.execute(statement).rowcount
    assert changed in (0, 1), f"{changed} rows matched where one was meant"
    return changed == 1
