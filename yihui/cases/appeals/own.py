"""What a member does herself: appeal against a decision about her, and read what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.appeals.acts import APPEAL
from yihui.cases.kernel.forms import APPEAL_WORDS
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Chip, Link
from yihui.frame.content import Fact, Facts, Papers, Prose, Section, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.looking import THING_FAULTS
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.papers import list_papers
from yihui.frame.types import Form, read_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import Appeal, DecisionExplanation

LONGEST_APPEAL = 2_000
_WAITS = Chip("waiting", N_("waits for the union's answer"), "waiting")
_ANSWERED = {
    "upheld": Chip("upheld", N_("you were right, and it was decided anew"), "good"),
    "rejected": Chip("rejected", N_("the decision stays"), "bad"),
}


class AppealForm(Form):
    """What the member says against a decision."""

    text: Annotated[
        str, Field(min_length=1, max_length=LONGEST_APPEAL), BeforeValidator(read_text), APPEAL_WORDS
    ]


@dataclass(frozen=True, slots=True)
class OwnAppeal:
    """An appeal of a list, with what was decided."""

    appeal: "Appeal"
    why: "DecisionExplanation"


def _load_decision(at: Doing[Any, Any] | Looking[Any], key: str, lock: bool) -> "DecisionExplanation":
    from benefits import explain_decisions_by_id

    if (found := explain_decisions_by_id(at.connection, [key]).get(key)) is None:
        raise FaultError(THING_FAULTS.build("unknown_own", field="key"))
    return found


DECISION = Kind["DecisionExplanation"](
    "decision", _load_decision, lambda _: 1, key=str, member=lambda why: why.member_id
)


def _lodge(act: "Doing[AppealForm, DecisionExplanation]") -> Change:
    """Record an appeal with the files that wait for it; repeated it changes nothing. *Raises*: FaultError."""
    from benefits import list_appeals, lodge_appeal
    from events.acts import record_act
    from members.attachments import AttachmentKind, AttachmentOwner, move_attachments, upload_owner

    decision, member = act.thing.id, act.actor.id
    waits = list_appeals(act.connection, decision_id=decision, waiting=True)
    lodged = lodge_appeal(act.connection, decision, act.form.text, civil_date(act.now), act.now)
    if not waits:
        record_act(act.connection, "appeal", act.now, decision=decision)
    papers = AttachmentOwner(AttachmentKind.APPEAL, lodged.id, member)
    move_attachments(act.connection, upload_owner(member, LODGE.papers, decision), papers)
    return Change(lodged.id, about=(DECISION.name, decision))


def find_own_appeals(look: Looking[Any]) -> RowSlice[OwnAppeal]:
    """Find the member's appeals, the newest first."""
    from benefits import explain_decisions_by_id, list_appeals

    found = look.cut(list_appeals(look.connection, member_id=look.actor.id)[::-1])
    why = explain_decisions_by_id(look.connection, [one.decision_id for one in found.rows])
    return found.map(lambda one: OwnAppeal(one, why[one.decision_id]))


def appeal_chip(appeal: "Appeal") -> Chip:
    """Return whether an appeal waits, and else what became of it."""
    return _ANSWERED[appeal.answer.verdict] if appeal.answer else _WAITS


def _show_decision(look: Looking[Any], why: "DecisionExplanation", language: Language) -> ThingPage:
    from benefits import list_appeals

    waits = list_appeals(look.connection, decision_id=why.id, waiting=True)
    return ThingPage(why.rule_title, (), acts=() if waits else (LODGE.name,))


def _show_appeal(look: Looking[Any], appeal: "Appeal", language: Language) -> ThingPage:
    """Return an appeal: the answer first, then what the member wrote, with its files; the officer is not named."""
    why = _load_decision(look, appeal.decision_id, False)
    return ThingPage(why.rule_title, list(_build_sections(look, appeal, language)), appeal_chip(appeal))


def _build_sections(look: Looking[Any], appeal: "Appeal", language: Language) -> Iterator[Section]:
    from members.attachments import AttachmentKind, AttachmentOwner, list_attachments

    if (answer := appeal.answer) is not None:
        facts = (Fact("on", N_("Answered on"), answer.on), Fact("reason", N_("Reason"), answer.reason))
        yield Facts(N_("The union's answer"), facts)
    deleted = language.translate(N_("(the words were deleted)"))
    yield Prose("text", N_("What you wrote"), deleted if appeal.text is None else appeal.text)
    owner = AttachmentOwner(AttachmentKind.APPEAL, appeal.id, appeal.member_id)
    if files := list_attachments(look.connection, owner):
        yield Papers("files", N_("Papers"), list_papers(files, ""))
    decision = Link(_decision_path(appeal.decision_id), language.translate(N_("See the conditions")))
    facts = (
        Fact("lodged_on", N_("Appealed on"), appeal.lodged_on),
        Fact("decision", N_("The decision"), decision),
    )
    yield Facts("", facts)


def _decision_path(decision: str) -> str:
    return f"/me/decisions/{quote(decision, safe='')}"


LODGE = Act("appeal", N_("Appeal"), AppealForm, _lodge, Right.OWN, "own.appeal",
            N_("Your appeal was handed in. The union's answer will be shown here."), DECISION, doors=MEMBER,
            leads_to="appeals", papers="appeal")  # fmt: skip
DECISIONS = Noun("decisions", N_("Why, why not"), DECISION, BY_HAND, _show_decision, Right.OWN, (LODGE,))
_COLUMNS = (
    TableColumn[OwnAppeal]("title", N_("Benefit"), lambda one: Link(f"/me/appeals/{one.appeal.id}", one.why.rule_title)),
    TableColumn[OwnAppeal]("state", N_("State"), lambda one: appeal_chip(one.appeal)),
    TableColumn[OwnAppeal]("lodged_on", N_("Appealed on"), lambda one: one.appeal.lodged_on),
)  # fmt: skip
_LISTED = Listing(N_("My appeals"), NoFilter, find_own_appeals, _COLUMNS, N_("You have not appealed."))
_ABOVE = (("/me/decisions", N_("Why, why not")),)
APPEALS = Noun("appeals", N_("My appeals"), APPEAL, _LISTED, _show_appeal, Right.OWN, tabs=_ABOVE)
