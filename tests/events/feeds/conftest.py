"""Feeds on a database, and what becomes of records."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from events.feeds.conversion import ConversionOutcome, Converter
from events.feeds.linting import parse_feed_mapping
from events.feeds.mapping import FeedMapping
from events.feeds.people import MemberResolver
from events.feeds.records import read_records
from events.feeds.running import convert_records
from events.feeds.values import NameDirectory
from store import Database, open_database
from tests.events.feeds.samples import APP, KEY, NOW, TABLE

Convert = Callable[..., list[ConversionOutcome]]


@pytest.fixture(scope="session")
def app() -> FeedMapping:
    return parse_feed_mapping("app.yaml", APP)


@pytest.fixture(scope="session")
def table() -> FeedMapping:
    return parse_feed_mapping("table.yaml", TABLE)


@pytest.fixture(scope="session")
def nobody(migrated_file: Path) -> Database:
    """A database that holds nobody, only to be read."""
    return open_database(str(migrated_file), read_only=True)


def converter_for(mapping: FeedMapping, directory: NameDirectory | None = None) -> Converter:
    return Converter(mapping, MemberResolver(mapping, KEY), directory or NameDirectory(), NOW, "f")


@pytest.fixture(scope="session")
def convert(nobody: Database) -> Convert:
    """What becomes of a file's content where nobody is known yet."""

    def convert_content(
        content: bytes, mapping: FeedMapping, converter: Converter | None = None
    ) -> list[ConversionOutcome]:
        made = converter or converter_for(mapping)
        batches = convert_records(read_records(io.BytesIO(content), "f", mapping), made, nobody)
        return [outcome for batch in batches for outcome in batch]

    return convert_content
