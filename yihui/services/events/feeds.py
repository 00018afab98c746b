"""Convert and run feeds: apply a mapping to a file or a body, and count the outcomes of the records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from events import Event, RunTally, accept_events
from events.feeds.conversion import ConversionOutcome, Converted, Converter, Rejected, Skipped
from events.feeds.mapping import FeedMapping
from events.feeds.people import MemberResolver
from events.feeds.records import read_records
from events.feeds.running import (
    accepting_sink,
    commit_batches,
    convert_records,
    iter_converted_events,
    load_name_directory,
    processing_sink,
)
from events.retries import run_in_transaction
from geo.formats.outlines import load_area_names
from members import record_feed_links
from yihui.access.senders import Sender
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.sender_bounds import find_bound_faults

ProgressCallback = Callable[[int], None]
DistrictCodes = dict[str, list[str]]  # codes by name


@dataclass(slots=True)
class FeedTally:
    """Outcomes of a feed's records; ``unknown_fields`` are warnings about fields that the mapping ignores."""

    converted: int = 0
    repeated: int = 0
    skipped: int = 0
    rejected: int = 0
    faults: list[Fault] = field(default_factory=list)
    unknown_fields: list[Fault] = field(default_factory=list)

    def add(self, outcome: ConversionOutcome) -> None:
        """Count one outcome and collect its faults."""
        match outcome:
            case Converted(is_repeat=True):
                self.repeated += 1
            case Converted():
                self.converted += 1
            case Skipped():
                self.skipped += 1
            case Rejected(faults=faults):
                self.rejected += 1
                self.faults += faults

    def counts(self) -> dict[str, int]:
        """Return the counts by outcome, as programs read them."""
        return {
            "converted": self.converted,
            "again": self.repeated,
            "skipped": self.skipped,
            "rejected": self.rejected,
        }


@dataclass(frozen=True, slots=True)
class FeedFileService:
    """Converts one file of one feed. Each pass over the file starts anew."""

    wiring: Wiring
    mapping: FeedMapping
    file: Path

    def build_converter(self) -> Converter:
        """Build a converter for this file."""
        return build_feed_converter(self.wiring, self.mapping, self.file.name)

    def check_records(self, advance: ProgressCallback) -> FeedTally:
        """Convert everything and write nothing."""
        account = FeedTally()
        for _ in self.events(account, advance):
            pass
        return account

    def events(self, account: FeedTally, advance: ProgressCallback) -> Iterator[Event]:
        """Yield each event once, and count the outcomes of the records on the way."""
        converter = self.build_converter()
        with self.file.open("rb") as file:
            for outcomes in self._convert(file, converter, account, advance):
                yield from iter_converted_events(outcomes)
        account.unknown_fields = converter.unknown_fields.faults(self.file.name)

    def _convert(
        self, file: BinaryIO, converter: Converter, account: FeedTally, advance: ProgressCallback
    ) -> Iterator[list[ConversionOutcome]]:
        records = read_records(file, self.file.name, self.mapping)
        for outcomes in convert_records(records, converter, self.wiring.database):
            for outcome in outcomes:
                account.add(outcome)
            yield outcomes
            advance(file.tell())

    def run(self, account: FeedTally, advance: ProgressCallback) -> RunTally:
        """Process the events in this process, or hand them to the relay if brokers are configured."""
        from yihui.services.ledger.sealing import seal_after_batches

        converter, runner = self.build_converter(), self.wiring.runner
        take = (
            processing_sink(runner, self.file.name)
            if self.wiring.settings.kafka is None
            else accepting_sink(runner)
        )
        tally = RunTally()
        with self.file.open("rb") as file:
            batches = self._convert(file, converter, account, advance)
            taken = commit_batches(batches, converter, self.wiring.database, take)
            for outcome in seal_after_batches(self.wiring, taken):
                tally.add(outcome)
        account.unknown_fields = converter.unknown_fields.faults(self.file.name)
        return tally


@dataclass(frozen=True, slots=True)
class BoundFeed:
    """Stores the events of a feed that its sender may send, with the links of their members; rejects the others.

    ``require_sender`` names the sender within the transaction that stores them.
    """

    wiring: Wiring
    converter: Converter
    require_sender: Callable[[Connection], Sender]

    def commit(self, outcomes: Sequence[ConversionOutcome]) -> list[ConversionOutcome]:
        """Store a batch in one transaction; return its outcomes. *Raises*: FaultError, StoreError."""
        converted = [item for item in outcomes if isinstance(item, Converted)]
        links = dict(self.converter.people.new_links)

        def work(connection: Connection) -> dict[tuple[str, str], tuple[Fault, ...]]:
            now = self.wiring.now()
            events = [item.event for item in converted if not item.is_repeat]
            sender = self.require_sender(connection)
            faults = find_bound_faults(connection, sender, events, civil_date(now))
            refused = {event.key: found for event, found in zip(events, faults, strict=True) if found}
            allowed = [event for event in events if event.key not in refused]
            members = {event.subject for event in allowed}
            kept = {theirs: member for theirs, member in links.items() if member in members}
            record_feed_links(
                connection, self.converter.mapping.feed, kept, self.converter.now, self.converter.people.key
            )
            accept_events(connection, allowed, now)
            return refused

        refused = run_in_transaction(self.wiring.database, work)
        self.converter.people.new_links.clear()
        return [
            Rejected(item.row, refused[item.event.key], item.event.id)
            if isinstance(item, Converted) and item.event.key in refused
            else item
            for item in outcomes
        ]


def build_feed_converter(
    wiring: Wiring, mapping: FeedMapping, file: str | None, districts: DistrictCodes | None = None
) -> Converter:
    """Build a converter without any state; pass ``districts`` if their names are loaded already."""
    key = wiring.identity_key  # creates the database if there is none
    if districts is None:
        districts = load_district_codes(wiring) if mapping.has_district_names() else {}
    with wiring.database.read() as connection:
        directory = load_name_directory(connection, districts)
    return Converter(mapping, MemberResolver(mapping, key), directory, wiring.now(), file)


def load_district_codes(wiring: Wiring) -> DistrictCodes:
    """Return district codes by name.

    Within the province the name alone is enough; everywhere the city's name may precede it.
    """
    names = load_area_names()
    found: DistrictCodes = {}
    for code, name in names.items():
        if code.endswith("00"):
            continue
        city = names.get(code[:4] + "00", "")
        said = [city + name, names.get(code[:2] + "0000", "") + city + name]
        said += [name] * (code[:2] == PROVINCE_CODE[:2])
        for each in dict.fromkeys(said):
            found.setdefault(each, []).append(code)
    return found
