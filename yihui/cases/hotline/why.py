"""Show an officer what was decided about the member of a case, each decision with the sentences that would answer it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from benefits import DecisionRecord
from events.retries import run_in_transaction
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.hotline.answers import require_case_member
from yihui.cases.hotline.cases import CASE, HISTORY
from yihui.frame.looking import authorise_any
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise
from yihui.services.benefits.benefits import read_decision_records
from yihui.views.agent_script import render_agent_summary

MOST_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """A decision about the member of a case, with the three sentences that would answer the case."""

    record: DecisionRecord
    sentences: Sequence[str]


def load_ledger_answers(wiring: Wiring, actor: Actor, number: int, language: Language) -> list[LedgerAnswer]:
    """Load the newest decisions about the member of a case; the audit log names who read them.

    *Raises*: FaultError.
    """
    right = Right.HANDLE_CASES

    def work(connection: Connection) -> list[LedgerAnswer]:
        authorise(wiring, connection, actor, right, None)  # a stranger learns no numbers
        case = HISTORY.require(connection, number)
        decision = authorise_any(wiring, connection, actor, right, CASE.organisations(case, right))
        member = require_case_member(wiring, connection, actor, case)
        found = read_decision_records(wiring, connection, member)
        entry = AuditEntry("hotline.read_decisions", "member", member, "", case.organisation, decision.by)
        append_audit_entry(connection, actor, entry, wiring.now())
        return [LedgerAnswer(one, render_agent_summary(one, language)) for one in found[:MOST_DECISIONS]]

    return run_in_transaction(wiring.database, work)
