"""List the submitted versions of rules that wait for a decision."""

from dataclasses import dataclass

from sqlalchemy import Connection

import benefits
from benefits import RuleVersion
from core.civil_time import civil_date
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import owners_of_rule
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.rules.versions import read_title


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """A version that waits for a decision."""

    version: RuleVersion
    title: str


def list_waiting_versions(wiring: Wiring, actor: Actor) -> list[WaitingVersion]:
    """List the versions that wait for a decision whose owners' rules the officer may write, approve or audit."""
    with wiring.database.read() as connection:
        return [
            WaitingVersion(one, read_title(one.submission.text) or one.rule_id)
            for one in benefits.list_submitted_versions(connection, state="submitted")
            if _is_visible(wiring, connection, actor, one)
        ]


def _is_visible(wiring: Wiring, connection: Connection, actor: Actor, version: RuleVersion) -> bool:
    owners, day = (
        frozenset(owners_of_rule(wiring, connection, version.submission.text)),
        civil_date(wiring.now()),
    )
    return any(
        owners <= OfficerScope(subtrees(actor, right, day), day).find_covered(connection, owners)
        for right in (Right.WRITE_RULES, Right.APPROVE_RULES, Right.READ_AUDIT)
    )
