"""Members' appeals at every door: those that wait, and one with the decision, its reason and the member's words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.appeals.acts import ANSWER, APPEAL
from yihui.cases.applications.calls import find_appeals_against_refusals
from yihui.frame.cells import Cell, Chip, Choice, Link, Officer, Person
from yihui.frame.content import Fact, Facts, Papers, Prose, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form, MemberId
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import Appeal, DecisionExplanation, DecisionRecord
    from members.attachments import Attachment
    from yihui.cases.appeals.queries import ListedAppeal

_RIGHT = Right.READ_APPLICATIONS
_WAITS = Chip("waiting", N_("waits for an answer"), "waiting")
_ANSWERED = {
    "upheld": Chip("upheld", N_("upheld, decided anew"), "good"),
    "rejected": Chip("rejected", N_("rejected, the decision stands"), "bad"),
}
_EFFECT = N_("Upheld: it is decided anew by the rule of that day and by what is known now; what was granted is taken back first. Rejected: the decision stands. The member reads the reason, and may appeal again.")  # fmt: skip
_CODE = re.compile(r"(?<![\d-])\d{6}(?:\d{3}-\d{5})?(?![\d-])")  # of an organisation or a district
_DIGEST = re.compile(r"sha256:[0-9a-f]+")


class AppealFilter(Form):
    """Which appeals are listed."""

    state: Annotated[
        Literal["waiting", "answered", "all"],
        Prompt(
            N_("Show"),
            labels={
                "waiting": N_("those that wait for an answer"),
                "answered": N_("those that were answered"),
                "all": N_("all"),
            },
        ),
    ] = "waiting"
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None


@dataclass(frozen=True, slots=True)
class ReadCondition:
    """A condition of a decision as an officer reads it, what was known, and whether it held (None: not known)."""

    words: str
    known: str
    holds: bool | None


def find_appeals(look: Looking[AppealFilter]) -> "RowSlice[ListedAppeal]":
    """Find the appeals of the officer's members."""
    from yihui.cases.appeals import queries

    return queries.find_appeals(look)


def find_waiting(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the appeals that the officer may answer, the earliest first."""
    from yihui.cases.appeals import queries

    found = queries.find_appeals(replace(look, filter=AppealFilter()), Right.DECIDE_APPLICATIONS)
    return found.map(lambda one: Waiting(one.why.rule_title, f"/desk/appeals/{one.id}", person=one.member))


def show_appeal(look: Looking[Any], appeal: "Appeal", language: Language) -> ThingPage:
    """Return an appeal: the member's words, then what was decided and why, then the answer."""
    from yihui.services.benefits.benefits import read_decision_records

    records = read_decision_records(look.wiring, look.connection, appeal.member_id)
    by_id = {one.why.id: one for one in records}
    record = by_id[appeal.decision_id]
    why = record.why
    deleted = language.translate(N_("(the words were deleted)"))
    anew = by_id.get(appeal.answer.decision_id or "") if appeal.answer else None
    sections = [
        Prose("text", N_("In the member's own words"), deleted if appeal.text is None else appeal.text),
        *(
            [Papers("files", N_("Papers"), list_papers(files, f"/desk/appeals/{quote(appeal.id, safe='')}"))]
            if (files := _list_files(look, appeal))
            else ()
        ),
        _build_facts(appeal, why),
        Prose("reason", N_("Why it was decided so"), _render_reason(record, language)),
        *_list_conditions(look, why, language),
        *_build_answer(appeal, anew, language),
        *_list_earlier(record, appeal),
    ]
    is_open = appeal.answer is None
    return ThingPage(
        why.rule_title,
        sections,
        _chip(appeal.answer.verdict if appeal.answer else None),
        person=appeal.member_id,
        effect=language.translate(_EFFECT) if is_open else "",
        acts=(ANSWER.name,) if is_open else (),
    )


def _chip(verdict: str | None) -> Chip:
    return _ANSWERED[verdict] if verdict else _WAITS


def _outcome(why: "DecisionExplanation") -> Cell:
    from yihui.views.outcome_chips import outcome_chip

    return outcome_chip(why.outcome)


def _build_facts(appeal: "Appeal", why: "DecisionExplanation") -> Facts:
    from yihui.views.labels import EVENT_LABELS

    event = Choice(why.event_type, EVENT_LABELS.get(why.event_type, why.event_type))
    facts = (
        Fact("benefit", N_("Benefit"), why.rule_title),
        Fact("happened_on", N_("Day of the event"), why.occurred_on),
        Fact("event", N_("Event"), event),
        Fact("outcome", N_("Outcome"), _outcome(why)),
        Fact("lodged_on", N_("Appealed on"), appeal.lodged_on),
    )
    return Facts(N_("The decision"), facts)


def _render_reason(record: "DecisionRecord", language: Language) -> str:
    """Return the sentences of the hotline that say why, and what can be done; the page says the rest itself."""
    from yihui.views.agent_script import render_agent_summary

    _, because, remedy = render_agent_summary(replace(record, appeals=()), language)
    return f"{because}\n{remedy}"


def _list_conditions(
    look: Looking[Any], why: "DecisionExplanation", language: Language
) -> Iterator[Table[ReadCondition]]:
    """Yield what the rule asked for, with what was known; organisations by their names."""
    from members import organisation_names
    from yihui.views.condition_words import evaluated_condition_text
    from yihui.views.outcomes import read_facts_text

    rows = [
        ReadCondition(
            evaluated_condition_text(why.event_type, one, language),
            read_facts_text(why.event_type, one, language),
            None if one.unknown else one.holds,
        )
        for one in why.conditions
    ]
    codes = {code for row in rows for code in _CODE.findall(row.words + row.known)}
    names = organisation_names(look.connection, codes) if codes else {}

    def name(text: str) -> str:
        return _DIGEST.sub("…", _CODE.sub(lambda found: names.get(found[0], found[0]), text))

    if rows:
        columns = (
            TableColumn[ReadCondition]("words", N_("What the rule asks for"), lambda row: name(row.words)),
            TableColumn[ReadCondition]("known", N_("What was known"), lambda row: name(row.known)),
            TableColumn[ReadCondition]("holds", N_("Held"), lambda row: _build_holds_chip(row.holds)),
        )
        yield Table("conditions", N_("Conditions of the rule"), columns, rows, "")


def _build_holds_chip(holds: bool | None) -> Chip:
    if holds is None:
        return Chip("unknown", N_("not known"), "waiting")
    return Chip("yes", N_("yes"), "good") if holds else Chip("no", N_("no"), "bad")


def _list_files(look: Looking[Any], appeal: "Appeal") -> "Sequence[Attachment]":
    from members.attachments import AttachmentKind, AttachmentOwner, list_attachments

    owner = AttachmentOwner(AttachmentKind.APPEAL, appeal.id, appeal.member_id)
    return list_attachments(look.connection, owner)


def _build_answer(appeal: "Appeal", anew: "DecisionRecord | None", language: Language) -> Iterator[Section]:
    if (answer := appeal.answer) is not None:
        facts = (
            Fact("answered_on", N_("Answered on"), answer.on),
            Fact("answered_by", N_("Answered by"), Officer(answer.who)),
            Fact("answer", N_("Reason (the member reads it)"), answer.reason),
            Fact("anew", N_("Decided anew"), _outcome(anew.why) if anew else None),
        )
        yield Facts(N_("Answer"), [one for one in facts if one.value is not None])
    if anew is not None:
        yield Prose("anew_reason", N_("Why it was decided so anew"), _render_reason(anew, language))


def _list_earlier(record: "DecisionRecord", appeal: "Appeal") -> Iterator[Section]:
    """Yield the other appeals against the same decision."""
    others = [one for one in record.appeals if one.id != appeal.id]
    columns = (
        TableColumn["Appeal"]("lodged_on", N_("Appealed on"), lambda one: Link(f"/desk/appeals/{one.id}", one.lodged_on)),
        TableColumn["Appeal"]("state", N_("State"), lambda one: _chip(one.answer.verdict if one.answer else None)),
        TableColumn["Appeal"]("answer", N_("Reason"), lambda one: one.answer.reason if one.answer else None),
    )  # fmt: skip
    if others:
        yield Table("others", N_("Other appeals against this decision"), columns, others, "")


_COLUMNS = (
    TableColumn["ListedAppeal"]("benefit", N_("Benefit"), lambda one: Link(f"/desk/appeals/{one.id}", one.why.rule_title)),
    TableColumn["ListedAppeal"]("id", N_("Number"), lambda one: one.id, False),
    TableColumn["ListedAppeal"]("member", N_("Member"), lambda one: Person(one.member)),
    TableColumn["ListedAppeal"]("happened_on", N_("Day of the event"), lambda one: one.why.occurred_on),
    TableColumn["ListedAppeal"]("outcome", N_("Outcome"), lambda one: _outcome(one.why)),
    TableColumn["ListedAppeal"]("lodged_on", N_("Appealed on"), lambda one: one.lodged_on),
    TableColumn["ListedAppeal"]("state", N_("State"), lambda one: _chip(one.verdict)),
)  # fmt: skip
NOUN = Noun(
    "appeals",
    N_("Appeals"),
    APPEAL,
    Listing(
        N_("List members' appeals: those that wait, the earliest first; others the newest first"),
        AppealFilter,
        find_appeals,
        _COLUMNS,
        N_("No appeal against a decision waits for an answer."),
        elsewhere=find_appeals_against_refusals,
    ),
    show_appeal,
    _RIGHT,
    (ANSWER,),
    (
        ("/desk/applications", N_("Queues")),
        ("/desk/applications/notices", N_("Public notices")),
        ("/desk/appeals", N_("Appeals")),
    ),
    reads=lambda appeal: ("member", appeal.member_id),
    papers=_list_files,
    todos=(ToDo(N_("appeals to answer"), "/desk/appeals", Right.DECIDE_APPLICATIONS, find_waiting),),
)
