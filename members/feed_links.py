"""Links from other apps' user ids to member ids.

The app's id is stored as a keyed hash, because some apps use the phone number as id.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy import Row as RowOfLinks

from core.faults import Fault, FaultTable
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table, find_header
from core.text_marks import N_
from members.columns import missing_column_fault
from members.identity import identify_member
from members.persons import InvalidIdNumber
from members.privacy import scrub_personal_numbers
from members.tables import feed_links, member_changes
from store import in_json_array, insert_into, json_array
from store.folds import FOLD_FAULTS

_THEIRS = ("对方编号", "用户编号", "用户id", "user_id", "theirs")
_MEMBERS = ("会员代号", "会员编号", "member", "member_id")
_ID_NUMBERS = ("身份证号", "身份证号码", "证件号码", "居民身份证号", "id_number")

FEED_LINK_FAULTS = FaultTable(
    "feed_link_file",
    {
        "unknown_member": (
            N_("nobody is known as the member {value}"),
            N_("import the roll on which they stand first (yihui members import)"),
        ),
        "empty_id": (N_("{field} is empty"), N_("fill it in, or delete the row")),
        "no_member": (N_("the row names no member"), N_("fill in the member's id or the ID number")),
        "other_member": (
            N_("the ID number is not that of the member {value}"),
            N_("find out whom the row means"),
        ),
        "taken_id": (
            N_("row {first} gives this id to another member"),
            N_("find out whom the app means, and keep one of the two rows"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A link from an app's user id, as a keyed hash, to a member; ``row`` is its row in the file."""

    theirs: str
    member_id: str
    row: int


def feed_user_digest(feed: str, user: str, key: bytes) -> str:
    """Return the keyed hash of an app's user id; the same id in another feed has another hash."""
    said = f"feed link\0{feed}\0{user.strip()}".encode("utf-8", "replace")
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def find_linked_members(
    connection: Connection, feed: str, theirs: Iterable[str], key: bytes
) -> Mapping[str, str]:
    """Return the member id of each linked user hash; a row that was written without the key links nobody."""
    query = select(feed_links).where(feed_links.c.feed == feed, in_json_array(feed_links.c.theirs, "wanted"))
    rows = connection.execute(query, {"wanted": json_array(theirs)})
    return {row.theirs: row.member_id for row in rows if _is_marked(row, key)}


def check_feed_links(connection: Connection, key: bytes) -> Iterator[Fault]:
    """Yield a fault for each link that was written without the key."""
    query = select(feed_links).order_by(*feed_links.primary_key.columns).execution_options(yield_per=1_000)
    for row in connection.execute(query):
        if not _is_marked(row, key):
            yield FOLD_FAULTS.build("mark", table=feed_links.name, which=f"{row.feed} {row.theirs[:16]}")


def _mark(feed: str, theirs: str, member: str, key: bytes) -> str:
    said = "\0".join(("mark of a feed link", feed, theirs, member))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def _is_marked(row: RowOfLinks[Any], key: bytes) -> bool:
    return hmac.compare_digest(row.mark, _mark(row.feed, row.theirs, row.member_id, key))


def count_feed_links(connection: Connection) -> Mapping[str, int]:
    """Return the number of linked user ids of each feed."""
    query = select(feed_links.c.feed, func.count().label("links")).group_by(feed_links.c.feed)
    return {row.feed: row.links for row in connection.execute(query)}


def find_known_members(connection: Connection, members: Iterable[str]) -> frozenset[str]:
    """Return those member ids for which any change is stored."""
    query = (
        select(member_changes.c.member_id)
        .where(in_json_array(member_changes.c.member_id, "wanted"))
        .distinct()
    )
    return frozenset(connection.execute(query, {"wanted": json_array(members)}).scalars())


def record_feed_links(
    connection: Connection,
    feed: str,
    links: Mapping[str, str],
    now: datetime,
    key: bytes,
    *,
    replace: bool = False,
) -> None:
    """Store links; an existing link stays unless ``replace`` is true.

    Rows are written in order of user hash, so that two writers cannot deadlock.
    """
    rows = [
        {
            "feed": feed,
            "theirs": theirs,
            "member_id": member,
            "linked_at": now,
            "mark": _mark(feed, theirs, member, key),
        }
        for theirs, member in sorted(links.items())
    ]
    if not rows:
        return
    insert = insert_into(connection, feed_links)
    keys = ["feed", "theirs"]
    news = {name: insert.excluded[name] for name in ("member_id", "linked_at", "mark")}
    upsert = (
        insert.on_conflict_do_update(index_elements=keys, set_=news)
        if replace
        else insert.on_conflict_do_nothing(index_elements=keys)
    )
    connection.execute(upsert, rows)


def parse_feed_links(table: Table, feed: str, key: bytes) -> tuple[list[FeedLink], list[Fault]]:
    """Validate a table of user ids with member ids or ID numbers; return the links and all faults."""
    columns = _columns(table)
    faults = [missing_column_fault(table, _THEIRS[0])] * (columns["theirs"] is None)
    if columns["member"] is None and columns["id_number"] is None:
        faults.append(missing_column_fault(table, _MEMBERS[0]))
    if faults:
        return [], faults
    links: dict[str, FeedLink] = {}
    faults = list(table.faults)
    for row in table.rows:
        read = row.faults_in(columns.values()) or _link(row, columns, feed, key)
        if isinstance(read, FeedLink):
            earlier = links.setdefault(read.theirs, read)
            if earlier.member_id != read.member_id:
                read = [FEED_LINK_FAULTS.build("taken_id", field=columns["theirs"], first=earlier.row)]
        if not isinstance(read, FeedLink):
            faults += [fault.at(file=table.file, row=row.number) for fault in read]
    return list(links.values()), faults


def find_link_columns(table: Table) -> ListedThings:
    """Return the columns of a table of links that identify a person."""
    return ListedThings(frozenset(_columns(table).values()))


def _columns(table: Table) -> dict[str, str | None]:
    known = {"theirs": _THEIRS, "member": _MEMBERS, "id_number": _ID_NUMBERS}
    return {name: find_header(table.headers, names) for name, names in known.items()}


def unknown_member_faults(links: Collection[FeedLink], known: Collection[str], file: str) -> list[Fault]:
    """Return a fault for each link to an unknown member."""
    return [
        FEED_LINK_FAULTS.build(
            "unknown_member", file=file, row=link.row, value=scrub_personal_numbers(link.member_id)
        )
        for link in links
        if link.member_id not in known
    ]


def _link(row: Row, columns: Mapping[str, str | None], feed: str, key: bytes) -> FeedLink | list[Fault]:
    theirs, member, id_number = (
        row.text((header,)).removeprefix("'") if (header := columns[name]) else ""
        for name in ("theirs", "member", "id_number")
    )
    if not theirs:
        return [FEED_LINK_FAULTS.build("empty_id", field=columns["theirs"])]
    if not member and not id_number:
        return [FEED_LINK_FAULTS.build("no_member")]
    if id_number:
        try:
            found = identify_member(id_number, key).member_id
        except InvalidIdNumber as error:
            return [fault.at(field=columns["id_number"], value="***") for fault in error.faults]
        if member and member != found:
            return [FEED_LINK_FAULTS.build("other_member", value=scrub_personal_numbers(member))]
        member = found
    return FeedLink(feed_user_digest(feed, theirs, key), member, row.number)
