"""Comment on a submitted version, read what others wrote, and find the versions that wait for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

import benefits
from benefits import RuleComment, RuleVersion
from core.civil_time import civil_date
from store import text_digest
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import owners_of_rule
from yihui.services.access.acting import run_act
from yihui.services.access.authorisation import authorise
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.rules.life import acting_officer
from yihui.services.rules.versions import read_title


@dataclass(frozen=True, slots=True)
class RuleDiscussion:
    """What was written about a version. ``is_readable``: by this officer; ``is_open``: the officer may comment."""

    comments: Sequence[RuleComment] = ()
    is_readable: bool = False
    is_open: bool = False

    @property
    def last_number(self) -> int:
        """The number of the newest comment; 0 without one."""
        return self.comments[-1].number if self.comments else 0


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """A version that waits for a decision, with its comments."""

    version: RuleVersion
    title: str
    comments: Sequence[RuleComment]


def comment_on_version(wiring: Wiring, actor: Actor, hash_: str, text: str) -> RuleComment:
    """Append a comment of an officer who may write or approve rules of the version's owners.

    *Raises*: FaultError with every fault of the text; without the right for each owner.
    """
    officer = acting_officer(wiring, actor.id)

    def work(connection: Connection) -> RuleComment:
        authorise(wiring, connection, actor, Right.COMMENT_RULES, None)  # a stranger learns no versions
        version = benefits.require_commented_version(connection, hash_)
        for owner in owners_of_rule(wiring, connection, version.submission.text):
            authorise(wiring, connection, actor, Right.COMMENT_RULES, owner)
        made = benefits.append_rule_comment(connection, officer, hash_, text)
        after = {"version": hash_, "comment": made.number, "digest": text_digest(made.text)}
        state_act("rule_version", hash_, after=after)
        return made

    return run_act(wiring, work)


def load_discussion(wiring: Wiring, actor: Actor, hash_: str) -> RuleDiscussion:
    """Load the comments on a version, for who may comment on it and for auditors; else nothing."""
    with wiring.database.read() as connection:
        found = [one for one in benefits.list_submitted_versions(connection) if one.hash == hash_]
        if not found:
            return RuleDiscussion()
        owners = frozenset(owners_of_rule(wiring, connection, found[0].submission.text))
        may_comment = _covers(wiring, connection, actor, Right.COMMENT_RULES, owners)
        if not may_comment and not _covers(wiring, connection, actor, Right.READ_AUDIT, owners):
            return RuleDiscussion()
        comments = benefits.list_rule_comments(connection, [hash_])[hash_]
    return RuleDiscussion(comments, True, may_comment and benefits.is_open_for_comments(found[0]))


def list_waiting_versions(wiring: Wiring, actor: Actor) -> list[WaitingVersion]:
    """List the versions that wait for a decision and that the officer may comment on or audit, with their comments."""
    with wiring.database.read() as connection:
        waiting = [
            one
            for one in benefits.list_submitted_versions(connection, state="submitted")
            if _is_visible(wiring, connection, actor, one)
        ]
        comments = benefits.list_rule_comments(connection, [one.hash for one in waiting])
    return [
        WaitingVersion(one, read_title(one.submission.text) or one.rule_id, comments[one.hash])
        for one in waiting
    ]


def _is_visible(wiring: Wiring, connection: Connection, actor: Actor, version: RuleVersion) -> bool:
    owners = frozenset(owners_of_rule(wiring, connection, version.submission.text))
    rights = (Right.COMMENT_RULES, Right.READ_AUDIT)
    return any(_covers(wiring, connection, actor, right, owners) for right in rights)


def _covers(
    wiring: Wiring, connection: Connection, actor: Actor, right: Right, owners: frozenset[str]
) -> bool:
    day = civil_date(wiring.now())
    scope = OfficerScope(subtrees(actor, right, day), day)
    return owners <= scope.find_covered(connection, owners)
