"""Events as the outside sends them, and a short way to handle them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from benefits import canonical_export_lines
from events import BatchOutcome, InboundEvent, parse_event, process_batch
from rules import RuleLibrary
from store import Database

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
QINGDAO = "370202001-00017"


@dataclass
class Sender:
    """Writes events as lines; ids count up unless one is given."""

    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __call__(
        self, kind: str, member: str = "m-1", at: str = "2026-05-01T09:00:00+08:00", **data: object
    ) -> str:
        envelope = data.pop("envelope", {})
        assert isinstance(envelope, dict)
        event = {
            "specversion": "1.0",
            "id": f"e-{next(self.numbers)}",
            "source": "/test",
            "type": kind,
            "subject": member,
            "time": at,
            "data": data,
        }
        return json.dumps({**event, **envelope}, ensure_ascii=False)

    def imported(self, member: str = "m-1", **data: object) -> str:
        return self("member.imported", member, "2020-01-01T00:00:00+08:00", **{**_MEMBER, **data})

    def joined(self, member: str = "m-1", at: str = "2026-03-01T09:00:00+08:00", **data: object) -> str:
        return self("member.joined", member, at, **{**_MEMBER, "joined_on": at[:10], **data})

    def birthday(self, member: str = "m-1", on: str = "2026-05-20", **more: object) -> str:
        return self("member.birthday", member, f"{on}T00:00:00+08:00", on=on, **more)

    def certified(self, member: str = "m-1", level: str = "高级工", on: str = "2026-04-01") -> str:
        data = {
            "trade": "电工",
            "level": level,
            "certificate_digest": "sha256:" + "a" * 64,
            "certified_on": on,
        }
        return self("member.skill_certified", member, f"{on}T10:00:00+08:00", **data)


_MEMBER = {"organisation": QINGDAO, "district": "370202", "trade": "外卖员", "joined_on": "2020-01-01"}


def handle_in(database: Database, library: RuleLibrary, lines: Sequence[str], size: int) -> BatchOutcome:
    outcomes = BatchOutcome()
    for start in range(0, len(lines), size):
        batch = [
            InboundEvent(parse_event(text, NOW), f"line {start + n}")
            for n, text in enumerate(lines[start : start + size], 1)
        ]
        with database.write() as connection:
            outcomes.add(process_batch(batch, connection, library, NOW))
    return outcomes


def ledger(database: Database) -> list[str]:
    """The canonical export."""
    with database.read() as connection:
        return list(canonical_export_lines(connection))
