"""What an officer does with a request to join: approve it, refuse it, see in clear who asks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from members.joining.faults import JOINING_FAULTS
from members.joining.request import SUCCEEDED, JoinRefused, JoinRequest
from yihui.access.roles import Right
from yihui.cases.joining.queries import RIGHT
from yihui.cases.kernel.forms import NamelessReasonForm, RemarkForm
from yihui.cases.kernel.sealing import seal
from yihui.cases.members.calls import PERSON_TITLES
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.content import Fact, Facts, Section
from yihui.frame.types import Form, FreeText

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import PersonalData


class RefusalForm(Form):
    """Why a request is refused, as its person reads it."""

    reason: Annotated[FreeText, Prompt(N_("Reason (the person reads it)"))]


def require_join(connection: "Connection", key: str, lock: bool = False) -> JoinRequest:
    """Return a request that came to a review. *Raises*: JoinRefused if there is none."""
    from members.joining.repository import find_request

    found = find_request(connection, key, lock=lock)
    if found is None or found.reviewer is None:  # what nobody has confirmed is its person's alone
        raise JoinRefused(JOINING_FAULTS.build("not_reviewed"))
    return found


def approve(act: Doing[RemarkForm, JoinRequest]) -> Change:
    """Make the person of a waiting request a member, or transfer her; again by the same officer it changes nothing.

    *Raises*: JoinRefused if it doesn't wait, or her state doesn't allow it; FaultError.
    """
    from members.joining.repository import update_request
    from yihui.cases.joining import joining
    from yihui.cases.joining.requests import require_organisation

    _authorise_here(act, RIGHT)
    request, wiring, connection, now = act.thing, act.wiring, act.connection, act.now
    if request.state not in SUCCEEDED or request.decided_by != act.actor.id:
        request.require_waiting()
        standing = joining.lock_person(wiring, connection, request, now)
        require_organisation(connection, request.organisation, civil_date(now))
        end = joining.find_end(connection, standing, request)
        if end == "joined":
            joining.make_member(wiring, connection, request, standing, now)
        elif end == "transferred":
            joining.transfer_member(wiring, connection, request, standing, now)
        else:
            joining.store_in_vault(wiring, connection, standing, now)
        update_request(connection, request.succeed(end, now, act.actor.id))
    return Change(request.id, {"state": "approved"}, reason=act.form.reason or "")


def refuse(act: Doing[RefusalForm, JoinRequest]) -> Change:
    """Refuse a waiting request; the person's data is deleted. *Raises*: JoinRefused if it doesn't wait."""
    from members.joining.repository import update_request

    _authorise_here(act, RIGHT)
    request, reason = act.thing, act.form.reason
    if request.state != "refused" or request.decided_by != act.actor.id:
        update_request(act.connection, request.refuse(act.actor.id, reason, act.now))
    return Change(request.id, {"state": "refused"}, reason=reason)


def _unmask(act: Doing[NamelessReasonForm, JoinRequest]) -> Change:
    """Record who sees which fields and why, for the person as well. *Raises*: FaultError for a reason that holds them."""
    from benefits import Officer
    from yihui.services.members.vault import open_vault_beside, record_unmaskings

    _authorise_here(act, Right.UNMASK_MEMBERS)
    request, reason, person = act.thing, act.form.reason, _require_person(act)
    assert request.member_id is not None
    fields = [name for name, _ in person.items()]
    officer = Officer(act.actor.id, act.now, civil_date(act.now), reason)
    with open_vault_beside(act.wiring, act.connection) as beside:
        record_unmaskings(beside, request.member_id, person, fields, officer)
    return Change(request.id, {"field": fields}, reason=reason, also=[("member", request.member_id)])


def _reveal(act: Doing[NamelessReasonForm, JoinRequest]) -> Sequence[Section]:
    facts = [Fact(name, PERSON_TITLES[name], value) for name, value in _require_person(act).items()]
    return (Facts(N_("Who asks"), facts),)


def _require_person(act: Doing[NamelessReasonForm, JoinRequest]) -> "PersonalData":
    """Return who asks. *Raises*: JoinRefused once the request is over: then nothing of the person is kept."""
    from members.joining.repository import read_person
    from yihui.cases.joining.requests import require_joining_vault, require_proof

    act.thing.require_waiting()
    person = read_person(act.connection, require_joining_vault(act.wiring).keys, act.thing.id)
    require_proof(act.wiring, act.thing, person)
    return person


def _authorise_here(act: Doing[Any, JoinRequest], right: Right) -> None:
    """Ask for a right at the request's own organisation as well: a reviewer that was written into the row gives none."""
    from yihui.services.access.authorisation import authorise

    authorise(act.wiring, act.connection, act.actor, right, act.thing.organisation)


JOIN = Kind(
    "join_request",
    lambda at, key, lock: require_join(at.connection, key, lock),
    lambda one: 2 if one.is_over else 1,
    lambda one: one.reviewer,
    key=str,
)
APPROVE = Act("approve", N_("Approve"), RemarkForm, approve, RIGHT, f"{RIGHT.value}.approve",
              N_("The request was approved."), JOIN, after=seal,
              ticked=N_("I have checked who asks, and this person may join here"))  # fmt: skip
REFUSE = Act("refuse", N_("Refuse"), RefusalForm, refuse, RIGHT, f"{RIGHT.value}.refuse",
             N_("The request was refused."), JOIN, button=N_("Refuse; the person's data is deleted"),
             is_grave=True)  # fmt: skip
UNMASK = Act("unmask", N_("Show who asks in clear"), NamelessReasonForm, _unmask, Right.UNMASK_MEMBERS,
             Right.UNMASK_MEMBERS.value, "", JOIN, button=N_("Show it; it is recorded who saw it and why"),
             is_fresh=True, reveal=_reveal)  # fmt: skip
