"""Members who have left the union by the day on which a place is granted."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection

from members import facts_on, read_member_changes


def find_former_members(connection: Connection, members: Collection[str], on: date) -> frozenset[str]:
    """Return those of the members who have left the union by a day."""
    histories = read_member_changes(connection, set(members))
    return frozenset(
        member for member in members if facts_on(histories[member], on).get("member.status") == "left"
    )
