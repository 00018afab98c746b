"""Import a table that links an app's user ids to members."""

from collections.abc import Mapping
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import (
    FeedLink,
    find_known_members,
    find_linked_members,
    parse_feed_links,
    record_feed_links,
    unknown_member_faults,
)
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act

LINK_FAULTS = FaultTable(
    "feed_links",
    {
        "linked_already": (
            N_("this id is linked to another member of {feed} already"),
            N_("find out whom the app means; --replace lets the file win"),
        ),
    },
)


def import_feed_links(wiring: Wiring, feed: str, file: Path, *, replace: bool) -> tuple[int, int]:
    """Record the links of a table, all or none; return how many are new and how many were known.

    *Raises*: FaultError with all faults; OSError.
    """
    from geo.formats.files import read_bounded_file, read_table

    table = read_table(read_bounded_file(file), file.name)
    links, faults = parse_feed_links(table, feed, wiring.identity_key)
    with open_act(wiring) as connection:
        known = find_known_members(connection, {link.member_id for link in links})
        before = find_linked_members(connection, feed, [link.theirs for link in links])
        faults += unknown_member_faults(links, known, file.name)
        if not replace:
            faults += [
                LINK_FAULTS.build("linked_already", file=file.name, row=link.row, feed=feed)
                for link in links
                if _differs(link, before)
            ]
        if faults:
            raise FaultError(sorted(faults, key=lambda fault: fault.row or 0))
        new = {link.theirs: link.member_id for link in links if before.get(link.theirs) != link.member_id}
        record_feed_links(connection, feed, new, wiring.now(), replace=replace)
    return len(new), len(links) - len(new)


def _differs(link: FeedLink, before: Mapping[str, str]) -> bool:
    return before.get(link.theirs, link.member_id) != link.member_id
