"""Step 3 of joining: the confirmed person waits for a review, becomes a member, or is transferred.

An ID number can be invented and any phone can be typed, so that an officer decides who joins: before that nothing
is granted. Without an officer goes only who is known already, with this name and phone.
The event is processed, the person stored in the vault and the request ended in one transaction
(docs/decisions/0084).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from benefits import lock_rulebook_shared
from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault
from events.retries import run_in_transaction
from members import (
    FactValue,
    PersonalData,
    facts_on,
    load_lineages,
    organisation_names,
    parse_id_number,
    read_member_changes,
)
from members.joining.consents import Consent
from members.joining.faults import JOINING_FAULTS
from members.joining.repository import read_person, read_review_setting, update_request
from members.joining.request import SUCCEEDED, JoinEnd, JoinRefused, JoinRequest, ReviewCause
from members.organisation_pages.definition import Contact
from members.organisation_pages.repository import read_published_page
from rules import PlacedCode, Rule
from store import lock_exclusive
from yihui.bootstrap import Wiring
from yihui.cases.joining.requests import (
    OUTSIDE,
    JoinStatus,
    audit_join,
    find_join_consent,
    load_status,
    read_known_person,
    recognise_person,
    request_mark,
    require_joining_vault,
    require_organisation,
    require_proof,
    require_request,
    require_room,
)
from yihui.services.access.reach import Reach
from yihui.services.events.events import build_event, process_events
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.vault import open_vault_beside

JOINING_SOURCE = "/joining"


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """A proven person in the transaction that decides: the data, and what the union knew before.

    ``is_new`` if the union has never heard of the ID number; ``known`` is what the vault holds of it.
    """

    member_id: str
    person: PersonalData
    facts: Mapping[str, FactValue]
    known: PersonalData
    is_new: bool

    @property
    def is_recognised(self) -> bool:
        """Whether the proven phone and the name are those that the vault holds; nobody is known by an ID number alone."""
        return recognise_person(self.person, self.known)

    @property
    def status(self) -> FactValue:
        return self.facts["member.status"]

    @property
    def organisation(self) -> str | None:
        code = self.facts["member.organisation"]
        return None if code is None else str(code)


def confirm_joining(wiring: Wiring, id: str, reach: Reach | None = None) -> JoinStatus:
    """Confirm a proven request: the person waits for the organisation's review. Repeated, it changes nothing.

    Who comes back with the name and phone that the vault holds joins at once where the organisation ended its
    reviews, and no rule grants anything on joining. Of several requests of one person one makes her a member; the
    others find that she is one. Everybody else always waits, known or not: an answer that depended on it would tell
    a member's state to everybody who has her ID number.

    *Raises*: JoinRefused if the request is not proven, or she is a member elsewhere; FaultError.
    """
    now = wiring.now()

    def work(connection: Connection) -> JoinRequest | None:
        request = require_request(connection, id, now, lock=True, reach=reach)
        if request.state in SUCCEEDED or request.state == "waiting":
            return None
        request.require_proven()
        audit_join(connection, reach, request, "confirm_join")
        standing = lock_person(wiring, connection, request, now)
        require_organisation(connection, request.organisation, civil_date(now))
        if standing.is_recognised and is_member_here(connection, standing, request):
            return _end(connection, request, "already_member", now)
        require_room(wiring, connection, request.organisation, now)
        reviews = reviews_joins(wiring, connection, request.organisation, civil_date(now))
        if (cause := _find_review_cause(standing, reviews=reviews)) is not None:
            wait_for_review(wiring, connection, request, cause, now)
            return None
        make_member(wiring, connection, request, standing, now)
        return _end(connection, request, "joined", now)

    return _commit(wiring, id, work)


def transfer_joining(wiring: Wiring, id: str, reach: Reach | None = None) -> JoinStatus:
    """Transfer the proven person of a request from her organisation to the request's. Repeated, it changes nothing.

    Where the organisation says that it reviews, and where the vault does not hold this phone and name, she waits: as
    who is known under another phone, and as who is not known at all.

    *Raises*: JoinRefused if the request is not proven, or a recognised person is a member of no other organisation.
    """
    now = wiring.now()

    def work(connection: Connection) -> JoinRequest | None:
        request = require_request(connection, id, now, lock=True, reach=reach)
        if request.state in ("transferred", "waiting"):
            return None
        request.require_proven()
        audit_join(connection, reach, request, "transfer_join")
        standing = lock_person(wiring, connection, request, now)
        require_organisation(connection, request.organisation, civil_date(now))
        if standing.is_recognised:
            require_transferable(connection, standing, request)
        require_room(wiring, connection, request.organisation, now)
        reviews = reviews_transfers(connection, request.organisation)
        if (cause := _find_review_cause(standing, reviews=reviews)) is not None:
            wait_for_review(wiring, connection, request, cause, now)
            return None
        transfer_member(wiring, connection, request, standing, now)
        return _end(connection, request, "transferred", now)

    return _commit(wiring, id, work)


def _find_review_cause(standing: PersonStanding, *, reviews: bool) -> ReviewCause | None:
    """Return why an officer has to decide on a join; None if the person is recognised and joins need no review."""
    if standing.is_recognised:
        return "review" if reviews else None
    return "review" if standing.is_new else "other_data"


def reviews_joins(wiring: Wiring, connection: Connection, organisation: str, day: date) -> bool:
    """Return whether an officer decides on who comes back: unless the organisation ended it, and no rule grants."""
    setting = read_review_setting(connection, organisation)
    if setting is None or setting.reviews:
        return True
    return bool(find_rules_on_joining(wiring, connection, organisation, day))


def reviews_transfers(connection: Connection, organisation: str) -> bool:
    """Return whether an officer decides on members who come from elsewhere: only where the organisation says so."""
    setting = read_review_setting(connection, organisation)
    return setting is not None and setting.reviews


def find_rules_on_joining(
    wiring: Wiring, connection: Connection, organisation: str, day: date, event: str = "member.joined"
) -> tuple[Rule, ...]:
    """Return the rules in force that grant something to who joins an organisation, or comes by another event."""
    placed = PlacedCode(organisation, load_lineages(connection, {organisation}).lineage(organisation, day))
    return wiring.rulebook.in_force(connection).candidates(event, placed, day)


def read_review_days(wiring: Wiring, connection: Connection, organisation: str) -> int:
    """Return in how many days an organisation decides who joins: as it said, or as is usual here."""
    setting = read_review_setting(connection, organisation)
    return (setting.days if setting else None) or wiring.settings.join_review_days


@dataclass(frozen=True, slots=True)
class JoinTerms:
    """What a person reads before she asks to join: in how many days it is decided, and what she agrees to.

    Without ``consent`` no ID number is taken online, and she joins at the office: ``contact`` is on its page.
    """

    days: int
    consent: Consent | None
    contact: Contact


def load_join_terms(wiring: Wiring, organisation: str) -> JoinTerms:
    """Load the terms on which an organisation is joined today."""
    with wiring.database.read() as connection:
        consent = find_join_consent(connection, organisation, civil_date(wiring.now()))
        page = None if consent else read_published_page(connection, organisation)
        days = read_review_days(wiring, connection, organisation)
        return JoinTerms(days, consent, page.content.contact if page else Contact())


def wait_for_review(
    wiring: Wiring, connection: Connection, request: JoinRequest, cause: ReviewCause, now: datetime
) -> None:
    """Let an organisation review a confirmed request, within its days or the product's."""
    days = read_review_days(wiring, connection, request.organisation)
    update_request(connection, request.wait(cause, request.organisation, now + timedelta(days=days)))


def transfer_member(
    wiring: Wiring, connection: Connection, request: JoinRequest, standing: PersonStanding, now: datetime
) -> None:
    """Process ``member.transferred`` and store the person in the vault. *Raises*: FaultError if it is refused."""
    data = {"organisation": request.organisation}
    _process(wiring, connection, request, "member.transferred", data, now)
    store_in_vault(wiring, connection, standing, now)


def _end(connection: Connection, request: JoinRequest, state: JoinEnd, now: datetime) -> JoinRequest:
    ended = request.succeed(state, now)
    update_request(connection, ended)
    return ended


def _commit(wiring: Wiring, id: str, work: Callable[[Connection], JoinRequest | None]) -> JoinStatus:
    require_joining_vault(wiring)
    ended = run_in_transaction(wiring.database, work)
    seal_pending(wiring)
    return replace(load_status(wiring, id), ended=ended)


def lock_person(
    wiring: Wiring, connection: Connection, request: JoinRequest, now: datetime
) -> PersonStanding:
    """Return the person of a request; no other request of the same person is decided before this transaction ends.

    Nobody is erased meanwhile either. *Raises*: JoinRefused unless she proved who she is.
    """
    lock_exclusive(connection, f"membership {request.member_id}")  # officers' acts take the same lock
    lock_rulebook_shared(connection)
    standing = read_standing(wiring, connection, request, now)
    require_proof(wiring, request, standing.person)
    return standing


def read_standing(
    wiring: Wiring, connection: Connection, request: JoinRequest, now: datetime
) -> PersonStanding:
    """Return the person of a request as she stands now. *Raises*: FaultError if there is no key of the vault."""
    assert request.member_id is not None
    vault = require_joining_vault(wiring)
    person = read_person(connection, vault.keys, request.id)
    changes = read_member_changes(connection, [request.member_id])[request.member_id]
    known = read_known_person(wiring, connection, request.member_id) if changes else PersonalData()
    facts = facts_on(changes, civil_date(now))
    return PersonStanding(request.member_id, person, facts, known, is_new=not changes)


def find_end(connection: Connection, standing: PersonStanding, request: JoinRequest) -> JoinEnd:
    """Return how an approved request ends: the person joins, or is transferred if she is a member elsewhere.

    *Raises*: JoinRefused for whoever is suspended, retired or dead, or can't join without an ID number.
    """
    if standing.status == "active" and standing.organisation != request.organisation:
        return "transferred"
    if is_member_here(connection, standing, request):
        return "already_member"
    _require_identity(standing)
    return "joined"


def is_member_here(connection: Connection, standing: PersonStanding, request: JoinRequest) -> bool:
    """Return whether the person is a member of the request's organisation already.

    *Raises*: JoinRefused if she is a member elsewhere (the remedy is a transfer), or not an active one.
    """
    if standing.status in OUTSIDE:
        return False
    if standing.status != "active":
        raise JoinRefused(_build_organisation_fault(connection, "not_active", standing))
    if standing.organisation != request.organisation:
        raise JoinRefused(_build_organisation_fault(connection, "elsewhere", standing, request=request.id))
    return True


def require_transferable(connection: Connection, standing: PersonStanding, request: JoinRequest) -> None:
    """*Raises*: JoinRefused unless the person is an active member of another organisation."""
    if standing.status in OUTSIDE:
        raise JoinRefused(JOINING_FAULTS.build("no_transfer"))
    if standing.status != "active":
        raise JoinRefused(_build_organisation_fault(connection, "not_active", standing))
    if standing.organisation == request.organisation:
        raise JoinRefused(_build_organisation_fault(connection, "own_organisation", standing))


def _build_organisation_fault(
    connection: Connection, code: str, standing: PersonStanding, *, request: str = ""
) -> Fault:
    organisation = standing.organisation or ""
    name = organisation_names(connection, [organisation]).get(organisation, organisation)
    return JOINING_FAULTS.build(code, value=name, request=request)


def make_member(
    wiring: Wiring, connection: Connection, request: JoinRequest, standing: PersonStanding, now: datetime
) -> None:
    """Process ``member.joined`` and store the person in the vault. *Raises*: JoinRefused without an ID number; FaultError if the event is refused."""
    data = {
        "organisation": request.organisation,
        "joined_on": civil_date(now).isoformat(),
        "birthday": parse_id_number(_require_identity(standing)).birthday.isoformat(),
        "via": request.via,
    }
    if request.employer is not None:
        data["employer"] = request.employer
    _process(wiring, connection, request, "member.joined", data, now)
    store_in_vault(wiring, connection, standing, now)


def _require_identity(standing: PersonStanding) -> str:
    if standing.person.id_number is None:  # a member's own transfer, who left before it was approved
        raise JoinRefused(JOINING_FAULTS.build("no_identity", field="id_number"))
    return standing.person.id_number


def store_in_vault(wiring: Wiring, connection: Connection, standing: PersonStanding, now: datetime) -> None:
    """Store the person in the vault: in this transaction, or just before it ends if the vault is separate."""
    vault = require_joining_vault(wiring)
    with open_vault_beside(wiring, connection) as beside:
        vault.store_persons(beside, {standing.member_id: standing.person}, now)


def _process(
    wiring: Wiring,
    connection: Connection,
    request: JoinRequest,
    kind: str,
    data: Mapping[str, str],
    now: datetime,
) -> None:
    """Process the event of a request; its id reveals nothing by which the request can be read. *Raises*: FaultError."""
    member = request.member_id
    event = build_event(
        now,
        id=f"{member}-{request_mark(request)}",
        source=JOINING_SOURCE,
        type=kind,
        subject=member,
        time=now.astimezone(CIVIL_TIME).isoformat(),
        datacontenttype="application/json",
        data=data,
    )
    process_events(wiring, connection, [event], now)
