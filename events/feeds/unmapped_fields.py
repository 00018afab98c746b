"""Fields of theirs that a mapping neither reads nor drops: told once each, since they may be news."""

from dataclasses import dataclass, field

from core.faults import Fault
from events.feeds.mapping import Mapping
from events.feeds.paths import covers, leaves, shown
from events.feeds.records import Record

N_ = str  # marks a text for the message catalogue

_MOST = 50
_MOST_NAMES = 5_000  # where names are ids, every record has new ones


@dataclass(slots=True)
class Strangers:
    """Which fields nobody knows, in how many records, and in which first."""

    mapping: Mapping
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)

    def look(self, record: Record) -> None:
        for path, _ in leaves(record.content):
            if not self._is_known(path):
                self.rows.setdefault(path, record.row)
                self.counts[path] = self.counts.get(path, 0) + 1

    def _is_known(self, path: str) -> bool:
        if path not in self._known:
            if len(self._known) >= _MOST_NAMES:
                return True
            named = (*self.mapping.paths(), *self.mapping.drop)
            self._known[path] = any(covers(other, path) for other in named)
        return self._known[path]

    def faults(self, file: str | None) -> list[Fault]:
        """A warning for each."""
        return [
            Fault(
                N_("the field {field} is neither read nor dropped; records with it: {count}"),
                N_("read it under data:, or name it under drop:"),
                file=file,
                row=self.rows[path],
                field=shown(path),
                severity="warning",
                params={"count": str(count)},
            )
            for path, count in list(self.counts.items())[:_MOST]
        ]
