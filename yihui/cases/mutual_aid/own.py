"""A member's own mutual aid: the policies that cover her, her claims, and a new claim with its papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members.attachments import move_attachments, upload_owner
from members.mutual_aid.claim import AidClaim
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import Policy, PolicyState
from members.mutual_aid.repository import (
    POLICIES,
    AidEnrolment,
    ClaimQuery,
    list_claims,
    list_enrolments,
    select_enrolments,
)
from yihui.access.acting import record_stated
from yihui.access.actor import Actor
from yihui.access.decide import Decision
from yihui.bootstrap import Wiring
from yihui.cases.mutual_aid.claim_file import build_paper_owner
from yihui.cases.mutual_aid.claims import SUBMIT, store_claim
from yihui.cases.mutual_aid.forms import ClaimForm
from yihui.cases.mutual_aid.policies import take_locks
from yihui.frame.acts import Doing
from yihui.frame.doing import build_digest, record_change
from yihui.frame.fields import parse_values
from yihui.frame.once import OnceKey, claim_once, finish_once
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.members.organisations import find_member_organisations

PLACE = "mutual-aid"  # of the files that wait for a claim's form
_MOST_ENROLMENTS = 100


@dataclass(frozen=True, slots=True)
class OwnCover:
    """A policy in force in which a member is enrolled."""

    policy: Policy
    enrolment: AidEnrolment


@dataclass(frozen=True, slots=True)
class OwnAid:
    """What covers a member, the newest policy first, and her claims under all policies, the newest first."""

    covers: Sequence[OwnCover]
    claims: Sequence[AidClaim]


def load_own_aid(wiring: Wiring, member: str) -> OwnAid:
    """Load what a member reads of her mutual aid."""
    with wiring.database.read() as connection:
        claims = list_claims(connection, ClaimQuery(member_id=member))
        return OwnAid(_list_covers(connection, member), claims)


def load_own_cover(wiring: Wiring, member: str, policy: int) -> OwnCover:
    """Load one policy that covers a member. *Raises*: FaultError, the same for one that isn't there."""
    with wiring.database.read() as connection:
        return _require_cover(connection, member, policy)


def _list_covers(connection: Connection, member: str) -> list[OwnCover]:
    query = select_enrolments(None, None, member).limit(_MOST_ENROLMENTS)
    there = [one for one in list_enrolments(connection, query) if not one.is_void]
    policies = {
        one.number: one for one in POLICIES.fold_all(connection, [one.policy_number for one in there])
    }
    found = [OwnCover(policies[one.policy_number], one) for one in there]
    return [one for one in found if one.policy.state is PolicyState.IN_FORCE]


def _require_cover(connection: Connection, member: str, policy: int) -> OwnCover:
    for one in _list_covers(connection, member):
        if one.policy.number == policy:
            return one
    raise FaultError(AID_FAULTS.build("unknown_cover", field="policy"))


def submit_own_claim(
    wiring: Wiring, actor: Actor, policy: int, stated: Mapping[str, object], request_key: str
) -> int:
    """Store a claim of the member's own with the papers that wait for it; return its number.

    An officer compares it with the papers and reviews it. A repeated key stores nothing new.

    *Raises*: FaultError with every fault; without a paper nothing is stored.
    """
    require_running_clock(wiring)
    form = parse_values(ClaimForm, {**stated, "member": actor.id})

    def work(connection: Connection) -> int:
        now = wiring.now()
        digest = build_digest(f"{SUBMIT.audit} {policy}", form)
        once = OnceKey.build(actor, request_key, SUBMIT.audit, digest)
        if (earlier := claim_once(connection, once, now)) is not None:
            return int(earlier)
        take_locks(wiring, connection)
        cover = _require_cover(connection, actor.id, policy)
        doing = Doing[ClaimForm, Policy](wiring, connection, actor, now, form, cover.policy)
        today = civil_date(now)
        unit = find_member_organisations(connection, [actor.id], today).get(actor.id)
        place = unit or cover.policy.terms.organisation  # she may have left since the stay
        change = store_claim(doing, actor.id, place)
        owner = build_paper_owner(int(change.key), actor.id)
        if not move_attachments(connection, upload_owner(actor.id, PLACE, str(policy)), owner):
            raise FaultError(AID_FAULTS.build("no_paper", field="file"))
        record_change(doing, SUBMIT.kind.name, SUBMIT.audit, change, Decision())
        record_stated(connection, now)
        finish_once(connection, once, str(change.key))
        return int(change.key)

    return run_in_transaction(wiring.database, work)
