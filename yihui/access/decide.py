"""Decide whether somebody may do something somewhere, and say why not. Pure: day, instant and tree are arguments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.civil_time import format_civil_minute
from core.faults import Fault, FaultTable
from core.text_marks import N_
from yihui.access.actor import Actor, ActorKind, Assignment, NewAccount
from yihui.access.roles import NEW_ACCOUNT_RIGHTS, RIGHT_LABELS, RIGHTS, STEP_UP_RIGHTS, Right

STEP_UP = timedelta(minutes=5)
TRUSTED_KINDS = frozenset({ActorKind.CONSOLE, ActorKind.DEMO, ActorKind.JOB})


class Refusal(StrEnum):
    """Why somebody may not."""

    NOT_LOGGED_IN = "not_logged_in"
    NO_ROLE = "no_role"  # no role of this day holds the right
    ELSEWHERE = "elsewhere"  # a role holds the right, but for other organisations
    ENDED = "ended"  # a role held the right here until an earlier day
    NEW_ACCOUNT = "new_account"  # nobody confirmed the account, or it was opened a short while ago
    STEP_UP = "step_up"  # the log-in is too long ago


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may; ``by`` is the assignment that allows it, None for those who need none.

    ``account`` is the account that doesn't count yet, where that is the refusal.
    """

    refusal: Refusal | None = None
    by: Assignment | None = None
    account: NewAccount | None = None


def decide(
    actor: Actor | None,
    right: Right,
    lineage: Sequence[str] | None,
    day: date,
    now: datetime,
) -> Decision:
    """Decide whether an actor may do what a right names.

    ``lineage`` holds the organisation concerned and all organisations above it on the day; None means that no
    single organisation is concerned (a list that is filtered by the actor's own subtrees), so that any subtree
    suffices. An empty one is a place that nobody knows: only those who need no role may.
    """
    if actor is None:
        return Decision(Refusal.NOT_LOGGED_IN)
    if right is Right.OWN:  # whose a thing is, is asked where it is found
        return Decision(None if actor.kind is ActorKind.MEMBER else Refusal.NO_ROLE)
    if actor.kind in TRUSTED_KINDS:
        return Decision()
    holding = [one for one in actor.assignments if right in RIGHTS[one.role]]
    here = [one for one in holding if lineage is None or one.organisation in lineage]
    current = [one for one in here if one.holds(day)]
    if not current:
        return Decision(_refusal(holding, here, day))
    if (refused := decide_login(actor, right, now, is_fresh_needed=right in STEP_UP_RIGHTS)).refusal:
        return refused
    own_first = sorted(current, key=lambda one: one.deputy_of is not None)
    return Decision(by=own_first[0])


def decide_login(actor: Actor, right: Right, now: datetime, *, is_fresh_needed: bool) -> Decision:
    """Decide whether an officer's log-in is good enough for what a right names, whatever the roles."""
    if _waits(actor, right):
        return Decision(Refusal.NEW_ACCOUNT, account=actor.new_account)
    return Decision(Refusal.STEP_UP if is_fresh_needed and not is_fresh(actor, now) else None)


def _waits(actor: Actor, right: Right) -> bool:
    return actor.new_account is not None and right not in NEW_ACCOUNT_RIGHTS


def _refusal(holding: Sequence[Assignment], here: Sequence[Assignment], day: date) -> Refusal:
    if any(one.until is not None and one.until < day for one in here):
        return Refusal.ENDED
    return Refusal.ELSEWHERE if any(one.holds(day) for one in holding) else Refusal.NO_ROLE


def is_fresh(actor: Actor, now: datetime) -> bool:
    """Return whether the last log-in is recent; one in the future is none."""
    at = actor.authenticated_at
    return at is not None and timedelta(0) <= now - at <= STEP_UP


def subtrees(actor: Actor, right: Right, day: date) -> frozenset[str] | None:
    """Return the organisations for which, and below which, an actor holds a right; None means everywhere."""
    if actor.kind in TRUSTED_KINDS:
        return None if right is not Right.OWN else frozenset()
    if _waits(actor, right):
        return frozenset()
    return frozenset(
        one.organisation for one in actor.assignments if one.holds(day) and right in RIGHTS[one.role]
    )


_UNCONFIRMED = N_(
    "the account of {officer}, which {by} opened, may look but not act before another administrator confirms it: {right}"
)
AUTHORISATION_FAULTS = FaultTable(
    "authorisation",
    {
        Refusal.NOT_LOGGED_IN: (
            N_("nobody is logged in"),
            N_("log in at /desk/login; a program sends its key as Authorization: Bearer …"),
        ),
        Refusal.NO_ROLE: (
            N_("your roles don't include this: {right}"),
            N_("ask an administrator of your union for the role, or a colleague who has it"),
        ),
        Refusal.ELSEWHERE: (
            N_("your roles don't include this for {organisation}: {right}"),
            N_("ask an officer of that organisation, or of one above it"),
        ),
        Refusal.ENDED: (
            N_("your role for this ended: {right}"),
            N_("ask an administrator of your union to appoint you again"),
        ),
        "role_lost": (
            N_("a role that you had for {organisation} when you began has ended"),
            N_("this was not stored; begin again to see what you may do now"),
        ),
        "unconfirmed": (
            _UNCONFIRMED,
            N_(
                "let {expected} confirm it on the server's console: yihui officers confirm {officer}; it counts from "
                "then on, and not before {time}"
            ),
        ),
        "unconfirmable": (
            _UNCONFIRMED,
            N_(
                "no other administrator is left; open it anew on the server's console: yihui officers reset {officer}"
            ),
        ),
        Refusal.NEW_ACCOUNT: (
            N_("the account of {officer}, which {by} opened, may look but not act before {time}: {right}"),
            N_("wait so long, or let another colleague do it"),
        ),
        Refusal.STEP_UP: (
            N_("this needs a log-in of the last {minutes} minutes"),
            N_("log in again; what you typed is kept"),
        ),
    },
)


def refusal_fault(decision: Decision, right: Right, organisation: str = "") -> Fault:
    """Return why somebody may not do what a right names, for one organisation if it is named."""
    if decision.account is not None:
        return _new_account_fault(decision.account, right)
    return AUTHORISATION_FAULTS.build(
        decision.refusal or Refusal.NO_ROLE,
        organisation=organisation,
        right=right.value,
        terms={"right": RIGHT_LABELS[right]},
        minutes=int(STEP_UP.total_seconds() // 60),
    )


def _new_account_fault(account: NewAccount, right: Right) -> Fault:
    unconfirmed = "unconfirmed" if account.confirmers else "unconfirmable"
    return AUTHORISATION_FAULTS.build(
        Refusal.NEW_ACCOUNT if account.is_confirmed else unconfirmed,
        officer=account.officer,
        by=account.opened_by,
        right=right.value,
        terms={"right": RIGHT_LABELS[right]},
        expected=" ".join(repr(one) for one in account.confirmers),
        time=format_civil_minute(account.counts_from),
    )
