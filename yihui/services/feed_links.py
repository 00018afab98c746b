"""Takes over a table that says which members an app's ids mean."""

from collections.abc import Mapping
from pathlib import Path

from core.faults import Fault, InputFaults
from members import Link, known_members, links_of, read_links, record_links, unknown_in
from yihui.bootstrap import Wiring

N_ = str  # marks a text for the message catalogue


def link_file(wiring: Wiring, feed: str, file: Path, *, replace: bool) -> tuple[int, int]:
    """Keep the links of a table, all or none; gives how many are new and how many were there already.

    *Raises*: InputFaults with all faults; OSError.
    """
    from geo.formats.files import read_table, refuse_large

    refuse_large(file.stat().st_size, file.name)
    table = read_table(file.read_bytes(), file.name)
    links, faults = read_links(table, feed, wiring.identity_key)
    with wiring.database.write() as connection:
        known = known_members(connection, {link.member_id for link in links})
        before = links_of(connection, feed, [link.theirs for link in links])
        faults += unknown_in(links, known, file.name)
        if not replace:
            faults += [_linked(link, feed, file.name) for link in links if _differs(link, before)]
        if faults:
            raise InputFaults(sorted(faults, key=lambda fault: fault.row or 0))
        new = {link.theirs: link.member_id for link in links if before.get(link.theirs) != link.member_id}
        record_links(connection, feed, new, wiring.now(), replace=replace)
    return len(new), len(links) - len(new)


def _differs(link: Link, before: Mapping[str, str]) -> bool:
    return before.get(link.theirs, link.member_id) != link.member_id


def _linked(link: Link, feed: str, file: str) -> Fault:
    return Fault(
        N_("this id is linked to another member of {feed} already"),
        N_("find out whom the app means; --replace lets the file win"),
        file=file,
        row=link.row,
        params={"feed": feed},
    )
