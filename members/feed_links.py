"""By what ids other apps know members: links from their ids to ours.

Theirs is kept as a keyed hash, since some apps take the phone's number for an id.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.faults import Fault
from geo.formats.table import Row, Table
from members.columns import missing_column
from members.identity import WrongIdNumber, identify
from members.privacy import scrubbed
from members.tables import feed_links, member_changes
from store import insert_into, texts, within

N_ = str  # marks a text for the message catalogue

_THEIRS = ("对方编号", "用户编号", "用户id", "user_id", "theirs")
_MEMBERS = ("会员代号", "会员编号", "member", "member_id")
_ID_NUMBERS = ("身份证号", "身份证号码", "证件号码", "居民身份证号", "id_number")


@dataclass(frozen=True, slots=True)
class Link:
    """One id of theirs, as a keyed hash, the member that it means, and the row that says so."""

    theirs: str
    member_id: str
    row: int


def their_digest(feed: str, user: str, key: bytes) -> str:
    """What stands for an app's id of a person; the same id in another feed is another."""
    said = f"feed link\0{feed}\0{user.strip()}".encode("utf-8", "replace")
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def links_of(connection: Connection, feed: str, theirs: Iterable[str]) -> Mapping[str, str]:
    """Their id → member, of those that are linked."""
    query = select(feed_links.c.theirs, feed_links.c.member_id).where(
        feed_links.c.feed == feed, within(feed_links.c.theirs, "wanted")
    )
    return {row.theirs: row.member_id for row in connection.execute(query, {"wanted": texts(theirs)})}


def count_links(connection: Connection) -> Mapping[str, int]:
    """How many ids of each feed are linked."""
    query = select(feed_links.c.feed, func.count().label("links")).group_by(feed_links.c.feed)
    return {row.feed: row.links for row in connection.execute(query)}


def known_members(connection: Connection, members: Iterable[str]) -> frozenset[str]:
    """Which of these there is anything known of."""
    query = select(member_changes.c.member_id).where(within(member_changes.c.member_id, "wanted")).distinct()
    return frozenset(connection.execute(query, {"wanted": texts(members)}).scalars())


def record_links(
    connection: Connection, feed: str, links: Mapping[str, str], now: datetime, *, replace: bool = False
) -> None:
    """Keep links; one that is there already stays, unless it shall be replaced.

    In the order of ids, so that two writers can't wait for each other.
    """
    rows = [
        {"feed": feed, "theirs": theirs, "member_id": member, "linked_at": now}
        for theirs, member in sorted(links.items())
    ]
    if not rows:
        return
    insert = insert_into(connection, feed_links)
    keys = ["feed", "theirs"]
    news = {name: insert.excluded[name] for name in ("member_id", "linked_at")}
    upsert = (
        insert.on_conflict_do_update(index_elements=keys, set_=news)
        if replace
        else insert.on_conflict_do_nothing(index_elements=keys)
    )
    connection.execute(upsert, rows)


def read_links(table: Table, feed: str, key: bytes) -> tuple[list[Link], list[Fault]]:
    """Check a table of their ids with members' ids or ID numbers; gives the links and all faults."""
    columns = {
        name: next((header for header in table.headers if header.lower() in known), None)
        for name, known in (("theirs", _THEIRS), ("member", _MEMBERS), ("id_number", _ID_NUMBERS))
    }
    faults = [missing_column(table, _THEIRS[0])] * (columns["theirs"] is None)
    if columns["member"] is None and columns["id_number"] is None:
        faults.append(missing_column(table, _MEMBERS[0]))
    if faults:
        return [], faults
    links: dict[str, Link] = {}
    faults = list(table.faults)
    for row in table.rows:
        read = _link(row, columns, feed, key)
        if isinstance(read, Link):
            earlier = links.setdefault(read.theirs, read)
            if earlier.member_id != read.member_id:
                read = _two_members(row.number, columns["theirs"], earlier.row)
        if isinstance(read, Fault):
            faults.append(read.at(file=table.file, row=row.number))
    return list(links.values()), faults


def unknown_in(links: Collection[Link], known: Collection[str], file: str) -> list[Fault]:
    """A fault for each link to somebody of whom nothing is known."""
    return [
        Fault(
            N_("nobody is known as the member {value}"),
            N_("import the roll on which they stand first (yihui members import)"),
            file=file,
            row=link.row,
            value=scrubbed(link.member_id),
        )
        for link in links
        if link.member_id not in known
    ]


def _link(row: Row, columns: Mapping[str, str | None], feed: str, key: bytes) -> Link | Fault:
    theirs, member, id_number = (
        row.text((header,)).removeprefix("'") if (header := columns[name]) else ""
        for name in ("theirs", "member", "id_number")
    )
    if not theirs:
        message = N_("{field} is empty")
        return Fault(message, N_("fill it in, or delete the row"), field=columns["theirs"])
    if not member and not id_number:
        return Fault(N_("the row names no member"), N_("fill in the member's id or the ID number"))
    if id_number:
        try:
            found = identify(id_number, key).member_id
        except WrongIdNumber as error:
            return Fault(str(error), N_("compare it with the card"), field=columns["id_number"], value="***")
        if member and member != found:
            message = N_("the ID number is not that of the member {value}")
            return Fault(message, N_("find out whom the row means"), value=scrubbed(member))
        member = found
    return Link(their_digest(feed, theirs, key), member, row.number)


def _two_members(row: int, header: str | None, first: int) -> Fault:
    return Fault(
        N_("row {first} gives this id to another member"),
        N_("find out whom the app means, and keep one of the two rows"),
        row=row,
        field=header,
        params={"first": str(first)},
    )
