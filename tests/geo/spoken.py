"""What riders, a keeper and an officer say of one station, minutes after nine in the morning."""

from datetime import UTC, date, datetime, timedelta

from geo.status.statements import ReporterRole, ReportKind, StatusReport

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
