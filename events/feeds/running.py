"""Run a feed: convert records in batches, load their members in bulk, commit events and links together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection

from events.envelope import Event
from events.feeds.conversion import ConversionOutcome, Converted, Converter
from events.feeds.people import PersonReference
from events.feeds.records import FeedRecord, RecordOrFault
from events.feeds.values import NameDirectory, normalize_name
from events.pipeline import BatchOutcome, InboundEvent, process_batch
from events.retries import run_in_transaction
from events.runner import BATCH_SIZE, EventRunner, accept_events
from members import organisation_names, record_feed_links
from store import Database


def load_name_directory(connection: Connection, districts: Mapping[str, Sequence[str]]) -> NameDirectory:
    """Load the codes of organisations by name, and add those of districts."""
    organisations: dict[str, tuple[str, ...]] = {}
    for code, name in organisation_names(connection).items():
        organisations[normalize_name(name)] = (*organisations.get(normalize_name(name), ()), code)
    return NameDirectory(
        organisations, {normalize_name(name): tuple(codes) for name, codes in districts.items()}
    )


def convert_records(
    records: Iterable[RecordOrFault], converter: Converter, database: Database, size: int = BATCH_SIZE
) -> Iterator[list[ConversionOutcome]]:
    """Yield the outcomes of all records, batch by batch; write nothing."""
    waiting = iter(records)
    while batch := list(islice(waiting, size)):
        claims = [_claim(item, converter) for item in batch]
        with database.read() as connection:
            converter.people.load_members(connection, claims)
        yield [converter.convert(item, claim) for item, claim in zip(batch, claims, strict=True)]


def _claim(item: RecordOrFault, converter: Converter) -> PersonReference:
    return (
        converter.people.read_reference(item.content) if isinstance(item, FeedRecord) else PersonReference()
    )


EventSink = Callable[[Connection, Sequence[Converted]], BatchOutcome]


def processing_sink(runner: EventRunner, file: str) -> EventSink:
    """Return a sink that processes events immediately, in this process."""

    def take(connection: Connection, converted: Sequence[Converted]) -> BatchOutcome:
        items = [InboundEvent(item.event, f"{file}:{item.row}") for item in converted]
        return process_batch(items, connection, runner.library(connection), runner.now())

    return take


def accepting_sink(runner: EventRunner) -> EventSink:
    """Return a sink that stores events until the relay or a runner takes them."""

    def take(connection: Connection, converted: Sequence[Converted]) -> BatchOutcome:
        accept_events(connection, [item.event for item in converted], runner.now())
        return BatchOutcome()

    return take


def commit_batches(
    batches: Iterable[list[ConversionOutcome]], converter: Converter, database: Database, take: EventSink
) -> Iterator[BatchOutcome]:
    """Commit each batch's events with the new links in one transaction; yield what became of the events.

    A stopped run may be started again from the beginning: the same record becomes the same event.
    """
    for outcomes in batches:
        good = [item for item in outcomes if isinstance(item, Converted) and not item.is_repeat]
        links = dict(converter.people.new_links)

        def work(
            connection: Connection, good: Sequence[Converted] = good, links: dict[str, str] = links
        ) -> BatchOutcome:
            record_feed_links(connection, converter.mapping.feed, links, converter.now, converter.people.key)
            return take(connection, good)

        committed = run_in_transaction(database, work)
        converter.people.new_links.clear()
        yield committed


def iter_converted_events(outcomes: Iterable[ConversionOutcome]) -> Iterator[Event]:
    """Yield each converted event once."""
    for item in outcomes:
        if isinstance(item, Converted) and not item.is_repeat:
            yield item.event
