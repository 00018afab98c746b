"""Begin a request to join, and read how far it has come."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members import (
    OrganisationSpan,
    PersonalData,
    PersonField,
    facts_on,
    has_personal_number,
    load_lineages,
    mask_person,
    normalize_employer,
    organisation_names,
    read_member_changes,
    read_spans,
    span_on,
    verify_link,
)
from members.joining.consents import Consent, choose_nearest_consent, read_consents
from members.joining.faults import JOINING_FAULTS
from members.joining.repository import (
    count_confirmed_persons,
    expire_requests,
    find_request,
    find_request_by_key,
    insert_request,
    read_person,
)
from members.joining.request import REQUEST_LIFE, JoinRefused, JoinRequest, hash_text
from members.vault import PersonVault
from yihui.access.row_marks import mark_join
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import derive_key
from yihui.services.access.reach import Act, Reach, audit_act, codes_within
from yihui.services.access.reach import require_organisation as require_place
from yihui.services.access.secret_marks import secret_marker

_ID_BYTES = 16
LONGEST_EMPLOYER = 100
_REQUEST_KEY = re.compile(r"[\x21-\x7e]{8,200}")
OUTSIDE = frozenset({None, "none", "left"})  # statuses of those who are no members


@dataclass(frozen=True, slots=True)
class JoinPlace:
    """Where a person wants to join: the text of a scanned code, or an organisation's code.

    ``employer`` is where she works, if she says so: its name or its credit code.
    """

    token: str | None = None
    organisation: str | None = None
    employer: str | None = None


@dataclass(frozen=True, slots=True)
class JoinStatus:
    """A request as its person may see it: ``masks`` is who joins, ``names`` are organisations by code.

    ``elsewhere`` is the organisation that a proven person is a member of: a transfer is the next step.
    ``ended`` is the request if this very step ended it as its person wanted.
    """

    request: JoinRequest
    names: Mapping[str, str]
    masks: Mapping[PersonField, str]
    elsewhere: str | None = None
    ended: JoinRequest | None = None


def joining_key(wiring: Wiring) -> bytes:
    """Return the key of codes and request keys; nothing of it is stored."""
    return derive_key(wiring.identity_key, "joining")


def require_joining_vault(wiring: Wiring) -> PersonVault:
    """Return the vault, without which nobody's data may wait. *Raises*: FaultError if there is no key."""
    if wiring.vault is None:
        raise FaultError(JOINING_FAULTS.build("no_vault", field=wiring.vault_key_store.place))
    return wiring.vault


def mark_proof(wiring: Wiring, request: JoinRequest, person: PersonalData) -> JoinRequest:
    """Return a request whose person has just proved who she is, so that nobody else is put into it."""
    return replace(request, mark=mark_join(secret_marker(wiring), request, person))


def require_proof(wiring: Wiring, request: JoinRequest, person: PersonalData) -> None:
    """*Raises*: JoinRefused unless this person proved who she is for this request."""
    if request.mark != mark_proof(wiring, request, person).mark:
        raise JoinRefused(JOINING_FAULTS.build("no_proof", field="id"))


def check_request_key(request_key: str | None) -> None:
    """*Raises*: FaultError for an Idempotency-Key that is none."""
    if request_key is not None and not _REQUEST_KEY.fullmatch(request_key):
        raise FaultError(JOINING_FAULTS.build("request_key", field="Idempotency-Key", value=request_key[:40]))


def begin_joining(
    wiring: Wiring, place: JoinPlace, request_key: str | None = None, reach: Reach | None = None
) -> tuple[JoinStatus, bool]:
    """Begin a request; return it and whether it is new. The same key gives the same request.

    *Raises*: FaultError for an invalid code, an unknown organisation, one that ended, or without a vault's key.
    """
    check_request_key(request_key)
    require_joining_vault(wiring)
    employer = _check_employer(place.employer)
    now = wiring.now()
    begin_key = None if request_key is None else hash_text(joining_key(wiring), "begin", request_key)

    def work(connection: Connection) -> tuple[str, bool]:
        organisation = choose_organisation(connection, place, civil_date(now))
        where = require_place(connection, reach, organisation)
        known = None if begin_key is None else find_request_by_key(connection, begin_key)
        if known is not None:
            if known.organisation != organisation:
                raise JoinRefused(JOINING_FAULTS.build("key_reused", field="Idempotency-Key"))
            return known.id, False
        expire_requests(connection, now)
        require_room(wiring, connection, organisation, now)
        via = "scan" if place.token else "organisation"
        request = JoinRequest(
            secrets.token_hex(_ID_BYTES), organisation, via, now, now + REQUEST_LIFE, employer=employer
        )
        insert_request(connection, request, begin_key)
        audit_act(connection, reach, where, build_join_act(request, "begin_join"))
        return request.id, True

    id, is_new = run_in_transaction(wiring.database, work)
    return load_status(wiring, id), is_new


def _check_employer(text: str | None) -> str | None:
    """Return the employer in one spelling; None for a blank. *Raises*: FaultError for a person's number."""
    employer = normalize_employer(text or "")
    if has_personal_number(employer):
        raise FaultError(JOINING_FAULTS.build("employer", field="employer"))
    if len(employer) > LONGEST_EMPLOYER or not employer.isprintable():
        raise FaultError(JOINING_FAULTS.build("odd_employer", field="employer", most=LONGEST_EMPLOYER))
    return employer or None


def require_room(wiring: Wiring, connection: Connection, organisation: str, now: datetime) -> None:
    """*Raises*: JoinRefused if an organisation has as many requests of the last day as it takes.

    Only persons who proved a phone count, so that it takes as many phones to keep others from joining.
    """
    count = count_confirmed_persons(connection, organisation, now - timedelta(days=1))
    if count >= wiring.settings.joins_per_day:
        raise JoinRefused(JOINING_FAULTS.build("full", field="organisation", value=count))


def choose_organisation(connection: Connection, place: JoinPlace, day: date) -> str:
    if place.token and place.organisation:
        raise FaultError(JOINING_FAULTS.build("two_places", field="organisation"))
    if place.token:
        verdict = verify_link(connection, place.token)
        if verdict.state != "valid" or verdict.link is None:
            raise FaultError(JOINING_FAULTS.build("link", field="token"))
        return require_organisation(connection, verdict.link.organisation, day).code
    if not place.organisation:
        raise FaultError(JOINING_FAULTS.build("no_place", field="organisation"))
    return require_organisation(connection, place.organisation, day).code


def require_organisation(connection: Connection, code: str, day: date) -> OrganisationSpan:
    """Return the organisation of a day. *Raises*: FaultError if there is none, or it has ended."""
    spans = read_spans(connection, [code])[code]
    found = span_on(spans, day)
    if found is not None:
        return found
    last = spans[-1] if spans else None
    if last is not None and last.ended and last.until is not None and last.until <= day:
        fault = JOINING_FAULTS.build(
            "organisation_ended", field="organisation", value=last.name, day=last.until
        )
        raise FaultError(fault)
    raise FaultError(JOINING_FAULTS.build("organisation", field="organisation", value=code[:15], day=day))


def require_request(
    connection: Connection, id: str, now: datetime, *, lock: bool = False, reach: Reach | None = None
) -> JoinRequest:
    """Return a request as it stands now. *Raises*: JoinRefused for an unknown one, or one outside the reach."""
    found = find_request(connection, id, lock=lock)
    if found is None or not codes_within(connection, reach, [found.organisation]):
        raise JoinRefused(JOINING_FAULTS.build("unknown", field="id"))
    return found.at(now)


def find_join_consent(connection: Connection, organisation: str, day: date) -> Consent | None:
    """Return the text that a person agrees to who joins an organisation: its own, or the nearest one's above it."""
    lineage = load_lineages(connection, [organisation]).lineage(organisation, day)
    return choose_nearest_consent(read_consents(connection, lineage), lineage)


def require_consent(connection: Connection, organisation: str, day: date, digest: str) -> Consent:
    """Return the text of a digest, by which a person said that she agrees.

    *Raises*: JoinRefused unless it is the text that holds for the organisation; without any no ID number is taken.
    """
    consent = find_join_consent(connection, organisation, day)
    if consent is None:
        raise JoinRefused(JOINING_FAULTS.build("on_paper", field="organisation"))
    if digest != consent.digest:
        fault = "consent_changed" if digest else "no_consent"
        raise JoinRefused(JOINING_FAULTS.build(fault, field="consent"))
    return consent


def audit_join(connection: Connection, reach: Reach | None, request: JoinRequest, act: str) -> None:
    """Append a step of a request to the audit log; what the person typed stays out of it."""
    place = require_place(connection, reach, request.organisation)
    audit_act(connection, reach, place, build_join_act(request, act))


def request_mark(request: JoinRequest) -> str:
    """Return what names a request on its person's pages and in logs: who knows its id could go on with it."""
    return hashlib.sha256(request.id.encode()).hexdigest()[:16]


def build_join_act(request: JoinRequest, act: str) -> Act:
    """Return the act for the audit log, which holds nothing by which the request can be read."""
    digest, version = request.consent_digest, request.consent_version
    agreed = {"digest": digest, "version": version} if act == "give_identity" else {}
    return Act(act, "join_request", request_mark(request), after=agreed)


def load_status(wiring: Wiring, id: str) -> JoinStatus:
    """Load how far a request has come, so that its person can go on. *Raises*: JoinRefused for an unknown one."""
    now = wiring.now()
    with wiring.database.read() as connection:
        request = require_request(connection, id, now)
        person = None
        if wiring.vault is not None and not request.is_over:
            person = read_person(connection, wiring.vault.keys, id)
        elsewhere = None
        if (
            person is not None
            and request.state == "proven"
            and request.member_id is not None
            and recognise_person(person, read_known_person(wiring, connection, request.member_id))
        ):
            elsewhere = _find_other_organisation(connection, request, civil_date(now))
        codes = {code for code in (request.organisation, request.reviewer, elsewhere) if code}
        names = organisation_names(connection, codes)
    return JoinStatus(request, names, mask_person(person) if person else {}, elsewhere)


def recognise_person(typed: PersonalData, known: PersonalData) -> bool:
    """Return whether a proven phone and a name are those that the vault holds of the same ID number."""
    return (known.phone, known.name) == (typed.phone, typed.name) and None not in (known.phone, known.name)


def read_known_person(wiring: Wiring, connection: Connection, member_id: str) -> PersonalData:
    """Return what the vault holds of a person; empty if nothing."""
    with wiring.vault_database.read() if wiring.has_separate_vault else nullcontext(connection) as beside:
        found = require_joining_vault(wiring).read_persons(beside, [member_id])
    return found.get(member_id, PersonalData())


def _find_other_organisation(connection: Connection, request: JoinRequest, day: date) -> str | None:
    """Return the organisation that the request's person is an active member of, unless it is the same."""
    assert request.member_id is not None
    facts = facts_on(read_member_changes(connection, [request.member_id])[request.member_id], day)
    code = facts["member.organisation"]
    is_elsewhere = facts["member.status"] == "active" and code not in (None, request.organisation)
    return str(code) if is_elsewhere else None
