"""Who is still a member on the day on which a place is given."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection

from members import facts_on, read_changes


def has_left(connection: Connection, members: Collection[str], on: date) -> frozenset[str]:
    """Those of the members who have left the union by a day."""
    histories = read_changes(connection, set(members))
    return frozenset(
        member for member in members if facts_on(histories[member], on).get("member.status") == "left"
    )
