"""A member's membership, and what she does with it: change to another organisation, take a request back, leave."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members import (
    Membership,
    OrganisationSpan,
    compute_memberships,
    facts_on,
    organisation_names,
    read_member_changes,
)
from members.joining.faults import JOINING_FAULTS
from members.joining.repository import (
    find_request,
    insert_request,
    list_member_requests,
    store_person,
    update_request,
)
from members.joining.request import REQUEST_LIFE, JoinRequest, hash_text
from members.standing import MembershipAct
from yihui.access.audit import MEMBER_OBJECT
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.joining.joining import (
    lock_person,
    require_transferable,
    reviews_transfers,
    transfer_member,
    wait_for_review,
)
from yihui.cases.joining.requests import (
    OUTSIDE,
    JoinPlace,
    build_join_act,
    choose_organisation,
    joining_key,
    mark_proof,
    read_known_person,
    request_mark,
    require_joining_vault,
    require_organisation,
)
from yihui.cases.kernel.own_tables import build_table
from yihui.cases.kernel.sealing import seal
from yihui.cases.members.calls import record_membership_act
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing, Key, Kind
from yihui.frame.cells import Button, Choice, Link
from yihui.frame.content import Prose, Section, ThingPage
from yihui.frame.fields import FieldKind
from yihui.frame.listing import Looking
from yihui.frame.looking import find_among
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.own_view import build_path
from yihui.frame.types import Form
from yihui.runtime.language import Language
from yihui.services.access.reach import Place, Reach, audit_act, open_own_reach
from yihui.views.fact_values import format_fact_value

_MEMBERSHIP, _REQUESTS = "membership", "membership/requests"
_NAMED = Prompt(N_("Organisation"))
_STATES = {
    "waiting": N_("waits for the organisation's answer"),
    "joined": N_("you joined"),
    "transferred": N_("you changed to this organisation"),
    "already_member": N_("you were a member there already"),
    "refused": N_("the organisation did not accept it"),
    "withdrawn": N_("you took it back"),
}
_LOST = (
    N_("your card: no shop accepts it any more, from today"),
    N_("each new benefit for members: birthday, festivals, hardship, mutual aid"),
    N_("your places on waiting lists and in draws"),
    N_("the unused part of a benefit whose rule says that it is taken back from who leaves; what of it was used may have to be paid back"),
)  # fmt: skip
_STAYS = (
    N_("vouchers and payments that were granted, until their last day"),
    N_("your appeals and questions, with their answers"),
    N_("this page with your data and decisions; to have data deleted is a request of its own"),
    N_("the way back: you can join again at any time, in three steps"),
)
_CHANGE = Link("/me/join", Choice("change", N_("Change organisation")))
_JOIN = Link("/me/join", Choice("join", N_("Join the union")))
_LEAVE = Link("/me/membership/leave", Choice("leave", N_("What leaving means")))
_NO_MEMBER = N_("You are no member of the union now.")


@dataclass(frozen=True, slots=True)
class OwnMembership:
    """What a member's page of her membership shows. ``organisation`` is that of today, None for who is in none."""

    status: str
    organisation: str | None
    memberships: Sequence[Membership]
    requests: Sequence[JoinRequest]
    names: Mapping[str, str]

    @property
    def is_member(self) -> bool:
        return self.status not in OUTSIDE and self.status != "deceased"


class TransferForm(Form):
    """The organisation to which she changes, or the code of it that she scanned."""

    token: Annotated[str | None, Field(max_length=400), _NAMED, FieldKind.HIDDEN] = None
    organisation: Annotated[str | None, Field(max_length=15), _NAMED, FieldKind.HIDDEN] = None


def load_own_membership(wiring: Wiring, member: str) -> OwnMembership:
    """Load a member's memberships by days and her confirmed requests, the newest first."""
    with wiring.database.read() as connection:
        changes = read_member_changes(connection, [member])[member]
        facts = facts_on(changes, civil_date(wiring.now()))
        memberships = compute_memberships(changes)[::-1]
        requests = list_member_requests(connection, member)
        codes = {one.organisation for one in memberships} | {one.organisation for one in requests}
        codes |= {one.reviewer for one in requests if one.reviewer}
        names = organisation_names(connection, codes)
    organisation = facts["member.organisation"]
    status = str(facts["member.status"] or "none")
    code = None if organisation is None or status in OUTSIDE else str(organisation)
    return OwnMembership(status, code, memberships, requests, names)


def find_join_organisation(wiring: Wiring, place: JoinPlace) -> OrganisationSpan:
    """Return the organisation of a scanned code, or of a chosen one. *Raises*: FaultError."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        code = choose_organisation(connection, place, today)
        return require_organisation(connection, code, today)


def withdraw_in(connection: Connection, id: str, reach: Reach) -> JoinRequest:
    """Take a waiting request back in the caller's transaction; again changes nothing. *Raises*: JoinRefused, FaultError."""
    request = find_request(connection, id, lock=True)
    if request is None:
        raise FaultError(JOINING_FAULTS.build("own_unknown"))
    if request.state == "withdrawn":
        return request
    after = request.withdraw(reach.now)
    update_request(connection, after)
    audit_request(connection, reach, request, "withdraw_join")
    return after


def audit_request(connection: Connection, reach: Reach, request: JoinRequest, act: str) -> None:
    """Append what a person did to her own request to the audit log, in the transaction of the act."""
    audit_act(connection, reach, Place(request.organisation), build_join_act(request, act))


def _load_key(wiring: Wiring, form: TransferForm, run: Callable[[], Key]) -> Key:
    """Load the key of persons before the act's transaction begins: one of its own registers it."""
    _ = wiring.identity_key
    return run()


def _transfer(act: Doing[TransferForm, str]) -> Change:
    """Transfer her, or let the organisation review that first; her log-in proves who she is, so nobody else has to.

    *Raises*: JoinRefused if there is nothing to transfer, or she waits for this organisation already; FaultError.
    """
    wiring, connection, now, member = act.wiring, act.connection, act.now, act.actor.id
    vault, place = require_joining_vault(wiring), JoinPlace(act.form.token, act.form.organisation)
    organisation = choose_organisation(connection, place, civil_date(now))
    for one in list_member_requests(connection, member):
        if one.state == "waiting" and one.organisation == organisation:
            one.require_unconfirmed()
    id_, via = secrets.token_hex(16), "scan" if place.token else "organisation"
    person = read_known_person(wiring, connection, member)
    begun = JoinRequest(id_, organisation, via, now, now + REQUEST_LIFE, "proven", member)
    request = mark_proof(wiring, begun, person)
    insert_request(connection, request, hash_text(joining_key(wiring), "own transfer", member, id_))
    store_person(connection, vault.keys.newest, request.id, person)
    standing = lock_person(wiring, connection, request, now)
    require_transferable(connection, standing, request)
    audit_request(
        connection, open_own_reach(wiring, act.actor, Right.CHANGE_MEMBERS), request, "transfer_join"
    )
    if reviews_transfers(connection, organisation):
        wait_for_review(wiring, connection, request, "review", now)
    else:
        transfer_member(wiring, connection, request, standing, now)
        update_request(connection, request.succeed("transferred", now))
    return Change(member, organisation=organisation)


def _withdraw(act: Doing[Form, JoinRequest]) -> Change:
    """Take a waiting request back; again changes nothing. *Raises*: JoinRefused if it is over."""
    request, member = act.thing, act.actor.id
    withdraw_in(act.connection, request.id, open_own_reach(act.wiring, act.actor, Right.CHANGE_MEMBERS))
    return Change(request_mark(request), about=(MEMBER_OBJECT, member), organisation=request.organisation)


def _leave(act: Doing[Form, str]) -> Change:
    """End her membership today. *Raises*: FaultError if she is in no union."""
    member = act.actor.id
    leaving = MembershipAct("leave", member, civil_date(act.now), member)
    return Change(member, record_membership_act(act.wiring, act.connection, leaving, act.now))


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"{civil_date(instant)}"


def _show(look: Looking[Any], member: str, language: Language) -> ThingPage:
    """Return the membership of today, her requests with their days, and the memberships before."""
    own, say, translate = load_own_membership(look.wiring, member), language.render, language.translate
    scan = translate(N_("Or scan the code that hangs at the other organisation."))
    state = format_fact_value("member.status", own.status, language)
    name = own.names.get(own.organisation or "", own.organisation or translate(N_("no organisation")))
    here = (name, state, scan, _CHANGE) if own.is_member else (translate(_NO_MEMBER), scan, _JOIN)
    requests = [
        (
            own.names.get(one.organisation, one.organisation),
            " · ".join(filter(None, (translate(_STATES[one.state]), _day(one.ended_at)))),
            say(N_("Sent on {day}"), day=_day(one.begun_at)),
            say(N_("{name} answers until {day}"), name=own.names.get(one.reviewer or "", ""), day=_day(one.review_until))
            if one.state == "waiting"
            else one.decision_reason,
            Button(build_path(_REQUESTS, request_mark(one), WITHDRAW.name), Choice("withdraw", WITHDRAW.title))
            if one.state == "waiting"
            else None,
        )
        for one in own.requests
    ]  # fmt: skip
    before = [
        (
            own.names.get(one.organisation, one.organisation),
            format_fact_value("member.status", one.status, language),
            say(N_("from {since} to before {until}"), since=one.since, until=one.until)
            if one.until
            else say(N_("since {since}"), since=one.since),
        )
        for one in own.memberships
    ]
    sections: list[Section] = [build_table("here", "", [here])]
    sections += [build_table("requests", REQUESTS.title, requests)] if requests else []
    sections += [build_table("before", N_("Where I was a member, by day"), before)] if before else []
    if own.is_member:
        text = translate(
            N_("The next page says what you lose and what stays. Leaving needs a fresh code from your phone.")
        )
        sections.append(build_table("leave", LEAVING.title, [(text, _LEAVE)]))
    return ThingPage(translate(MEMBERSHIP.title), sections)


def _show_leaving(look: Looking[Any], member: str, language: Language) -> ThingPage:
    """Return what happens when the member leaves, and which data are retained."""
    own, title = load_own_membership(look.wiring, member), language.translate(LEAVING.title)
    if not own.is_member:
        return ThingPage(title, (), notice=language.translate(_NO_MEMBER))
    name = own.names.get(own.organisation or "", "")
    job = language.translate(N_("Do you only change your job? Then change organisation, and lose nothing."))
    sections = (
        Prose("lost", N_("What you lose"), "\n".join(map(language.translate, _LOST))),
        Prose("stays", N_("What stays"), "\n".join(map(language.translate, _STAYS))),
        build_table("job", "", [(job, _CHANGE)]),
    )
    notice = language.render(N_("You leave “{name}” and the union today."), name=name) if name else ""
    return ThingPage(title, sections, notice=notice, acts=(LEAVE.name,))


_load_request = find_among(lambda at: list_member_requests(at.connection, at.actor.id), request_mark)
REQUEST = Kind("join_request", _load_request, lambda _: 1, key=str, member=lambda one: one.member_id or "")
TRANSFER = Act("transfer", N_("Change to this organisation"), TransferForm, _transfer, Right.OWN, "own.transfer",
               N_("It has reached the organisation. You see below how it stands."), HERSELF, makes=True,
               doors=MEMBER, around=_load_key, after=seal)  # fmt: skip
WITHDRAW = Act("withdraw", N_("Take the request back"), Form, _withdraw, Right.OWN, "own.withdraw_join",
               N_("Your request was taken back."), REQUEST, doors=MEMBER, leads_to=_MEMBERSHIP)  # fmt: skip
LEAVE = Act("confirm", N_("Leave the union"), Form, _leave, Right.OWN, "members.change.leave",
            N_("You have left the union. You can join again at any time."), HERSELF, makes=True, doors=MEMBER,
            button=N_("Yes, I leave the union"), help=N_("You leave the union today."), is_fresh=True, is_grave=True, leads_to=_MEMBERSHIP, after=seal)  # fmt: skip
_ABOVE = (("/me/membership", N_("My membership")),)
REQUESTS = Noun(_REQUESTS, N_("My requests"), REQUEST, BY_HAND, lambda *_: ThingPage("", ()), Right.OWN, (WITHDRAW,),
                _ABOVE)  # fmt: skip
LEAVING = Noun(
    "membership/leave", N_("Leave the union"), HERSELF, BY_HAND, _show_leaving, Right.OWN, (LEAVE,), _ABOVE
)
MEMBERSHIP = Noun(_MEMBERSHIP, N_("My membership"), HERSELF, BY_HAND, _show, Right.OWN, (TRANSFER,),
                  (("/me/account", N_("Me")),))  # fmt: skip
