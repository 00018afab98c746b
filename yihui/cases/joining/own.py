"""What a member does herself with her membership: change to another organisation, take a request back, leave."""

import secrets
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from members.joining.repository import insert_request, list_member_requests, store_person, update_request
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
from yihui.cases.joining.own_membership import audit_request, request_mark, withdraw_in
from yihui.cases.joining.requests import (
    JoinPlace,
    choose_organisation,
    joining_key,
    mark_proof,
    read_known_person,
    require_joining_vault,
)
from yihui.cases.kernel.sealing import seal
from yihui.cases.members.calls import record_membership_act
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing, Key, Kind
from yihui.frame.content import ThingPage
from yihui.frame.fields import FieldKind
from yihui.frame.looking import find_among
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form
from yihui.services.access.reach import open_own_reach

_MEMBERSHIP, _REQUESTS = "membership", "membership/requests"
_NAMED = Prompt(N_("Organisation"))
WAITS = N_("Your request has reached the organisation. You see its state below.")


class TransferForm(Form):
    """The organisation to which she changes, or the code of it that she scanned."""

    token: Annotated[str | None, Field(max_length=400), _NAMED, FieldKind.HIDDEN] = None
    organisation: Annotated[str | None, Field(max_length=15), _NAMED, FieldKind.HIDDEN] = None


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


_load_request = find_among(lambda at: list_member_requests(at.connection, at.actor.id), request_mark)
REQUEST = Kind("join_request", _load_request, lambda _: 1, key=str, member=lambda one: one.member_id or "")
TRANSFER = Act("transfer", N_("Change to this organisation"), TransferForm, _transfer, Right.OWN, "own.transfer",
               N_("You have changed to this organisation. Your benefits came along."), HERSELF, makes=True,
               doors=MEMBER, around=_load_key, after=seal)  # fmt: skip
WITHDRAW = Act("withdraw", N_("Take the request back"), Form, _withdraw, Right.OWN, "own.withdraw_join",
               N_("Your request was taken back."), REQUEST, doors=MEMBER, leads_to=_REQUESTS)  # fmt: skip
LEAVE = Act("confirm", N_("Leave the union"), Form, _leave, Right.OWN, "members.change.leave",
            N_("You have left the union. You can join again at any time."), HERSELF, makes=True, doors=MEMBER,
            button=N_("Yes, I leave the union"), is_fresh=True, is_grave=True, leads_to=_MEMBERSHIP, after=seal)  # fmt: skip
_ABOVE = (("/me/membership", N_("My membership")),)
REQUESTS = Noun(_REQUESTS, N_("My requests"), REQUEST, BY_HAND, lambda *_: ThingPage("", ()), Right.OWN, (WITHDRAW,),
                _ABOVE)  # fmt: skip
LEAVING = Noun("membership/leave", N_("Leave the union"), HERSELF, BY_HAND, None, Right.OWN, (LEAVE,))
MEMBERSHIP = Noun(_MEMBERSHIP, N_("My membership"), HERSELF, BY_HAND, None, Right.OWN, (TRANSFER,))
