"""Check what an agent takes in: every fault at once, and nothing personal in what stays in a case's history."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection

from core.faults import Fault, FaultError
from events.organisations import load_history_lineages
from events.projection import member_facts
from members import load_lineages, read_member_changes, read_spans, span_on
from members.hotline.callers import Caller
from members.hotline.faults import HOTLINE_FAULTS
from members.hotline.repository import (
    OpeningCall,
)
from members.hotline.terms import CHANNEL_TITLES, TERMS
from members.persons import PHONE_FAULTS, InvalidPhone, parse_phone
from members.privacy import has_personal_number
from yihui.bootstrap import Wiring

LONGEST_SUMMARY, LONGEST_ANSWER, LONGEST_TRANSCRIPT = 200, 2_000, 20_000
LONGEST_NAME = 50
_REQUEST_KEY = re.compile(r"[\x21-\x7e]{8,200}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CaseIntake:
    """What an agent takes in. ``crosses`` None: found from where the member and the place belong."""

    organisation: str
    channel: str
    category: str
    summary: str
    is_clear: bool = True
    crosses: bool | None = None
    member: str | None = None
    place: str | None = None
    station: str | None = None
    from_office: str | None = None
    caller: Caller = field(default_factory=Caller)
    request_key: str | None = None
    application: int | None = None


def opening_call(intake: CaseIntake) -> OpeningCall | None:
    """Return the digests of a request. The caller's own data are in neither: a number could be guessed from one."""
    if intake.request_key is None:
        return None
    if not _REQUEST_KEY.fullmatch(intake.request_key):
        raise FaultError(
            HOTLINE_FAULTS.build("request_key", field="Idempotency-Key", value=intake.request_key[:40])
        )
    said = {name: value for name, value in asdict(intake).items() if name not in ("caller", "request_key")}
    return OpeningCall(
        hashlib.sha256(intake.request_key.encode()).hexdigest(), hashlib.sha256(to_json(said)).hexdigest()
    )


def check_intake(
    wiring: Wiring, connection: Connection, intake: CaseIntake, day: date
) -> tuple[dict[str, Any], Caller]:
    """Return the data of the first event, and the caller. *Raises*: FaultError with every fault."""
    faults = [*_code_faults(intake), *text_faults("summary", intake.summary, LONGEST_SUMMARY)]
    for name, code in (("organisation", intake.organisation), ("place", intake.place)):
        if code is not None and not is_listed(connection, code, day):
            faults.append(HOTLINE_FAULTS.build("unknown_organisation", field=name, value=code[:15]))
    if intake.station is not None and not _is_station(connection, intake.station):
        faults.append(HOTLINE_FAULTS.build("unknown_station", field="station", value=intake.station[:40]))
    home = None
    if intake.member is not None:
        changes = read_member_changes(connection, [intake.member])[intake.member]
        if changes:
            facts = member_facts(changes, day, load_history_lineages(connection, [changes]))
            home = facts["member.organisation"] or facts["member.district"]
        else:
            faults.append(HOTLINE_FAULTS.build("unknown_member", field="member", value=intake.member[:64]))
    caller, wrong = _checked_caller(wiring, intake.caller)
    if faults := [*faults, *wrong]:
        raise FaultError(faults)
    crosses = intake.crosses
    if crosses is None:
        crosses = (
            isinstance(home, str)
            and intake.place is not None
            and _is_apart(connection, home, intake.place, day)
        )
    data = {
        "organisation": intake.organisation,
        "channel": intake.channel,
        "category": intake.category,
        "summary": intake.summary.strip(),
        "is_clear": intake.is_clear,
        "crosses": crosses,
        "member_id": intake.member,
        "place": intake.place,
        "station_id": intake.station,
        "application": intake.application,
        "from_office": intake.from_office.strip() if intake.from_office else None,
    }
    return data, caller


def _code_faults(intake: CaseIntake) -> list[Fault]:
    faults = []
    known_codes: tuple[tuple[str, str, Sequence[str]], ...] = (
        ("channel", intake.channel, list(CHANNEL_TITLES)),
        ("category", intake.category, list(TERMS)),
    )
    for name, code, known in known_codes:
        if code not in known:
            faults.append(
                HOTLINE_FAULTS.build("unknown_code", field=name, value=code[:40], known=", ".join(known))
            )
    office = (intake.from_office or "").strip()
    if intake.channel == "transfer" and not office:
        faults.append(HOTLINE_FAULTS.build("no_office", field="from"))
    if intake.channel != "transfer" and office:
        faults.append(HOTLINE_FAULTS.build("not_transferred", field="from", value=office[:30]))
    if office:
        faults += text_faults("from", office, 30)
    return faults


def text_faults(name: str, text: str, most: int) -> list[Fault]:
    """Return the faults of a text that stays in a case's history, where nothing personal may stand."""
    if not text.strip():
        return [HOTLINE_FAULTS.build("no_text", field=name)]
    faults = []
    if len(text.strip()) > most:
        faults.append(HOTLINE_FAULTS.build("too_long", field=name, value=len(text.strip()), most=most))
    if _CONTROL.search(text):
        faults.append(HOTLINE_FAULTS.build("control", field=name))
    elif has_personal_number(text):
        faults.append(HOTLINE_FAULTS.build("personal", field=name, value="***"))
    return faults


def checked_words(name: str, text: str, most: int) -> str:
    """Return words that are stored encrypted, where numbers may stand. *Raises*: FaultError."""
    words = text.strip()
    if not words:
        raise FaultError(HOTLINE_FAULTS.build("no_text", field=name))
    if len(words) > most:
        raise FaultError(HOTLINE_FAULTS.build("too_long", field=name, value=len(words), most=most))
    if _CONTROL.search(words):
        raise FaultError(HOTLINE_FAULTS.build("control", field=name))
    return words


def reason_faults(reason: str) -> list[Fault]:
    """Return the faults of a reason that an act needs."""
    if not reason.strip():
        return [HOTLINE_FAULTS.build("no_reason", field="reason")]
    return text_faults("reason", reason, LONGEST_SUMMARY)


def _checked_caller(wiring: Wiring, given: Caller) -> tuple[Caller, list[Fault]]:
    """Return a caller with the number in its usual form, and every fault; no fault quotes what was typed."""
    faults: list[Fault] = []
    phone = (given.phone or "").strip() or None
    if phone:
        try:
            phone = parse_phone(phone)
        except InvalidPhone as error:
            if error.code != f"{PHONE_FAULTS.area}.landline":
                faults += [fault.at(field="phone") for fault in error.faults]
            phone = unicodedata.normalize("NFKC", phone)  # a landline can be called back as well
    name, transcript = (given.name or "").strip() or None, (given.transcript or "").strip() or None
    for field_, text, most in (("name", name, LONGEST_NAME), ("text", transcript, LONGEST_TRANSCRIPT)):
        if text and len(text) > most:
            faults.append(HOTLINE_FAULTS.build("too_long", field=field_, value=len(text), most=most))
        if text and _CONTROL.search(text):
            faults.append(HOTLINE_FAULTS.build("control", field=field_))
    caller = Caller(name, phone, transcript)
    if caller and wiring.vault is None:
        faults.append(HOTLINE_FAULTS.build("no_vault", field="caller"))
    return caller, faults


def is_listed(connection: Connection, code: str, day: date) -> bool:
    return span_on(read_spans(connection, [code])[code], day) is not None


def _is_apart(connection: Connection, one: str, other: str, day: date) -> bool:
    """Return whether neither of two places is within the other."""
    lineages = load_lineages(connection, [one, other])
    return one not in lineages.lineage(other, day) and other not in lineages.lineage(one, day)


def _is_station(connection: Connection, id: str) -> bool:
    from geo.registry import find_station  # here: few acts need numpy

    return find_station(connection, id) is not None
