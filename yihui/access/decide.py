"""Decide whether somebody may do something somewhere, and say why not. Pure: day, instant and tree are arguments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.faults import FaultTable
from core.text_marks import N_
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import RIGHTS, STEP_UP_RIGHTS, Right

STEP_UP = timedelta(minutes=5)
TRUSTED_KINDS = frozenset({ActorKind.CONSOLE, ActorKind.DEMO, ActorKind.JOB})


class Refusal(StrEnum):
    """Why somebody may not."""

    NOT_LOGGED_IN = "not_logged_in"
    NO_ROLE = "no_role"  # no role of this day holds the right
    ELSEWHERE = "elsewhere"  # a role holds the right, but for other organisations
    ENDED = "ended"  # a role held the right here until an earlier day
    STEP_UP = "step_up"  # the log-in is too long ago


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may; ``by`` is the assignment that allows it, None for those who need none."""

    refusal: Refusal | None = None
    by: Assignment | None = None


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
    if actor.kind in TRUSTED_KINDS:
        return Decision()
    holding = [one for one in actor.assignments if right in RIGHTS[one.role]]
    here = [one for one in holding if lineage is None or one.organisation in lineage]
    current = [one for one in here if one.holds(day)]
    if not current:
        return Decision(_refusal(holding, here, day))
    if right in STEP_UP_RIGHTS and not is_fresh(actor, now):
        return Decision(Refusal.STEP_UP)
    own_first = sorted(current, key=lambda one: one.deputy_of is not None)
    return Decision(by=own_first[0])


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
        return None
    return frozenset(
        one.organisation for one in actor.assignments if one.holds(day) and right in RIGHTS[one.role]
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
        Refusal.STEP_UP: (
            N_("this needs a log-in of the last {minutes} minutes"),
            N_("log in again; what you typed is kept"),
        ),
    },
)
