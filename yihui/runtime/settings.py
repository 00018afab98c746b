"""Read settings from environment variables: typed, with every fault at once.

pydantic-settings would do the same for one environment, but importing it costs each command 0.17 s.
"""

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from core.faults import Fault, FaultError, FaultTable
from core.quiet_hours import QuietHours, parse_quiet_hours
from core.status_address import StatusAddress, parse_status_address
from core.text_marks import N_
from yihui.runtime.arguments import CANNOT_BE, MAX_DURATION_S, PROBES_REMEDY, parse_instant
from yihui.runtime.language import find_language
from yihui.runtime.setting_sources import mask_value

_AS_PROVIDER_SAYS = (
    N_("{field} is too long, or is no text"),
    N_("write it as the identity provider gave it; see docs/officers.md"),
)
SETTING_FAULTS = FaultTable(
    "setting",
    {
        "YIHUI_BUSY_TIMEOUT_S": (CANNOT_BE, N_("write seconds, such as 30 or 0.5")),
        "YIHUI_INGRESS_LIMIT": (CANNOT_BE, N_("write a whole number, such as 100000")),
        "YIHUI_PROBES": (CANNOT_BE, PROBES_REMEDY),
        "YIHUI_SCHEDULE": (CANNOT_BE, N_("write true or false")),
        "YIHUI_FOUNDING_MEMBERS": (CANNOT_BE, N_("write a number of members from 2 to 10000")),
        "YIHUI_HARDSHIP_REVIEW_MONTHS": (CANNOT_BE, N_("write a number of months from 1 to 60")),
        "YIHUI_HARDSHIP_LINE_YUAN": (
            CANNOT_BE,
            N_("write the monthly income per head in whole yuan, from 1 to 100000"),
        ),
        "YIHUI_HOTLINE_RETENTION_DAYS": (CANNOT_BE, N_("write a number of days from 1 to 36500")),
        "YIHUI_JOIN_REVIEW_DAYS": (CANNOT_BE, N_("write a number of days from 1 to 90")),
        "YIHUI_CODES_PER_DAY": (CANNOT_BE, N_("write a number of codes from 1 to 100")),
        "YIHUI_JOINS_PER_HOUR": (CANNOT_BE, N_("write a number of requests from 1 to 100000")),
        "YIHUI_JOINS_PER_DAY": (CANNOT_BE, N_("write a number of requests from 1 to 1000000")),
        "YIHUI_SECOND_PERSON_HOURS": (CANNOT_BE, N_("write a number of hours from 1 to 720")),
        "YIHUI_CODE_SENDER": (CANNOT_BE, N_("write an address, https://…, or file:PATH")),
        "YIHUI_CODE_SENDER_SECRET": (
            N_("{field} is no secret"),
            N_("write whsec_ and 24 to 64 bytes in Base64, as the gateway's operator gave it to you"),
        ),
        "YIHUI_REMINDER_SENDER": (
            CANNOT_BE,
            N_("write sms:https://… of an SMS gateway, webhook:https://… of an app, or file:PATH"),
        ),
        "YIHUI_REMINDER_SENDER_SECRET": (
            N_("{field} is no secret"),
            N_("write whsec_ and 24 to 64 bytes in Base64, as the gateway's operator gave it to you"),
        ),
        "YIHUI_QUIET_HOURS": (CANNOT_BE, N_("write two times of day, such as 21:00-08:00")),
        "YIHUI_HEADS_KEY": (CANNOT_BE, N_("write a path")),
        "YIHUI_HEADS_TO": (
            CANNOT_BE,
            N_("write whole paths or addresses, https://…, with blanks between them"),
        ),
        "YIHUI_COUNT_DAYS": (CANNOT_BE, N_("write a number of days from 1 to 365")),
        "YIHUI_FRAME_ANCESTORS": (
            CANNOT_BE,
            N_("write the origins of the apps, such as https://app.example, with blanks between them"),
        ),
        "YIHUI_LANG": (CANNOT_BE, N_("write zh or en")),
        "YIHUI_LOG": (CANNOT_BE, N_("choose one of {known}")),
        "YIHUI_DEBUG": (CANNOT_BE, N_("write true or false")),
        "YIHUI_NOW": (CANNOT_BE, N_("write it as 2026-10-03T23:10+08:00")),
        "YIHUI_KAFKA_PREFIX": (
            CANNOT_BE,
            N_("write at most 200 letters a to z, digits, dots, hyphens and underscores"),
        ),
        "YIHUI_KAFKA_PROTOCOL": (CANNOT_BE, N_("choose one of {known}")),
        "YIHUI_KAFKA_MECHANISM": (CANNOT_BE, N_("choose one of {known}")),
        **dict.fromkeys(
            (f"YIHUI_OIDC_{name}" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ACR", "AMR")),
            _AS_PROVIDER_SAYS,
        ),
    },
)


def _parse_probes(text: object) -> object:
    """Parse an address of probes. *Raises*: ValueError."""
    return parse_status_address(text) if isinstance(text, str) else text


class EnvironmentVariables(BaseModel):
    """Variables of the environment; each field has the variable's name as its alias."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=False)


def _split_paths(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


Paths = Annotated[tuple[Path, ...], BeforeValidator(_split_paths)]


_ORIGIN = re.compile(
    r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?"
)


def _split_origins(text: str) -> list[str]:
    """Split a list of origins. *Raises*: ValueError for what is none: a path, a wildcard, plain http."""
    found = [part.lower().rstrip("/") for part in re.split(r"[\s,]+", text) if part]
    if wrong := [part for part in found if not _ORIGIN.fullmatch(part)]:
        raise ValueError(wrong[0])
    return found


Origins = Annotated[tuple[str, ...], BeforeValidator(_split_origins)]


def _check_language(text: str) -> str:
    """Check a language, as in zh, en_US.UTF-8, or C, which names none. *Raises*: ValueError."""
    if find_language(text) is None:
        raise ValueError(text)
    return text


def _parse_now(text: str) -> datetime:
    """Parse the instant at which the clock stops. *Raises*: ValueError."""
    try:
        return parse_instant(text)
    except FaultError as error:
        raise ValueError(text) from error


def _parse_quiet_hours(text: str) -> QuietHours:
    found = parse_quiet_hours(text)
    if found is None:
        raise ValueError(text)
    return found


def _split_receivers(text: str) -> list[str]:
    """Split a list of receivers of heads. *Raises*: ValueError for what is neither a whole path nor an address."""
    found = list(dict.fromkeys(text.split()))
    if wrong := [part for part in found if not _is_receiver(part)]:
        raise ValueError(wrong[0])
    return found


def _is_receiver(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None if "://" in text else Path(text).is_absolute()


_ADDRESS = re.compile(r"^https?://[^\s/@]+(/\S*)?$")


class ProcessVariables(EnvironmentVariables):
    """The variables that every process reads."""

    database: str | None = Field(None, alias="YIHUI_DATABASE_URL")
    vault: str | None = Field(None, alias="YIHUI_VAULT_URL")
    data_folder: Path | None = Field(None, alias="YIHUI_DATA_FOLDER")
    rules: Paths = Field((), alias="YIHUI_RULES")
    busy_timeout_s: float | None = Field(None, alias="YIHUI_BUSY_TIMEOUT_S", ge=0, le=MAX_DURATION_S)
    routing: Path | None = Field(None, alias="YIHUI_ROUTING")
    streets: Path | None = Field(None, alias="YIHUI_STREETS")
    base_map: Path | None = Field(None, alias="YIHUI_BASE_MAP")
    feeds: Paths = Field((), alias="YIHUI_FEEDS")
    probes: Annotated[StatusAddress | None, BeforeValidator(_parse_probes)] = Field(
        None, alias="YIHUI_PROBES"
    )
    schedule: bool | None = Field(None, alias="YIHUI_SCHEDULE")
    founding_members: int | None = Field(None, alias="YIHUI_FOUNDING_MEMBERS", ge=2, le=10_000)
    hardship_review_months: int | None = Field(None, alias="YIHUI_HARDSHIP_REVIEW_MONTHS", ge=1, le=60)
    count_days: int | None = Field(None, alias="YIHUI_COUNT_DAYS", ge=1, le=365)
    hardship_line_yuan: int | None = Field(None, alias="YIHUI_HARDSHIP_LINE_YUAN", ge=1, le=100_000)
    code_sender: str | None = Field(
        None, alias="YIHUI_CODE_SENDER", pattern=r"^(https?://[^\s/]+|file:.)", max_length=500
    )
    code_sender_secret: str | None = Field(
        None,
        alias="YIHUI_CODE_SENDER_SECRET",
        pattern=r"^whsec_([A-Za-z0-9+/]{4}){6,}([A-Za-z0-9+/]{2,3}=*)?$",
    )
    reminder_sender: str | None = Field(
        None,
        alias="YIHUI_REMINDER_SENDER",
        pattern=r"^((sms|webhook):https?://[^\s/]+|file:.)",
        max_length=500,
    )
    reminder_sender_secret: str | None = Field(
        None,
        alias="YIHUI_REMINDER_SENDER_SECRET",
        pattern=r"^whsec_([A-Za-z0-9+/]{4}){6,}([A-Za-z0-9+/]{2,3}=*)?$",
    )
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(_parse_quiet_hours)] = Field(
        None, alias="YIHUI_QUIET_HOURS"
    )
    join_review_days: int | None = Field(None, alias="YIHUI_JOIN_REVIEW_DAYS", ge=1, le=90)
    codes_per_day: int | None = Field(None, alias="YIHUI_CODES_PER_DAY", ge=1, le=100)
    joins_per_hour: int | None = Field(None, alias="YIHUI_JOINS_PER_HOUR", ge=1, le=100_000)
    joins_per_day: int | None = Field(None, alias="YIHUI_JOINS_PER_DAY", ge=1, le=1_000_000)
    second_person_hours: int | None = Field(None, alias="YIHUI_SECOND_PERSON_HOURS", ge=1, le=720)
    hotline_retention_days: int | None = Field(None, alias="YIHUI_HOTLINE_RETENTION_DAYS", ge=1, le=36_500)
    member_apps: Path | None = Field(None, alias="YIHUI_MEMBER_APPS")
    frame_ancestors: Origins = Field((), alias="YIHUI_FRAME_ANCESTORS")
    heads_key: Path | None = Field(None, alias="YIHUI_HEADS_KEY")
    heads_to: Annotated[tuple[str, ...], BeforeValidator(_split_receivers)] = Field(
        (), alias="YIHUI_HEADS_TO"
    )
    ingress_limit: int | None = Field(None, alias="YIHUI_INGRESS_LIMIT", gt=0, lt=2**31)
    # Functions that must not fail read these four before all others; here their faults are found.
    language: Annotated[str | None, BeforeValidator(_check_language)] = Field(None, alias="YIHUI_LANG")
    log: Literal["json", "text"] | None = Field(None, alias="YIHUI_LOG")
    debug: bool | None = Field(None, alias="YIHUI_DEBUG")
    now: Annotated[datetime | None, BeforeValidator(_parse_now)] = Field(None, alias="YIHUI_NOW")


Variables = TypeVar("Variables", bound=EnvironmentVariables)


def read_variables(kind: type[Variables], environ: Mapping[str, str]) -> Variables:
    """Read and check variables; an empty one counts as unset. *Raises*: FaultError with every fault."""
    try:
        return kind.model_validate({name: value for name, value in environ.items() if value})
    except ValidationError as error:
        raise FaultError([_setting_fault(details) for details in error.errors()]) from error


def _setting_fault(details: ErrorDetails) -> Fault:
    name = str(details["loc"][0])
    known = ", ".join(re.findall(r"'([^']*)'", str(details.get("ctx", {}).get("expected", ""))))
    return SETTING_FAULTS.build(
        name, field=name, value=mask_value(name, str(details["input"]))[:80], known=known
    )
