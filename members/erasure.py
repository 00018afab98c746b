"""Erasing a person from what the members room keeps."""

from sqlalchemy import Connection, delete

from members.tables import application_steps, feed_links, member_changes


def erase_member(connection: Connection, member_id: str) -> int:
    """Delete all facts about a member, all steps of applications, and by what ids other apps know them; gives how many rows went."""
    return sum(
        connection.execute(delete(table).where(table.c.member_id == member_id)).rowcount
        for table in (member_changes, application_steps, feed_links)
    )
