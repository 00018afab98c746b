"""What riders, a keeper and an officer say of one station, minutes after nine in the morning."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from geo.status.statements import (
    DOOR_KINDS,
    REPORT_TERMS,
    SHUT_KINDS,
    ReporterRole,
    ReportKind,
    StatusReport,
)

NINE = datetime(2027, 2, 5, 1, 0, tzinfo=UTC)  # 09:00 in Beijing
MINUTE = timedelta(minutes=1)


def rider(who: str, what: str, minute: int, facility: str = "") -> StatusReport:
    facilities = frozenset({facility} if facility else ())
    at = NINE + minute * MINUTE
    return StatusReport(
        f"{who}-{minute}", "s", at, ReporterRole.RIDER, ReportKind(what), who, facilities=facilities
    )


def keeper(what: str, minute: int, facility: str = "") -> StatusReport:
    facilities = frozenset({facility} if facility else ())
    at = NINE + minute * MINUTE
    return StatusReport(
        f"k-{minute}", "s", at, ReporterRole.KEEPER, ReportKind(what), "key", facilities=facilities
    )


def inspected(minute: int, *missing: str) -> StatusReport:
    at = NINE + minute * MINUTE
    return StatusReport(
        f"o-{minute}", "s", at, ReporterRole.OFFICER, ReportKind.INSPECTED,
        facilities=frozenset(missing), first=date(2027, 2, 5),
    )  # fmt: skip


def door_by_the_book(sayings: Sequence[StatusReport], minute: int) -> tuple[bool, list[StatusReport]]:
    """Whether an official word shuts the door, and the riders' words that stand: what was said, one after the other."""
    now = NINE + minute * MINUTE
    about = DOOR_KINDS | {ReportKind.LET_IN}
    last_words: list[StatusReport] = []
    is_shut = False
    for s in sorted((s for s in sayings if s.at <= now and s.what in about), key=lambda s: s.order):
        if s.is_official:
            is_shut = s.what in SHUT_KINDS and now < s.at + REPORT_TERMS.door
            last_words = []
        elif now < s.at + REPORT_TERMS.door:
            last_words = [word for word in last_words if word.network != s.network] + [s]
    standing: list[StatusReport] = []
    for word in last_words:
        if word.what in SHUT_KINDS:
            standing.append(word)
        elif word.is_all_clear:
            standing = []
        elif standing:
            standing.pop()
    return is_shut, standing
