"""Runs a feed: records in batches, their people asked for at once, events and links in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from events.envelope import Event
from events.feeds.conversion import Converted, Converter, Outcome
from events.feeds.people import Claim
from events.feeds.records import Read, Record
from events.feeds.values import Directory, named
from events.pipeline import Item, Outcomes, handle
from events.retries import in_transaction
from events.runner import BATCH_SIZE, Runner, accept
from members import organisation_names, record_links
from store import Database


def directory_of(connection: Connection, districts: Mapping[str, Sequence[str]]) -> Directory:
    """Names → codes: of the organisations that are known, and of districts."""
    organisations: dict[str, tuple[str, ...]] = {}
    for code, name in organisation_names(connection).items():
        organisations[named(name)] = (*organisations.get(named(name), ()), code)
    return Directory(organisations, {named(name): tuple(codes) for name, codes in districts.items()})


def convert_all(
    records: Iterable[Read], converter: Converter, database: Database, size: int = BATCH_SIZE
) -> Iterator[list[Outcome]]:
    """What becomes of all records, batch by batch; nothing is written."""
    waiting = iter(records)
    while batch := list(islice(waiting, size)):
        claims = [_claim(item, converter) for item in batch]
        with database.read() as connection:
            converter.people.meet(connection, claims)
        yield [converter.convert(item, claim) for item, claim in zip(batch, claims, strict=True)]


def _claim(item: Read, converter: Converter) -> Claim:
    return converter.people.claim(item.content) if isinstance(item, Record) else Claim()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: of its records, and (where they were handled at once) of its events."""

    outcomes: Sequence[Outcome]
    handled: Outcomes


Take = Callable[[Connection, Sequence[Converted]], Outcomes]


def handling(runner: Runner, file: str) -> Take:
    """Handle events at once, in this process."""

    def take(connection: Connection, converted: Sequence[Converted]) -> Outcomes:
        items = [Item(item.event, f"{file}:{item.row}") for item in converted]
        return handle(items, connection, runner.library(connection), runner.now())

    return take


def accepting(runner: Runner) -> Take:
    """Keep events for whoever takes them: the relay to the topics, or a runner."""

    def take(connection: Connection, converted: Sequence[Converted]) -> Outcomes:
        accept(connection, [item.event for item in converted], runner.now())
        return Outcomes()

    return take


def take_all(
    batches: Iterable[list[Outcome]], converter: Converter, database: Database, take: Take
) -> Iterator[Taken]:
    """Take each batch's events with the links that it taught, in one transaction; yields what is committed.

    Stopped anywhere, it may be run again from the start: the same record is the same event.
    """
    for outcomes in batches:
        good = [item for item in outcomes if isinstance(item, Converted) and not item.again]
        links = dict(converter.people.learnt)

        def work(
            connection: Connection, good: Sequence[Converted] = good, links: dict[str, str] = links
        ) -> Outcomes:
            record_links(connection, converter.mapping.feed, links, converter.now)
            return take(connection, good)

        handled = in_transaction(database, work)
        converter.people.learnt.clear()
        yield Taken(outcomes, handled)


def events_of(outcomes: Iterable[Outcome]) -> Iterator[Event]:
    """The events among what became of records, each once."""
    for item in outcomes:
        if isinstance(item, Converted) and not item.again:
            yield item.event
