"""Answer “why did I not get it” inside a case from the ledger: the decisions about its member, in three sentences."""

from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import FaultError
from members.hotline.case import HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from yihui.access.roles import Right
from yihui.cases.hotline.forms import AnswerForm
from yihui.frame.acts import Data, Doing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import DecisionRecord
    from yihui.access.actor import Actor
    from yihui.bootstrap import Wiring


def build_answer(act: Doing[AnswerForm, HotlineCase]) -> Data:
    """Return what closes a case: a decision about its member, or why a rule decided nothing, in sentences.

    Whoever opens a case may name any member: what was decided about her is for those who handle cases where she
    belongs. *Raises*: FaultError.
    """
    from yihui.views.agent_script import render_agent_summary

    form = act.form
    member = require_case_member(act.wiring, act.connection, act.actor, act.thing)
    record = _find_decision(act, member)
    if record is not None:
        sentences = list(render_agent_summary(record, act.wiring.language))
        return {"decision_id": record.why.id, "rule_id": record.why.rule_id, "sentences": sentences}
    assert form.rule is not None
    return {"decision_id": None, "rule_id": form.rule, "sentences": _explain_missing(act, member, form.rule)}


def require_case_member(wiring: "Wiring", connection: "Connection", actor: "Actor", case: HotlineCase) -> str:
    from yihui.services.access.reach import open_reach, require_member

    if case.member_id is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("no_member", field="case", value=case.number))
    require_member(connection, open_reach(wiring, actor, Right.HANDLE_CASES), case.member_id)
    return case.member_id


def _find_decision(act: Doing[AnswerForm, HotlineCase], member: str) -> "DecisionRecord | None":
    """Return the decision, or the newest one of the rule; None if the rule decided nothing about the member."""
    from benefits import load_decision_records

    form, today = act.form, civil_date(act.now)
    found = load_decision_records(
        act.connection, member, rule_id=form.rule, today=today, rules=act.wiring.rulebook.in_force
    )
    if form.decision is None:
        return found[0] if found else None
    record = next((one for one in found if one.why.id == form.decision), None)
    if record is None:
        fault = HOTLINE_FAULTS.build("unknown_decision", field="decision", value=form.decision, member=member)
        raise HotlineRefused(fault)
    return record


def _explain_missing(act: Doing[AnswerForm, HotlineCase], member: str, rule: str) -> list[str]:
    from events import explain_skipped_rule
    from yihui.services.members.unknown_ids import unknown_rule_fault
    from yihui.views.agent_script import render_not_evaluated_summary

    library, language = act.wiring.library, act.wiring.language
    found = explain_skipped_rule(act.connection, member, rule, library, None, act.now)
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, language)])
    title = library.versions(rule)[-1].definition.title
    return list(render_not_evaluated_summary(found[0], title, None, language))
