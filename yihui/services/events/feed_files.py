"""Check, preview, convert and run the files of other apps' feeds, and import their links, for commands."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.text_marks import N_
from events import RunTally
from events.feeds.conversion import ConversionOutcome
from events.feeds.linting import check_feed_mapping
from events.feeds.mapping import FeedMapping
from events.feeds.records import FeedRecord, read_records
from events.feeds.running import convert_records
from members import (
    count_feed_links,
    find_known_members,
    find_link_columns,
    find_linked_members,
    parse_feed_links,
    record_feed_links,
    unknown_member_faults,
)
from yihui.bootstrap import Wiring
from yihui.files.tables import SheetReader
from yihui.files.whole_files import check_output_not_input, check_output_path, write_lines_atomically
from yihui.runtime.progress import show_progress
from yihui.services.access.acting import open_act
from yihui.services.events.feed_mappings import FeedMappingRepository, find_feed_mapping, read_mapping_text
from yihui.services.events.feeds import FeedFileService, FeedTally, ProgressCallback

LINK_FAULTS = FaultTable(
    "feed_links",
    {
        "linked_already": (
            N_("this id is linked to another member of {feed} already"),
            N_("find out whom the app means; --replace lets the file win"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class FeedPreview:
    """The first records of a file with their outcomes; ``unknown_fields`` are warnings."""

    mapping: FeedMapping
    records: list[tuple[FeedRecord | Fault, ConversionOutcome]]
    unknown_fields: list[Fault]


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """A feed that is declared, and how many ids of its app are linked to members."""

    feed: str
    title: str
    source: str
    format: str
    types: list[str]
    links: int


def check_mapping_files(files: Sequence[Path]) -> list[Fault]:
    """Return the findings in mapping files. *Raises*: OSError."""
    return [found for file in files for found in check_feed_mapping(file.name, read_mapping_text(file))[1]]


def preview_feed_file(wiring: Wiring, mapping: str, file: Path, rows: int) -> FeedPreview:
    """Convert the first records of a file and store nothing. *Raises*: MappingFaults; FaultError; OSError."""
    service = _open_service(wiring, mapping, file)
    converter = service.build_converter()
    with file.open("rb") as stream:
        records = list(islice(read_records(stream, file.name, service.mapping), rows))
    batches = convert_records(records, converter, wiring.database)
    outcomes = [outcome for batch in batches for outcome in batch]
    both = list(zip(records, outcomes, strict=True))
    return FeedPreview(service.mapping, both, converter.unknown_fields.faults(file.name))


def convert_feed_file(wiring: Wiring, mapping: str, file: Path, out: Path, *, partial: bool) -> FeedTally:
    """Write a feed's records as events, one a line.

    *Raises*: FaultError with all faults of all records, unless ``partial``; MappingFaults; OSError.
    """
    check_output_path(out)
    check_output_not_input(out, file)
    service = _open_service(wiring, mapping, file)
    if not partial:
        _refuse_faults(service)
    tally = FeedTally()
    with _show_progress(service) as advance:
        write_lines_atomically(out, (event.text for event in service.events(tally, advance)))
    return tally


def run_feed_file(wiring: Wiring, mapping: str, file: Path, *, partial: bool) -> tuple[FeedTally, RunTally]:
    """Process a feed's records as events, or hand them to the relay. *Raises*: as ``convert_feed_file``."""
    service = _open_service(wiring, mapping, file)
    if not partial:
        _refuse_faults(service)
    tally = FeedTally()
    with _show_progress(service) as advance:
        outcomes = service.run(tally, advance)
    return tally, outcomes


def list_feeds(wiring: Wiring) -> list[FeedSummary]:
    """List the feeds in the configured folders by name. *Raises*: MappingFaults; OSError."""
    mappings = FeedMappingRepository(wiring.settings.feeds).all()
    with wiring.database.read() as connection:
        links = count_feed_links(connection)
    return [
        FeedSummary(
            feed,
            mapping.title,
            mapping.source,
            mapping.format,
            sorted({event.type for event in mapping.events}),
            links.get(feed, 0),
        )
        for feed, mapping in sorted(mappings.items())
    ]


def _open_service(wiring: Wiring, mapping: str, file: Path) -> FeedFileService:
    return FeedFileService(wiring, find_feed_mapping(mapping, wiring.settings.feeds), file)


def _show_progress(service: FeedFileService) -> AbstractContextManager[ProgressCallback]:
    title = service.wiring.render(N_("converting records"))
    return show_progress(title, service.file.stat().st_size)


def _refuse_faults(service: FeedFileService) -> None:
    """Check every record before the first one is stored. *Raises*: FaultError with all faults."""
    with _show_progress(service) as advance:
        account = service.check_records(advance)
    if account.faults:
        raise FaultError(account.faults)


def import_feed_links(
    wiring: Wiring, feed: str, file: Path, sheets: SheetReader, *, replace: bool
) -> tuple[int, int]:
    """Record the links of a table, all or none; return how many are new and how many were known.

    *Raises*: FaultError with all faults; OSError.
    """
    from core.sheets.files import refuse_large_file
    from geo.formats.files import read_table

    refuse_large_file(file.stat().st_size, file.name)
    table = sheets.select(read_table(file.read_bytes(), file.name), find_link_columns)
    key = wiring.identity_key
    links, faults = parse_feed_links(table, feed, key)
    with open_act(wiring) as connection:
        known = find_known_members(connection, {link.member_id for link in links})
        before = find_linked_members(connection, feed, [link.theirs for link in links], key)
        faults += unknown_member_faults(links, known, file.name)
        if not replace:
            faults += [
                LINK_FAULTS.build("linked_already", file=file.name, row=link.row, feed=feed)
                for link in links
                if before.get(link.theirs, link.member_id) != link.member_id
            ]
        raise_faults_by_row(faults)
        new = {link.theirs: link.member_id for link in links if before.get(link.theirs) != link.member_id}
        record_feed_links(connection, feed, new, wiring.now(), key, replace=replace)
    return len(new), len(links) - len(new)
