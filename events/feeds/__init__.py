"""events.feeds: convert other apps' records into events, using one mapping file per feed."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from events.feeds.conversion import ConversionOutcome, Converted, Converter, Rejected, Skipped
    from events.feeds.linting import check_feed_mapping, parse_feed_mapping
    from events.feeds.mapping import TABULAR_FORMATS, FeedMapping
    from events.feeds.people import MemberResolver
    from events.feeds.records import FeedRecord, parse_records, read_records
    from events.feeds.running import (
        accepting_sink,
        commit_batches,
        convert_records,
        iter_converted_events,
        load_name_directory,
        processing_sink,
    )
else:
    __getattr__ = build_door(__name__)
