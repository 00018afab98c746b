"""Parse values that users type on the command line or in an address."""

from datetime import date, datetime

from core.civil_time import parse_civil_date, restore_offset_sign
from core.faults import FaultError, FaultTable
from core.money import parse_amount
from core.status_address import StatusAddress, parse_status_address
from core.text_marks import N_

FIRST_YEAR, LAST_YEAR = 1992, 2100
CANNOT_BE = N_("{field} can't be {value}")
PROBES_REMEDY = N_("write a port of this machine, such as 9100, or an address and a port: 0.0.0.0:9100")
ARGUMENT_FAULTS = FaultTable(
    "usage",
    {
        "day": (CANNOT_BE, N_("write a date such as 2026-05-01")),
        "yuan": (CANNOT_BE, N_("write 50000 or 50000.50")),
        "instant": (CANNOT_BE, N_("write it as 2026-10-03T23:10+08:00")),
        "no_offset": (CANNOT_BE, N_("add the offset, as in 2026-10-03T23:10+08:00")),
        "outside_years": (
            N_("{field} can't be in the year {value}"),
            N_("choose a year from {least} to {most}"),
        ),
        "probes": (CANNOT_BE, PROBES_REMEDY),
    },
)


def parse_day(text: str, field: str = "--on") -> date:
    """Parse a civil date. *Raises*: FaultError."""
    day = parse_civil_date(text)
    if day is None:
        raise FaultError(ARGUMENT_FAULTS.build("day", field=field, value=text))
    return day


def parse_fen(text: str, field: str) -> int:
    """Parse an amount above zero, typed in yuan or with 万元; return fen. *Raises*: FaultError."""
    amount = parse_amount(text)
    if amount.fen is not None and amount.fen > 0:
        return amount.fen
    raise FaultError(ARGUMENT_FAULTS.build("yuan", field=field, value=text))


def parse_instant(text: str, field: str = "--at") -> datetime:
    """Parse an instant with its offset, of the years in which civil time is certain. *Raises*: FaultError."""
    moment = parse_any_instant(text, field)
    check_years(moment, FIRST_YEAR, LAST_YEAR, field)
    return moment


def parse_any_instant(text: str, field: str | None = None) -> datetime:
    """Parse an instant with its offset, of whatever year. *Raises*: FaultError."""
    try:
        moment = datetime.fromisoformat(restore_offset_sign(text))
    except ValueError as error:
        raise FaultError(ARGUMENT_FAULTS.build("instant", field=field, value=text)) from error
    if moment.tzinfo is None:
        raise FaultError(ARGUMENT_FAULTS.build("no_offset", field=field, value=text))
    return moment


def check_years(day: date, least: int, most: int, field: str | None = None) -> None:
    """*Raises*: FaultError for a day or an instant outside of these years."""
    if not least <= day.year <= most:
        fault = ARGUMENT_FAULTS.build("outside_years", field=field, value=day.year, least=least, most=most)
        raise FaultError(fault)


def parse_probes(text: str) -> StatusAddress:
    """Parse where a process answers probes. *Raises*: FaultError."""
    try:
        return parse_status_address(text)
    except ValueError as error:
        raise FaultError(ARGUMENT_FAULTS.build("probes", field="--probes", value=text[:80])) from error


def is_in_supported_years(moment: datetime) -> bool:
    """Return whether civil time is certain at an instant: from 1992, without summer time, to 2100."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR
