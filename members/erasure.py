"""Erase a person from the tables of the members package."""

from sqlalchemy import Connection, delete

from members.tables import application_steps, feed_links, member_changes


def erase_member(connection: Connection, member_id: str) -> int:
    """Delete a member's changes, application steps and feed links; return the number of rows."""
    return sum(
        connection.execute(delete(table).where(table.c.member_id == member_id)).rowcount
        for table in (member_changes, application_steps, feed_links)
    )
