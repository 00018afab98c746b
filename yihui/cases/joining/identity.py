"""Step 2 of joining: name, ID number and phone, and the one-time code that proves the phone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from core.text_marks import N_
from events.retries import run_in_transaction
from members import InvalidIdNumber, PersonalData, parse_id_number, parse_name, parse_phone
from members.identity import member_pseudonym
from members.joining.faults import JOINING_FAULTS
from members.joining.repository import (
    read_code_sends,
    read_person,
    record_code_send,
    store_person,
    update_request,
)
from members.joining.request import (
    CODE_LIFE,
    JoinRefused,
    create_code,
    find_throttle_fault,
    hash_code,
    hash_text,
    is_right_code,
    parse_code,
)
from members.persons import InvalidName, InvalidPhone, PersonField
from store import lock_exclusive
from yihui.bootstrap import Wiring
from yihui.cases.joining.requests import (
    JoinStatus,
    audit_join,
    joining_key,
    load_status,
    mark_proof,
    require_consent,
    require_joining_vault,
    require_request,
)
from yihui.services.access.reach import Reach
from yihui.services.messages.gateways import CodeMessage, CodeNotSent, CodeSender

_CODE_TEXT = N_(
    "Yihui: {code} is your code to join the union. It holds for {minutes} minutes. Tell it to nobody."
)


@dataclass(frozen=True, slots=True)
class TypedIdentity:
    """What a person typed, unchecked. Its ``repr`` shows nothing.

    ``consent`` is the digest of the text about her ID number beside which she ticked that she agrees.
    """

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    consent: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A code that is stored and has to be sent."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    phone_digest: str


def parse_identity(typed: TypedIdentity, today: date) -> PersonalData:
    """Check name, ID number and phone. *Raises*: FaultError with the faults of all three, none quoted in clear."""
    parsers: Mapping[PersonField, Callable[[], str]] = {
        "name": lambda: parse_name(typed.name),
        "id_number": lambda: parse_id_number(typed.id_number, today).number,
        "phone": lambda: parse_phone(typed.phone),
    }
    found: dict[PersonField, str] = {}
    faults: list[Fault] = []
    for name, parse in parsers.items():
        try:
            found[name] = parse()
        except (InvalidName, InvalidIdNumber, InvalidPhone) as invalid:
            faults += [replace(fault, field=name) for fault in invalid.faults]
    raise_faults(faults)
    return PersonalData(**found)


def give_identity(
    wiring: Wiring, id: str, typed: TypedIdentity, request_key: str | None = None, reach: Reach | None = None
) -> JoinStatus:
    """Store who joins, encrypted, and send a code to the phone. The same call with its key sends no second one.

    *Raises*: FaultError with all faults; JoinRefused if the request is over, or she did not agree to the text that
    holds; CodeNotSent.
    """
    now, key = wiring.now(), joining_key(wiring)
    vault, sender = require_joining_vault(wiring), _require_sender(wiring)
    with wiring.database.read() as connection:
        require_request(connection, id, now, reach=reach).require_unconfirmed()
    person = parse_identity(typed, civil_date(now))
    call = None
    if request_key is not None:
        call = hash_text(key, "identity", id, request_key, *(value for _, value in person.items()))

    def work(connection: Connection) -> _Outgoing | None:
        request = require_request(connection, id, now, lock=True, reach=reach)
        request.require_unconfirmed()
        if call is not None and request.last_call == call:
            return None
        agreed = require_consent(connection, request.organisation, civil_date(now), typed.consent)
        request = replace(request, consent_digest=agreed.digest, consent_version=agreed.version)
        audit_join(connection, reach, request, "give_identity")
        assert person.phone is not None and person.id_number is not None
        outgoing = _Outgoing(person.phone, create_code(), hash_text(key, "phone", person.phone))
        _record_send(connection, outgoing, wiring.settings.codes_per_day, now)
        member = member_pseudonym(person.id_number, wiring.identity_key)
        digest = hash_code(key, id, outgoing.code, _name_person(member, person))
        request = request.take_identity(member, digest, now)
        update_request(connection, replace(request, last_call=call))
        store_person(connection, vault.keys.newest, id, person)
        return outgoing

    outgoing = run_in_transaction(wiring.database, work)
    if outgoing is not None:
        _send(wiring, sender, id, outgoing, now)
    return load_status(wiring, id)


def _name_person(member: str, person: PersonalData) -> list[str]:
    """Return what a code is bound to: the person who typed it, under her pseudonym."""
    return [member, *(f"{name} {value}" for name, value in person.items())]


def _require_sender(wiring: Wiring) -> CodeSender:
    if wiring.code_sender is None:
        raise FaultError(JOINING_FAULTS.build("no_sender", field="YIHUI_CODE_SENDER"))
    return wiring.code_sender


def _record_send(connection: Connection, outgoing: _Outgoing, most: int, now: datetime) -> None:
    """Count a code that goes to a phone number; two requests at once count one after the other."""
    lock_exclusive(connection, f"code {outgoing.phone_digest}")
    fault = find_throttle_fault(read_code_sends(connection, outgoing.phone_digest, now), most, now)
    if fault is not None:
        raise JoinRefused(fault)
    record_code_send(connection, outgoing.phone_digest, now)


def _send(wiring: Wiring, sender: CodeSender, id: str, outgoing: _Outgoing, now: datetime) -> None:
    """Send a code after its transaction. One that did not go out counts, and the same call sends anew."""
    minutes = int(CODE_LIFE.total_seconds() // 60)
    text = wiring.render(_CODE_TEXT, code=outgoing.code, minutes=minutes)
    try:
        sender.send(CodeMessage(outgoing.phone, outgoing.code, text, now))
    except CodeNotSent:
        with wiring.database.write() as connection:
            request = require_request(connection, id, now, lock=True)
            update_request(connection, replace(request, last_call=None))
        raise


def enter_code(wiring: Wiring, id: str, typed: str, reach: Reach | None = None) -> JoinStatus:
    """Prove the phone by the code. A wrong one counts.

    *Raises*: JoinRefused for a wrong or old code, and if the request is over.
    """
    now, key, vault = wiring.now(), joining_key(wiring), require_joining_vault(wiring)

    def work(connection: Connection) -> Fault | None:
        request = require_request(connection, id, now, lock=True, reach=reach)
        if request.state in ("waiting", "joined", "transferred", "already_member"):
            return None  # it was right before
        request.require_unconfirmed()
        person, code = read_person(connection, vault.keys, id), parse_code(typed)
        who = _name_person(request.member_id or "", person)
        is_right = is_right_code(key, id, code, who, request.code_digest)
        after, fault = request.enter_code(is_right, now)
        if is_right and fault is None:
            after = mark_proof(wiring, after, person)
        audit_join(connection, reach, request, "enter_code" if is_right else "enter_wrong_code")
        update_request(connection, after)
        return fault

    fault = run_in_transaction(wiring.database, work)  # committed first: a wrong code counts
    if fault is not None:
        raise JoinRefused(fault)
    return load_status(wiring, id)
