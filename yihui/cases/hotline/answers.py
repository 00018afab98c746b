"""Answer “why did I not get it” inside a case from the ledger: three sentences, which an officer sees before they are sent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.text_marks import N_
from members.hotline.case import HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from yihui.access.roles import Right
from yihui.cases.hotline.forms import AnswerForm
from yihui.frame.acts import Data, Doing, Preview
from yihui.frame.content import Prose

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import DecisionRecord
    from yihui.access.actor import Actor
    from yihui.bootstrap import Wiring
    from yihui.runtime.language import Language

_Answering = Doing[AnswerForm, HotlineCase]


def build_answer(act: _Answering) -> Data:
    """Return what closes a case: a decision about its member, or a rule that decided nothing, and the officer's words.

    *Raises*: FaultError, also without words: nobody sends sentences that were not seen.
    """
    record, _ = _find_sentences(act, act.wiring.language)
    sentences = [line for line in map(str.strip, (act.form.answer or "").splitlines()) if line]
    if not sentences:
        raise HotlineRefused(HOTLINE_FAULTS.build("no_answer", field="answer"))
    if record is None:
        return {"decision_id": None, "rule_id": act.form.rule, "sentences": sentences}
    return {"decision_id": record.why.id, "rule_id": record.why.rule_id, "sentences": sentences}


def preview_answer(act: _Answering, language: "Language") -> Preview:
    """Return what was asked, and what the caller would be told: the sentences of the ledger until they are edited."""
    _, sentences = _find_sentences(act, language)
    said = Prose("answer", N_("What the caller is told"), act.form.answer or "\n".join(sentences))
    asked = Prose("question", N_("The question"), act.thing.summary or "")
    assert act.thing.member_id is not None
    return Preview([asked, said], ("member", act.thing.member_id))


def _find_sentences(act: _Answering, language: "Language") -> "tuple[DecisionRecord | None, Sequence[str]]":
    """Return a decision about the member of a case, or None where a rule decided nothing, with the sentences about it."""
    from yihui.views.agent_script import render_agent_summary

    member = require_case_member(act.wiring, act.connection, act.actor, act.thing)
    record = _find_decision(act, member)
    if record is not None:
        return record, render_agent_summary(record, language)
    assert act.form.rule is not None
    return None, _explain_missing(act, member, act.form.rule, language)


def require_case_member(wiring: "Wiring", connection: "Connection", actor: "Actor", case: HotlineCase) -> str:
    from yihui.services.access.reach import open_reach, require_member

    if case.member_id is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("no_member", field="case", value=case.number))
    require_member(connection, open_reach(wiring, actor, Right.HANDLE_CASES), case.member_id)
    return case.member_id


def _find_decision(act: _Answering, member: str) -> "DecisionRecord | None":
    """Return the decision, or the newest one of the rule; None if the rule decided nothing about the member."""
    from yihui.services.benefits.benefits import read_decision_records

    form = act.form
    found = read_decision_records(act.wiring, act.connection, member, form.rule)
    if form.decision is None:
        return found[0] if found else None
    record = next((one for one in found if one.why.id == form.decision), None)
    if record is None:
        fault = HOTLINE_FAULTS.build("unknown_decision", field="decision", value=form.decision, member=member)
        raise HotlineRefused(fault)
    return record


def _explain_missing(act: _Answering, member: str, rule: str, language: "Language") -> Sequence[str]:
    from events import explain_skipped_rule
    from yihui.services.members.unknown_ids import unknown_rule_fault
    from yihui.views.agent_script import render_not_evaluated_summary

    library = act.wiring.library
    found = explain_skipped_rule(act.connection, member, rule, library, None, act.now)
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, language)])
    title = library.versions(rule)[-1].definition.title
    return render_not_evaluated_summary(found[0], title, None, language)
