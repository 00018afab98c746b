"""What a member does herself at the hotline: ask the union, read how far it has come, add words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date, format_civil_minute
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.hotline.case import MOVES, CaseAct, CaseState, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.terms import CaseCategory
from members.lifecycle import HistoryEvent
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.cases.hotline.cases import CASE, HISTORY, OPEN
from yihui.cases.hotline.forms import (
    CATEGORY_TITLES,
    LONGEST_SUMMARY,
    LONGEST_TRANSCRIPT,
    OpenForm,
    WordsForm,
)
from yihui.cases.hotline.intake import is_listed, opened_data, store_case
from yihui.cases.hotline.topics import NOTHING, HelpTopic, find_topic
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Chip, Choice, Link, Phrase, cell_text
from yihui.frame.content import (
    Advice,
    Event,
    Fact,
    Facts,
    Papers,
    Prose,
    Section,
    TableColumn,
    ThingPage,
    Timeline,
)
from yihui.frame.fields import FormField, fields_of
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.papers import list_papers
from yihui.frame.typed import parse_values
from yihui.frame.types import Form, read_text, read_words
from yihui.runtime.language import Language

LONGEST_QUESTION, LONGEST_MORE = 120, 2_000
ASK_PATH = f"/me/help/about/{NOTHING}/ask"
_PRIVATE = N_("Who handles it sees your question and your organisation, and your name only where it is opened with a reason. To ask without being known, call 12351.")  # fmt: skip
# How far a question has come, as who sent it reads.
OWN_STATES: Mapping[CaseState, str] = {
    CaseState.OPENED: N_("your union has it"),
    CaseState.DISPATCHED: N_("passed on to the office in charge"),
    CaseState.ACCEPTED: N_("being worked on"),
    CaseState.SUSPENDED: N_("rests until something is known"),
    CaseState.CLOSED: N_("answered"),
    CaseState.CALLED_BACK: N_("answered"),
}
_TAKEN_IN = Choice("other", N_("taken in by the union"))
_STEPS = {
    CaseAct.OPEN: N_("You sent it to {unit}."),
    CaseAct.DISPATCH: N_("It was passed on to {unit}."),
    CaseAct.ACCEPT: N_("{unit} works on it."),
    CaseAct.SUSPEND: N_("It rests: {reason}"),
    CaseAct.RESUME: N_("It goes on."),
    CaseAct.ESCALATE: N_("It took long, and was brought before {unit}."),
    CaseAct.ANSWER: N_("It was answered."),
    CaseAct.CLOSE: N_("It was answered."),
    CaseAct.CALL_BACK: N_("The union called you."),
    CaseAct.ADD: N_("You added words."),
}


class QuestionForm(Form):
    """What a member asks. The question stays in the case's history; what is more, and her number, are encrypted."""

    category: Annotated[
        CaseCategory, Prompt(N_("What kind of question is it?"), labels=CATEGORY_TITLES, is_proposed=True)
    ] = "other"
    text: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_QUESTION),
        BeforeValidator(read_text),
        Prompt(N_("In a sentence: what you ask, or why you object. Leave out names, ID numbers and phone numbers."), rows=3),
    ]  # fmt: skip
    more: Annotated[
        str | None,
        Field(max_length=LONGEST_MORE, repr=False),
        BeforeValidator(read_words),
        Prompt(N_("More, with names and numbers if they are needed. It is encrypted; each officer who opens it is recorded."), rows=3),
    ] = None  # fmt: skip
    call: Annotated[bool, Prompt(N_("Call me at {phone}"))] = False


class AskingForm(Form):
    """What a member typed into the fields of her question."""

    answers: Annotated[Mapping[str, Any], Field(repr=False)] = {}


class OwnWordsForm(WordsForm):
    """What a member adds to a question of hers."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_MORE, repr=False),
        BeforeValidator(read_words),
        Prompt(N_("Add words. They are encrypted; each officer who opens them is recorded."), rows=4),
    ]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """What a member asks. ``summary`` stays in the case's history; ``more`` and her number are encrypted."""

    summary: str = field(repr=False)
    category: str
    topic: HelpTopic | None = None
    more: str | None = field(default=None, repr=False)
    wants_call: bool = False


def open_own_case(act: Doing[Any, Any], question: OwnQuestion) -> tuple[HotlineCase, Change]:
    """Open a case about the member who acts, within her act; return it, and what the audit log says of it.

    It goes to her own organisation, or to the nearest above that the tree has by the prefix of its code.

    *Raises*: FaultError with every fault.
    """
    from yihui.services.members.vault import read_member_phone

    member, topic = act.actor.id, question.topic
    phone = read_member_phone(act.wiring, member) if question.wants_call else None
    if question.wants_call and phone is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("no_phone", field="call"))
    said = {
        "organisation": _find_hotline(act, member),
        "channel": "page",
        "category": question.category,
        "summary": question.summary,
        "member": member,
        "station": topic.station if topic else None,
        "phone": phone,
        "text": question.more or None,
    }
    form = parse_values(OpenForm, said)
    doing = Doing[OpenForm, HotlineCase](act.wiring, act.connection, act.actor, act.now, form, None)
    case = store_case(doing, topic.application if topic else None)
    about = (CASE.name, str(case.number))
    return case, Change(case.number, opened_data(form, case), organisation=case.organisation, about=about)


def _find_hotline(act: Doing[Any, Any], member: str) -> str:
    """Return the organisation whose hotline takes in what a member asks."""
    from yihui.services.members.organisations import find_member_organisations

    today = civil_date(act.now)
    own = find_member_organisations(act.connection, [member], today).get(member, PROVINCE_CODE)
    above = (own, own[:9], own[:6], f"{own[:4]}00")
    return next((code for code in above if is_listed(act.connection, code, today)), PROVINCE_CODE)


def _load_topic(at: Doing[Any, Any] | Looking[Any], about: str, lock: bool) -> HelpTopic:
    from yihui.services.members.vault import load_masked_person

    topic = find_topic(at.wiring, at.connection, at.actor.id, about)
    return replace(topic, phone=load_masked_person(at.wiring, at.actor.id).get("phone", ""))


def _list_fields(topic: HelpTopic | None, language: Language) -> Sequence[FormField]:
    """Return the fields of a question; the wish to be called only where the union has her number."""
    *others, call = fields_of(QuestionForm)
    if topic is None or not topic.phone:
        return others
    return [*others, replace(call, prompt=Prompt(language.render(call.prompt.title, phone=topic.phone)))]


def _ask(act: Doing[AskingForm, HelpTopic]) -> Change:
    """Open a case. What it is about stands before the question, in the union's language. *Raises*: FaultError."""
    form, topic = parse_values(QuestionForm, act.form.answers), act.thing
    about = _title(topic, act.wiring.language)
    summary = write_summary(about, form.text) if about else form.text
    question = OwnQuestion(summary, form.category, topic, form.more, form.call)
    return open_own_case(act, question)[1]


def _title(topic: HelpTopic, language: Language) -> str:
    return language.render(topic.title.template, **topic.title.values) if topic.title else ""


def write_summary(title: str, text: str) -> str:
    """Return a question after what it is about; a title that leaves it no room ends with an ellipsis."""
    room = LONGEST_SUMMARY - len(text) - len(": ")
    return f"{title if len(title) <= room else title[: room - 1] + '…'}: {text}"


def _add_words(act: Doing[OwnWordsForm, HotlineCase]) -> Change:
    """Add words to the member's own question; they are encrypted beside what she wrote before.

    *Raises*: FaultError if the words can't be stored; HotlineRefused if it is over.
    """
    from members.hotline.callers import Caller, read_caller, replace_caller
    from yihui.services.members.vault import require_vault

    vault, case = require_vault(act.wiring), act.thing
    if case.state not in MOVES[CaseAct.ADD]:
        raise HotlineRefused(HOTLINE_FAULTS.build("own_over", field="text"))
    caller = read_caller(act.connection, vault.keys, case.number) or Caller()
    words = f"[{format_civil_minute(act.now)}] {act.form.text}"
    transcript = f"{caller.transcript}\n\n{words}" if caller.transcript else words
    if len(transcript) > LONGEST_TRANSCRIPT:
        raise FaultError(
            HOTLINE_FAULTS.build("too_long", field="text", value=len(transcript), most=LONGEST_TRANSCRIPT)
        )
    replace_caller(
        act.connection, vault.keys.newest, case.number, replace(caller, transcript=transcript), act.now
    )
    return HISTORY.change(act, case, CaseAct.ADD, {})[1]


def _find_own(look: Looking[Any]) -> RowSlice[HotlineCase]:
    """Find the cases about a member, also those that others opened: of these only the state is hers to see."""
    from members.hotline.repository import CaseQuery, select_cases

    return HISTORY.find(look, select_cases(CaseQuery(member_id=look.actor.id)))


def _is_own(case: HotlineCase) -> bool:
    return case.opened_by == case.member_id


def _show_topic(look: Looking[Any], topic: HelpTopic, language: Language) -> ThingPage:
    shown = _title(topic, language)
    if topic.notice is not None:
        from yihui.cases.applications.own_texts import notice_title

        shown = notice_title(topic.notice, topic.member, language)
    about = [Advice(language.render(N_("About: {title}"), title=shown))] if shown else []
    return ThingPage(shown, about, acts=(SEND_QUESTION.name,))


def _show_case(look: Looking[Any], case: HotlineCase, language: Language) -> ThingPage:
    """Return a question with its steps in words, the newest first, without the officers."""
    from members import organisation_names
    from members.hotline.repository import read_events
    from yihui.services.members.certificates import list_case_files, parse_summary

    files = list_papers(list_case_files(look.connection, case), "")
    codes = {case.organisation, *case.units, *(part.unit for part in case.former_parts)}
    names = organisation_names(look.connection, codes | {one.to for one in case.escalations if one.to})
    events = read_events(look.connection, [case.number])[case.number]
    facts = (
        Fact(
            "number",
            N_("Number"),
            Phrase(N_("Name this number when you call: {number}"), {"number": case.number}),
        ),
        Fact("call", N_("Call 12351"), Link("tel:12351", "12351")),
    )
    sections: list[Section] = [
        Prose("summary", "", cell_text(parse_summary(case.summary), language)),
        Facts("", facts),
        *([Papers("files", N_("Papers"), files, "")] if files else ()),
        Timeline(list(_list_steps(events, case, names, language))[::-1]),
    ]
    return ThingPage(
        language.translate(N_("My question")),
        sections,
        _chip(case),
        acts=(ADD.name,) if case.state in MOVES[CaseAct.ADD] else (),
    )


def _list_steps(
    events: Sequence[HistoryEvent[CaseAct]], case: HotlineCase, names: Mapping[str, str], language: Language
) -> Iterator[Event]:
    """Yield each step of a question in words: when, what, and the sentences of an answer."""
    for event in events:
        if event.act is CaseAct.ESCALATE and not event.data["to"]:
            continue
        unit = language.join_clauses(names.get(code, code) for code in _units(event, case))
        text = language.render(_STEPS[event.act], unit=unit, reason=event.data.get("reason", ""))
        yield Event(event.at, event.act.value, "", "", "\n".join(_answer(event)), text)


def _units(event: HistoryEvent[CaseAct], case: HotlineCase) -> list[str]:
    if event.act is CaseAct.DISPATCH:
        return [str(one["unit"]) for one in event.data["units"]]
    known = {CaseAct.OPEN: "organisation", CaseAct.ACCEPT: "unit", CaseAct.ESCALATE: "to"}
    return [str(event.data[known[event.act]])] if event.act in known else [case.organisation]


def _answer(event: HistoryEvent[CaseAct]) -> tuple[str, ...]:
    if event.act is CaseAct.ANSWER:
        return tuple(event.data["sentences"])
    return (str(event.data["answer"]),) if event.act is CaseAct.CLOSE else ()


def _name(case: HotlineCase) -> Link | Choice:
    from yihui.services.members.certificates import parse_summary

    return Link(f"/me/help/{case.number}", parse_summary(case.summary)) if _is_own(case) else _TAKEN_IN


def _due(case: HotlineCase) -> Phrase | None:
    """Return by which day the union takes its next step."""
    from members.hotline.clocks import compute_next_due
    from members.hotline.repository import calendar

    due = compute_next_due(case, calendar())
    return Phrase(N_("by {day}"), {"day": civil_date(due)}) if due else None


def _chip(case: HotlineCase) -> Chip:
    return Chip(case.state.value, OWN_STATES[case.state], "good" if case.is_over else "waiting")


def build_ask_path(about: str) -> str:
    """Return the address of the form for a question about something."""
    return f"/me/help/about/{quote(about, safe='')}/ask"


TOPIC = Kind[HelpTopic](
    "help_topic",
    _load_topic,
    lambda _: 1,
    key=str,
    member=lambda topic: topic.member,
)
OWN_CASE = Kind[HotlineCase](
    CASE.name, CASE.load, CASE.version, member=lambda case: (case.member_id or "") if _is_own(case) else ""
)
SEND_QUESTION = Act("ask", N_("Ask the union"), AskingForm, _ask, Right.OWN, OPEN.audit,
          N_("It has reached the union. You see its state below."), TOPIC, button=N_("Send to the union"), help=_PRIVATE,
          doors=MEMBER, leads_to="help", begin=lambda topic: {"category": topic.category, "call": True},
          asks=_list_fields)  # fmt: skip
# It leads to its own noun: whatever an officer does meanwhile, her words are added.
ADD = Act("words", N_("Add words"), OwnWordsForm, _add_words, Right.OWN, "hotline.add", N_("Your words were added."),
          OWN_CASE, button=N_("Add"), doors=MEMBER, leads_to="help")  # fmt: skip
TOPICS = Noun(
    "help/about",
    N_("Help"),
    TOPIC,
    BY_HAND,
    _show_topic,
    Right.OWN,
    (SEND_QUESTION,),
    (("/me/help", N_("Help")),),
)
_column = TableColumn[HotlineCase]
_COLUMNS = (
    _column("summary", "", _name),
    _column("state", "", _chip),
    _column("number", "", lambda one: Phrase(N_("of {day}"), {"day": civil_date(one.opened_at)})),
    _column("due", "", _due),
)  # fmt: skip
_LISTED = Listing(N_("My questions"), NoFilter, _find_own, _COLUMNS, N_("You have sent no question so far."))
_BESIDE = (("/me/account", N_("Me")), (ASK_PATH, N_("Ask the union")), ("tel:12351", N_("Call 12351")))
QUESTIONS = Noun("help", N_("Help"), OWN_CASE, _LISTED, _show_case, Right.OWN, (ADD,), _BESIDE)
