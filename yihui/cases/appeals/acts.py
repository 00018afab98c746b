"""What an officer does to a member's appeal: answer it, once."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.acts import Act, Change, Doing, Kind, Preview
from yihui.frame.content import Prose
from yihui.frame.types import Form, read_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import Appeal
    from yihui.bootstrap import Wiring
    from yihui.runtime.language import Language

LONGEST_REASON = 500


class AnswerForm(Form):
    """The answer to an appeal, and its reason."""

    verdict: Annotated[
        Literal["upheld", "rejected"],
        Prompt(
            N_("Answer"),
            labels={"upheld": N_("uphold it and decide anew"), "rejected": N_("reject it")},
        ),
    ]
    reason: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_REASON),
        BeforeValidator(read_text),
        Prompt(N_("Reason (the member reads it)")),
    ]


def require_appeal(connection: "Connection", key: str) -> "Appeal":
    """Return an appeal; its answer locks it. *Raises*: FaultError if there is none."""
    from benefits import list_appeals
    from yihui.frame.looking import THING_FAULTS

    found = list_appeals(connection, appeal_id=key)
    if not found:
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=key[:40]))
    return found[0]


# An appeal is answered once, which the ledger asks for itself; so it has one version.
APPEAL = Kind["Appeal"](
    "appeal",
    lambda at, key, _: require_appeal(at.connection, key),
    lambda _: 1,
    key=str,
    member=lambda one: one.member_id,
)


def _answer(act: "Doing[AnswerForm, Appeal]") -> Change:
    """Reject an appeal, or uphold it and decide anew. *Raises*: FaultError."""
    from benefits import Officer, reject_appeal
    from events import redecide_appeal
    from events.acts import record_act

    form, appeal = act.form, act.thing
    officer = Officer(act.actor.id, act.now, civil_date(act.now), form.reason)
    if form.verdict == "rejected":
        reject_appeal(act.connection, officer, appeal.id)
    else:
        redecide_appeal(act.connection, officer, appeal.id, act.wiring.rulebook.in_force)
    terms = {"verdict": form.verdict, "by": officer.who, "reason": officer.reason}
    record_act(act.connection, "answer_appeal", act.now, appeal=appeal.id, **terms)
    after = {"appeal": appeal.id, "verdict": form.verdict}
    return Change(appeal.id, after, reason=form.reason, about=("member", appeal.member_id))


def _preview(act: "Doing[AnswerForm, Appeal]", language: "Language") -> Preview:
    """Return the reason as the member reads it, and what is decided anew, in the hotline's sentences."""
    from benefits import load_decision_records
    from yihui.views.agent_script import render_agent_summary

    member, today, rules = act.thing.member_id, civil_date(act.now), act.wiring.rulebook.in_force
    sections = [Prose("reason", N_("Reason (the member reads it)"), act.form.reason)]
    with act.connection.begin_nested() as tried:
        _answer(act)
        records = load_decision_records(act.connection, member, today=today, rules=rules)
        tried.rollback()
    sections += [
        Prose("anew", N_("Decided anew"), "\n".join(render_agent_summary(one, language)))
        for one in records
        if one.anew is not None and one.anew.id == act.thing.id
    ]
    return Preview(sections, ("member", member))


ANSWER = Act(
    "answer",
    N_("Answer it"),
    AnswerForm,
    _answer,
    Right.DECIDE_APPLICATIONS,
    f"{Right.DECIDE_APPLICATIONS.value}.answer",
    N_("The appeal was answered."),
    APPEAL,
    ticked=N_("I have checked this"),
    preview=_preview,
    tries=True,
)


def erase_appeals(wiring: "Wiring", appeal: str | None, member: str | None) -> int:
    """Delete the text of one appeal, or of all appeals of a member. Return the number of deleted texts."""
    from benefits import erase_appeal_texts
    from yihui.services.access.acting import run_act

    return run_act(
        wiring, lambda connection: erase_appeal_texts(connection, appeal_id=appeal, member_id=member)
    )
