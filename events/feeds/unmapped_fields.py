"""Report the fields of an app's records that a mapping neither reads nor drops, once each.

A new field may carry data that the mapping should use.
"""

from dataclasses import dataclass, field

from core.faults import Fault, FaultTable
from core.text_marks import N_
from events.feeds.mapping import FeedMapping
from events.feeds.paths import iter_leaf_fields, path_covers, scrub_path
from events.feeds.records import FeedRecord

_MOST = 50
UNKNOWN_FIELD_FAULTS = FaultTable(
    "feed_field",
    {
        "unknown": (
            N_("the field {field} is neither read nor dropped; records with it: {count}"),
            N_("read it under data:, or name it under drop:"),
        ),
    },
)
_MOST_NAMES = 5_000  # if field names are ids, every record has new ones


@dataclass(slots=True)
class UnknownFields:
    """The fields that a mapping doesn't know: the number of records with each, and the first such row."""

    mapping: FeedMapping
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)

    def collect(self, record: FeedRecord) -> None:
        """Count the unknown fields of one record."""
        for path, _ in iter_leaf_fields(record.content):
            if not self._is_known(path):
                self.rows.setdefault(path, record.row)
                self.counts[path] = self.counts.get(path, 0) + 1

    def _is_known(self, path: str) -> bool:
        if path not in self._known:
            if len(self._known) >= _MOST_NAMES:
                return True
            named = (*self.mapping.used_paths(), *self.mapping.drop)
            self._known[path] = any(path_covers(other, path) for other in named)
        return self._known[path]

    def faults(self, file: str | None) -> list[Fault]:
        """Return one warning per field."""
        return [
            UNKNOWN_FIELD_FAULTS.build(
                "unknown",
                file=file,
                row=self.rows[path],
                field=scrub_path(path),
                severity="warning",
                count=count,
            )
            for path, count in list(self.counts.items())[:_MOST]
        ]
