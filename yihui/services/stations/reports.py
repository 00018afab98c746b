"""Riders' reports: build their events, and find what became of them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import Event
from events.runner import find_accepted_event
from geo.crs import point_to_wgs84
from geo.datum import Datum
from geo.messages import Answer, Observation, StationId
from geo.registry.reports import RIDER_SOURCE, RiderReport, find_report, load_status_reports
from geo.registry.statements import load_live_summaries
from geo.registry.stations import find_station
from geo.station import FACILITY_CODES, Station
from geo.status.live import LiveSummary
from geo.status.statements import REPORT_TERMS, ReportOutcome, find_report_outcome
from yihui.bootstrap import Wiring
from yihui.services.events.events import build_event

_FAULTS = FaultTable(
    "report",
    {
        "facility": (
            N_("name a facility when it is broken or works again, and only then"),
            N_("add it, or leave it out"),
        ),
        "pin": (
            N_("a point goes with wrong_place only: it is where the place is"),
            N_("add it, or leave it out"),
        ),
        "too_long_ago": (
            N_("{value} is too long ago for a report"),
            N_("report what you find when you are there again"),
        ),
    },
)

# The longest lifetime of a status report: an older observation has no effect
MAX_REPORT_AGE = REPORT_TERMS.place
MAX_WITHDRAWAL_AGE = timedelta(hours=24)
_PIN_DECIMALS = 5  # a metre


EVENT_NUMBER_BYTES = 10  # 16 letters: enough numbers for all reports


def _check_facility(code: object) -> object:
    if not isinstance(code, str) or code not in FACILITY_CODES:
        raise PydanticCustomError("enum", "not a facility")
    return code


FacilityCode = Annotated[
    str, BeforeValidator(_check_facility), Field(json_schema_extra={"enum": sorted(FACILITY_CODES)})
]


class Pin(BaseModel):
    """The true position of a place, and its datum."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    datum: Datum

    def in_wgs84(self) -> tuple[float, float]:
        lon, lat = point_to_wgs84((self.lon, self.lat), self.datum)
        return round(lon, _PIN_DECIMALS), round(lat, _PIN_DECIMALS)


ReportKey = Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Withdrawal(BaseModel):
    """A rider takes a report back, under the ``idempotency_key`` that only her phone and the site know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: StationId
    idempotency_key: ReportKey


class Report(BaseModel):
    """A rider's report. ``facility`` is the code of a facility that is broken or works again.

    ``pin`` is the true position, for wrong_place. ``observed_at`` is the instant of the observation, for a
    phone that had no network. Requests with the same ``idempotency_key`` are one report. Whoever knows the key
    can take the report back within 24 hours of what was observed: choose it at random for each report, and keep it secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    observation: Observation
    facility: FacilityCode | None = None
    pin: Pin | None = None
    observed_at: AwareDatetime | None = None
    idempotency_key: ReportKey | None = None

    @model_validator(mode="after")
    def _what_goes_together(self) -> Self:
        """Check the combinations that the event allows (`geo/messages.py`), with faults about the sent fields."""
        named, what = self.facility is not None, self.observation
        if named != (what is Observation.BROKEN) and what is not Observation.FINE:
            raise _apart("facility", self.facility)
        if self.pin is not None and what is not Observation.WRONG_PLACE:
            raise _apart("pin")
        return self


def _apart(field: str, value: str | None = None) -> PydanticCustomError:
    fault = _FAULTS.build(field, field=field, value=value)
    return PydanticCustomError("apart", "don't go together", {"fault": fault})


def build_report_event(report: Report, station: str, reporter: str, now: datetime, secret: bytes) -> Event:
    """Build the event of a rider's report. Its id is the number for following it up. *Raises*: FaultError."""
    data: dict[str, object] = {
        "station": station,
        "reporter": reporter,
        "observation": report.observation.value,
    }
    if report.facility is not None:
        data["facility"] = report.facility
    if report.pin is not None:
        data["lon"], data["lat"] = report.pin.in_wgs84()
    seen = min(report.observed_at or now, now)  # a phone's clock that runs ahead counts as now
    if now - seen > MAX_REPORT_AGE:
        raise FaultError(
            _FAULTS.build(
                "too_long_ago",
                field="observed_at",
                value=seen.isoformat(timespec="seconds"),
                days=MAX_REPORT_AGE // timedelta(days=1),
            )
        )
    return build_station_event(
        RIDER_SOURCE, "station.reported", data, (seen, now), report_number(report, station, secret)
    )


def report_number(report: Report, station: str, secret: bytes) -> str | None:
    """Return the number of a report from its key, the same for every repetition, or None if it has no key."""
    key = report.idempotency_key
    return None if key is None else _number_of(secret, "report", station, key)


def build_withdrawal_event(
    withdrawal: Withdrawal, number: str, times: tuple[datetime, datetime], secret: bytes
) -> Event:
    """Build the event by which a rider takes a report back; ``times`` are the report's and now. *Raises*: FaultError.

    It bears the report's time, so that it is the same event however often, and wherever, she takes it back.
    """
    data = {"station": withdrawal.station, "report": number, "answer": Answer.WITHDRAWN.value}
    return build_station_event(
        RIDER_SOURCE, "station.answered", data, times, _number_of(secret, "withdrawal", number)
    )


def withdrawn_number(withdrawal: Withdrawal, secret: bytes) -> str:
    """Return the number of the report that is taken back."""
    return _number_of(secret, "report", withdrawal.station, withdrawal.idempotency_key)


def _number_of(secret: bytes, *parts: str) -> str:
    return format_event_number(hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).digest())


def build_station_event(
    source: str,
    kind: str,
    data: Mapping[str, object],
    times: tuple[datetime, datetime],
    number: str | None = None,
) -> Event:
    """Build the event; ``times`` are when it occurred and now. *Raises*: FaultError."""
    occurred, now = times
    try:
        return build_event(
            now,
            id=number or new_event_number(),
            source=source,
            type=kind,
            subject=data["station"],
            time=occurred.isoformat(),
            data=data,
        )
    except FaultError as error:
        faults = [fault.at(field=(fault.field or "").removeprefix("data.")) for fault in error.faults]
        raise FaultError(faults) from error


def new_event_number() -> str:
    """Return a random event number."""
    return format_event_number(secrets.token_bytes(EVENT_NUMBER_BYTES))


def format_event_number(digest: bytes) -> str:
    """Format a digest as letters and digits in groups of four, easy to read out over the telephone."""
    letters = base64.b32encode(digest[:EVENT_NUMBER_BYTES]).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


@dataclass(frozen=True, slots=True)
class FollowedReport:
    """One report with everything known of its outcome."""

    report: RiderReport
    station: Station | None
    outcome: ReportOutcome
    live: LiveSummary | None
    now: datetime


def is_known_station(wiring: Wiring, station: str) -> bool:
    """Return whether the register has a station. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return _is_known(connection, station)


def find_processed_report(
    wiring: Wiring, station: str, number: str | None
) -> tuple[bool, RiderReport | None]:
    """Return whether the register has the station, and the report with this number if it was processed."""
    with wiring.database.read() as connection:
        processed = None if number is None else find_report(connection, number)
        return _is_known(connection, station), processed


def _is_known(connection: Connection, station: str) -> bool:
    # Databases reject NUL in a query.
    return station.isprintable() and find_station(connection, station) is not None


def find_waiting_report(wiring: Wiring, number: str) -> Event | None:
    """Return the accepted event of a report that waits to be processed, whichever process took it. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return find_accepted_event(connection, RIDER_SOURCE, number)


def find_followed_report(wiring: Wiring, number: str) -> FollowedReport | None:
    """Return a report and its outcome, or None if no such report was processed. *Raises*: StoreError."""
    now = wiring.now()
    with wiring.database.read() as connection:
        report = find_report(connection, number)
        if report is None:
            return None
        said = report.status_report
        outcome = find_report_outcome(said, load_status_reports(connection, said.station, said.at))
        live = load_live_summaries(connection, now, station=said.station).get(said.station)
        station = find_station(connection, said.station)
        return FollowedReport(report, station, outcome, live, now)


class ReporterKeyUnavailable(FaultError):
    """The site has no usable key of reporters; its log tells the operator what to do."""


def require_reporter_key(wiring: Wiring) -> bytes:
    """Return the key of reporters. *Raises*: ReporterKeyUnavailable if it can't be used."""
    try:
        return wiring.reporter_key
    except FaultError as error:
        raise ReporterKeyUnavailable(
            [replace(fault, code="reporter_key.unavailable") for fault in error.faults]
        ) from error
