"""events.feeds: other apps' records become our events, by a mapping that each feed has as a file."""

from events.feeds.conversion import Converted, Converter, Outcome, Rejected, Skipped
from events.feeds.loading import MappingFaults, check_mapping, read_mapping
from events.feeds.mapping import TABULAR, Mapping
from events.feeds.people import People
from events.feeds.records import Record, read_records, records_in
from events.feeds.running import (
    Taken,
    accepting,
    convert_all,
    directory_of,
    events_of,
    handling,
    take_all,
)

__all__ = [
    "TABULAR",
    "Converted",
    "Converter",
    "Mapping",
    "MappingFaults",
    "Outcome",
    "People",
    "Record",
    "Rejected",
    "Skipped",
    "Taken",
    "accepting",
    "check_mapping",
    "convert_all",
    "directory_of",
    "events_of",
    "handling",
    "read_mapping",
    "read_records",
    "records_in",
    "take_all",
]
