"""Answer “why did I not get it” inside a case from the ledger, and close the case in the same call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from benefits import DecisionRecord, load_decision_records
from core.civil_time import civil_date
from core.faults import FaultError
from events import explain_skipped_rule
from events.retries import run_in_transaction
from members.hotline.case import HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from rules import RuleLibrary
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise
from yihui.services.access.history_acts import EventData
from yihui.services.access.reach import open_reach, require_member
from yihui.services.benefits.benefits import MissingDecision
from yihui.services.hotline.cases import ActOnCase, change_case
from yihui.services.hotline.lists import CaseStatus, authorise_case, require_case
from yihui.services.members.unknown_ids import unknown_rule_fault

MOST_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class SentenceRenderers:
    """What renders the three sentences: of a decision, and of a rule that decided nothing about a member."""

    decision: Callable[[DecisionRecord], Sequence[str]]
    missing: Callable[[MissingDecision, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """What the ledger is asked: a decision by its id, or a rule, of which the newest decision counts."""

    decision_id: str | None = None
    rule_id: str | None = None


def answer_case(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnCase,
    question: LedgerQuestion,
    renderers: SentenceRenderers,
) -> CaseStatus:
    """Attach the decision and its sentences to a case about a member, and close the case.

    Whoever opens a case may name any member: what was decided about her is for those who handle cases where she
    belongs.

    *Raises*: FaultError.
    """
    if (question.decision_id is None) == (question.rule_id is None):
        raise FaultError(HOTLINE_FAULTS.build("one_of_two", field="decision"))
    library = wiring.library if question.rule_id is not None else None

    def build_data(connection: Connection, case: HotlineCase) -> EventData:
        if case.member_id is None:
            raise HotlineRefused(HOTLINE_FAULTS.build("no_member", field="case", value=case.number))
        require_member(connection, open_reach(wiring, actor, Right.HANDLE_CASES), case.member_id)
        record = _find_decision(wiring, connection, case.member_id, question)
        if record is not None:
            return {
                "decision_id": record.why.id,
                "rule_id": record.why.rule_id,
                "sentences": list(renderers.decision(record)),
            }
        assert library is not None and question.rule_id is not None
        missing = _explain_missing(wiring, connection, case.member_id, question.rule_id, library)
        sentences = list(renderers.missing(missing, case.member_id))
        return {"decision_id": None, "rule_id": question.rule_id, "sentences": sentences}

    return change_case(wiring, actor, wanted, build_data)


def _find_decision(
    wiring: Wiring, connection: Connection, member: str, question: LedgerQuestion
) -> DecisionRecord | None:
    """Return the decision, or the newest one of the rule; None if the rule decided nothing about the member."""
    today = civil_date(wiring.now())
    found = load_decision_records(connection, member, rule_id=question.rule_id, today=today)
    if question.decision_id is None:
        return found[0] if found else None
    record = next((one for one in found if one.why.id == question.decision_id), None)
    if record is None:
        value = question.decision_id[:64]
        raise HotlineRefused(
            HOTLINE_FAULTS.build("unknown_decision", field="decision", value=value, member=member)
        )
    return record


def _explain_missing(
    wiring: Wiring, connection: Connection, member: str, rule: str, library: RuleLibrary
) -> MissingDecision:
    found = explain_skipped_rule(connection, member, rule, library, None, wiring.now())
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, wiring.language)])
    return MissingDecision(library.versions(rule)[-1].definition.title, found)


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """A decision about the member of a case, with the three sentences that would answer the case."""

    record: DecisionRecord
    sentences: Sequence[str]


def load_ledger_answers(
    wiring: Wiring, actor: Actor | None, number: int, renderers: SentenceRenderers
) -> list[LedgerAnswer]:
    """Load the newest decisions about the member of a case; the audit log names who read them.

    *Raises*: FaultError.
    """

    def work(connection: Connection) -> list[LedgerAnswer]:
        authorise(wiring, connection, actor, Right.HANDLE_CASES, None)  # a stranger learns no numbers
        case = require_case(connection, number)
        decision = authorise_case(wiring, connection, actor, Right.HANDLE_CASES, case)
        if case.member_id is None:
            raise HotlineRefused(HOTLINE_FAULTS.build("no_member", field="case", value=number))
        assert actor is not None
        require_member(connection, open_reach(wiring, actor, Right.HANDLE_CASES), case.member_id)
        found = load_decision_records(connection, case.member_id, today=civil_date(wiring.now()))
        entry = AuditEntry(
            "hotline.read_decisions", "member", case.member_id, "", case.organisation, decision.by
        )
        append_audit_entry(connection, actor, entry, wiring.now())
        return [LedgerAnswer(one, renderers.decision(one)) for one in found[:MOST_DECISIONS]]

    return run_in_transaction(wiring.database, work)
