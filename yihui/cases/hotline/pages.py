"""Cases of the hotline at every door: the queue by clock, and the page of a case."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from members.hotline.case import (
    CALL_BACK_TITLES,
    MOVES,
    STATE_TITLES,
    CallBack,
    CaseAct,
    CasePart,
    CaseState,
    HotlineCase,
)
from members.hotline.terms import CHANNEL_TITLES, CaseCategory
from members.lifecycle import HistoryEvent
from yihui.access.roles import Right
from yihui.cases.hotline import cases
from yihui.cases.hotline.forms import CATEGORY_TITLES
from yihui.cases.hotline.queries import OPEN_CASES, find_queue
from yihui.cases.hotline.rates import TABS
from yihui.frame.acts import Act
from yihui.frame.cells import Cell, Chip, Choice, Deadline, Link, Organisation, Percent, Person, Several
from yihui.frame.content import (
    Advice,
    Fact,
    Facts,
    Papers,
    Prose,
    Section,
    Table,
    TableColumn,
    ThingPage,
    Timeline,
)
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.frame.types import Form, MemberId, OrganisationCode
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from core.calendars import WorkdayTable
    from members.hotline.clocks import CaseClock

_PATH = "hotline/cases"
_TONES = {CaseState.OPENED: "waiting", CaseState.DISPATCHED: "waiting", CaseState.CALLED_BACK: "good"}
_OVERDUE = Chip("overdue", N_("overdue"), "bad")
_CLOCK_TITLES = {"intake": N_("Dispatch"), "accept": N_("Acceptance"), "close": N_("Closing")}
Queue = Literal["open", "overdue", "suspended", "to_call_back", "over", "all"]


class CaseFilter(Form):
    """Which cases are listed: those of a queue, a category, an organisation and those below it, a member."""

    state: Annotated[
        Queue,
        Prompt(
            N_("Show"),
            labels={
                "open": N_("Open, by clock"),
                "overdue": N_("Overdue"),
                "suspended": N_("Suspended"),
                "to_call_back": N_("To call back"),
                "over": N_("Called back"),
                "all": N_("all"),
            },
        ),
    ] = "open"
    category: Annotated[CaseCategory | None, Prompt(N_("Category"), labels=CATEGORY_TITLES)] = None
    organisation: Annotated[OrganisationCode | None, Prompt(N_("Organisation"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case of a list with its next deadline, and whether a clock has run over."""

    case: HotlineCase
    due_at: datetime | None
    is_overdue: bool


def find_cases(look: Looking[CaseFilter]) -> RowSlice[ListedCase]:
    """Find the cases that the officer may see: open ones by their next deadline, others the newest first.

    *Raises*: FaultError for an organisation that there isn't.
    """
    from members.hotline.clocks import compute_next_due, is_overdue
    from members.hotline.repository import calendar

    table = calendar()
    return find_queue(look).map(
        lambda one: ListedCase(one, compute_next_due(one, table), is_overdue(one, table, look.now))
    )


def show_case(look: Looking[Any], case: HotlineCase, language: Language) -> ThingPage:
    """Return a case with its clocks, answers and history, its caller masked."""
    from members.hotline.clocks import is_overdue
    from members.hotline.repository import calendar

    table = calendar()
    late = N_("The time of a clock of this case is over.")
    sections: list[Section] = [
        *_list_answers(case, language),
        _build_facts(case, language),
        *_list_files(look, case),
        *_list_units(case),
        *_list_clocks(case, table, look.now),
        _build_caller(look, case, language),
        _build_timeline(look, case, language),
    ]
    return ThingPage(
        case.summary or language.translate(N_("the words were erased")),
        sections,
        _chip(case),
        language.translate(late) if is_overdue(case, table, look.now) else "",
        case.member_id,
        acts=list(_list_acts(look, case)),
        buttons=_name_buttons(look, case, language),
    )


def _chip(case: HotlineCase) -> Chip:
    return Chip(case.state.value, STATE_TITLES[case.state], _TONES.get(case.state, ""))


_ACTS: Mapping[CaseAct, Act[Any, Any]] = {
    CaseAct.ACCEPT: cases.ACCEPT,
    CaseAct.ANSWER: cases.ANSWER,
    CaseAct.CLOSE: cases.CLOSE,
    CaseAct.DISPATCH: cases.DISPATCH,
    CaseAct.RESUME: cases.RESUME,
    CaseAct.CALL_BACK: cases.CALL_BACK,
    CaseAct.SUSPEND: cases.SUSPEND,
}


def _list_acts(look: Looking[Any], case: HotlineCase) -> Iterator[str]:
    """Yield the acts that a case allows, the one that is next first."""
    from members.hotline.clocks import last_suspension_day

    allowed = {
        CaseAct.ACCEPT: bool(cases.list_accepting(case)),
        CaseAct.ANSWER: case.member_id is not None,
        CaseAct.CLOSE: not case.parts or bool(cases.list_working(case)),
        CaseAct.SUSPEND: last_suspension_day(case, look.now) is not None,
    }
    possible = [move for move in _ACTS if case.state in MOVES[move] and allowed.get(move, True)]
    if case.state is CaseState.OPENED:
        possible.sort(key=lambda move: move is not CaseAct.DISPATCH)
    yield from (_ACTS[move].name for move in possible)
    if look.wiring.vault is not None and _has_caller(look, case):
        yield cases.UNMASK.name


def _has_caller(look: Looking[Any], case: HotlineCase) -> bool:
    from sqlalchemy import select

    from members.hotline.tables import hotline_callers

    c = hotline_callers.c
    return look.connection.execute(select(c.key_id).where(c.case_number == case.number)).first() is not None


def _name_buttons(look: Looking[Any], case: HotlineCase, language: Language) -> Mapping[str, str]:
    """Return what the buttons of units say where one unit alone can press them."""
    from members import organisation_names

    texts = {
        cases.ACCEPT.name: (N_("Accept for {unit}"), cases.list_accepting(case)),
        cases.CLOSE.name: (N_("Answer for {unit} and close its part"), cases.list_working(case)),
    }
    names = organisation_names(look.connection, set(case.units)) if case.parts else {}
    return {
        name: language.render(text, unit=names.get(units[0], units[0]))
        for name, (text, units) in texts.items()
        if len(units) == 1
    }


def _build_facts(case: HotlineCase, language: Language) -> Facts:
    until = case.suspended_until
    facts = (
        Fact("category", N_("Category"), _category(case)),
        Fact("channel", N_("Channel"), Choice(case.channel, CHANNEL_TITLES[case.channel])),  # type: ignore[index]
        Fact("from", N_("Transferred by"), case.from_office),
        Fact("organisation", N_("Hotline of"), Organisation(case.organisation)),
        Fact("opened_at", N_("Opened"), case.opened_at),
        Fact("place", N_("Place"), case.place and Organisation(case.place)),
        Fact("station", N_("Station"), case.station_id and Link(f"/desk/register/{case.station_id}", case.station_id)),
        Fact("application", N_("Objects to application"), case.application and Link(f"/desk/applications/{case.application}", case.application)),
        Fact("crosses", N_("More than one region or department"), case.crosses or None),
        Fact("is_unclear", N_("Has to be cleared up first"), not case.is_clear or None),
        Fact("decision", N_("Decision"), next((one.decision_id for one in case.answers if one.decision_id), None), False),
        Fact("rule", N_("Rule"), next((one.rule_id for one in case.answers if one.rule_id), None), False),
        Fact("suspended_because", N_("Suspended"), case.suspended_because),
        Fact("suspended_until", N_("Rests up to and with"), until and civil_date(until - timedelta(seconds=1))),
        Fact("closed_at", N_("Closed on"), case.closed_at),
        Fact("call_back", N_("Caller's judgement"), case.call_back and Choice(case.call_back.value, CALL_BACK_TITLES[case.call_back])),
    )  # fmt: skip
    return Facts(N_("The case"), [one for one in facts if one.value is not None])


def _category(case: HotlineCase) -> Choice:
    return Choice(case.category, CATEGORY_TITLES[case.category])  # type: ignore[index]


def _list_answers(case: HotlineCase, language: Language) -> Iterator[Section]:
    said = [sentence for answer in case.answers for sentence in answer.sentences]
    if said:
        yield Prose("answer", N_("Answer"), "\n".join(said))


def _list_files(look: Looking[Any], case: HotlineCase) -> Iterator[Section]:
    """Yield the certificates that came with a case; who may correct the member's facts records them from here."""
    from yihui.cases.corrections.calls import fact_path, fact_title, find_certified_fact
    from yihui.services.members.certificates import list_case_files

    if not (files := list_case_files(look.connection, case)):
        return
    member, name = case.member_id or "", find_certified_fact(case.summary, look.wiring.language)
    path = fact_path(member, name or "skill_level") if look.holds(Right.READ_MEMBERS) else ""
    yield Papers("files", N_("Certificates that came with it"), list_papers(files, path))
    if look.holds(Right.CORRECT_MEMBERS):
        link = Link(fact_path(member, name), Choice(name, fact_title(name)))
        yield Facts("", [Fact("record", N_("Record it"), link)])


def _list_units(case: HotlineCase) -> Iterator[Section]:
    roles = {True: Choice("main", N_("Main unit")), False: Choice("assisting", N_("Assisting unit"))}
    columns = (
        TableColumn[CasePart]("unit", N_("Unit"), lambda one: Organisation(one.unit)),
        TableColumn[CasePart]("role", N_("Role"), lambda one: roles[one.is_main]),
        TableColumn[CasePart]("accepted_at", N_("Accepted"), lambda one: one.accepted_at),
        TableColumn[CasePart]("done_at", N_("Answered"), lambda one: one.done_at),
    )
    if case.parts:
        yield Table("units", N_("Units"), columns, case.parts, "")


def _list_clocks(case: HotlineCase, table: "WorkdayTable", now: datetime) -> Iterator[Section]:
    from members.hotline.clocks import running_clocks

    def due(one: "CaseClock") -> Cell:
        return (
            Choice("paused", N_("stands still"))
            if one.due_at is None
            else Deadline(one.due_at, one.is_late(now))
        )

    if clocks := running_clocks(case, table):
        columns = (
            TableColumn["CaseClock"]("unit", N_("Unit"), lambda one: Organisation(one.unit)),
            TableColumn["CaseClock"]("for", N_("For"), lambda one: Choice(one.kind, _CLOCK_TITLES[one.kind])),
            TableColumn["CaseClock"]("due_at", N_("Deadline"), due),
            TableColumn["CaseClock"](
                "late", N_("Late"), lambda one: _OVERDUE if one.is_late(now) else None, False
            ),
            TableColumn["CaseClock"](
                "used", N_("Time used"), lambda one: Percent(one.used_percent(now) * 100), False
            ),
        )
        yield Table("clocks", N_("Clocks"), columns, clocks, "")


def _build_caller(look: Looking[Any], case: HotlineCase, language: Language) -> Section:
    """Return the caller as pages may show one: masked, and of the words only how long they are."""
    from members.hotline.callers import mask_caller, read_caller

    vault = look.wiring.vault
    caller = read_caller(look.connection, vault.keys, case.number) if vault is not None else None
    if caller is None:
        text = N_("Nothing personal is stored: an anonymous call, or its time is over.")
        if vault is None and _has_caller(look, case):
            text = N_("The caller is stored, and there is no key of the vault here to read it.")
        return Advice(language.translate(text))
    masked = mask_caller(caller)
    facts = (
        Fact("caller_name", N_("Caller's name"), masked.name),
        Fact("caller_phone", N_("Phone to call back"), masked.phone),
        Fact("said_characters", N_("Characters that were said"), masked.transcript_characters),
    )
    return Facts(N_("Caller"), [one for one in facts if one.value is not None])


def _build_timeline(look: Looking[Any], case: HotlineCase, language: Language) -> Timeline:
    """Return the history of a case; to each event belongs what it says besides its reason."""
    from members import organisation_names

    codes = {case.organisation, *case.units, *(part.unit for part in case.former_parts)}
    codes |= {code for one in case.escalations for code in (one.to, one.unit) if code}
    names = organisation_names(look.connection, codes)

    def describe(event: HistoryEvent[CaseAct]) -> str:
        return language.join_clauses(_details(event, lambda code: names.get(code, code), language))

    return cases.HISTORY.timeline(look.connection, case, describe)


def _details(event: HistoryEvent[CaseAct], name: Callable[[str], str], language: Language) -> Iterator[str]:
    data = event.data
    match event.act:
        case CaseAct.OPEN:
            yield name(data["organisation"])
        case CaseAct.DISPATCH:
            main, *assisting = (name(one["unit"]) for one in data["units"])
            yield main
            for unit in assisting:
                yield language.render(N_("assisted by {unit}"), unit=unit)
        case CaseAct.ACCEPT | CaseAct.CLOSE if "unit" in data:
            yield name(data["unit"])
        case CaseAct.SUSPEND:
            last = civil_date(datetime.fromisoformat(data["until"]) - timedelta(seconds=1))
            yield language.render(N_("up to and with {day}"), day=last)
        case CaseAct.ESCALATE:
            kind = language.translate(_CLOCK_TITLES[_name_clock(data["clock"])])
            given = {"percent": data["percent"], "unit": name(data["unit"]), "clock": kind}
            yield language.render(N_("{clock}: {percent} % of the time of {unit} was over"), **given)
            yield (
                language.render(N_("went up to {to}"), to=name(data["to"]))
                if data["to"]
                else language.translate(N_("there is no organisation above"))
            )
        case CaseAct.ADD:
            yield language.translate(N_("they lie encrypted with what was said before"))
        case CaseAct.CALL_BACK:
            yield language.title(CALL_BACK_TITLES[CallBack(data["outcome"])])


def _name_clock(id_: str) -> str:
    """Return the kind of a clock: of the intake, or of a unit until it accepts its part or has done it."""
    if id_ == "intake":
        return id_
    return "accept" if id_.endswith("/accept") else "close"


COLUMNS = (
    TableColumn[ListedCase]("summary", N_("Case"), lambda one: Link(f"/desk/{_PATH}/{one.case.number}", one.case.summary)),
    TableColumn[ListedCase]("number", N_("Number"), lambda one: one.case.number),
    TableColumn[ListedCase]("member", N_("Member"), lambda one: one.case.member_id and Person(one.case.member_id)),
    TableColumn[ListedCase]("category", N_("Category"), lambda one: _category(one.case)),
    TableColumn[ListedCase]("state", N_("State"), lambda one: _chip(one.case)),
    TableColumn[ListedCase]("units", N_("With"), lambda one: Several(tuple(map(Organisation, one.case.units or (one.case.organisation,))))),
    TableColumn[ListedCase]("due_at", N_("Next deadline"), lambda one: one.due_at and Deadline(one.due_at, one.is_overdue)),
    TableColumn[ListedCase]("overdue", N_("Late"), lambda one: _OVERDUE if one.is_overdue else None, False),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Cases of the hotline"),
    cases.CASE,
    Listing(
        N_("List cases: open ones by their next deadline, others the newest first"),
        CaseFilter,
        find_cases,
        COLUMNS,
        N_("There is no such case of your organisations."),
    ),
    show_case,
    Right.READ_CASES,
    (*_ACTS.values(), cases.UNMASK, cases.OPEN),
    TABS,
    todos=(OPEN_CASES,),
)
