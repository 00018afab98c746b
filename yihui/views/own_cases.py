"""Say to a member how far her questions to the union have come."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from members.hotline.case import CaseAct, CaseEvent, CaseState, HotlineCase
from yihui.cases.hotline.own import OwnCaseFile
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class OwnCaseLine:
    """A question of the list. ``text`` is empty for a case that others opened: its words may be theirs."""

    number: int
    day: str
    text: str
    state: CaseState
    is_own: bool


@dataclass(frozen=True, slots=True)
class OwnCaseStep:
    """What happened to a question, and the answer's sentences if it was answered."""

    at: str
    text: str
    answer: tuple[str, ...] = ()


def own_case_line(case: HotlineCase, member: str) -> OwnCaseLine:
    is_own = case.opened_by == member
    day = f"{case.opened_at.astimezone(CIVIL_TIME):%Y-%m-%d}"
    return OwnCaseLine(case.number, day, case.summary if is_own else "", case.state, is_own)


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


def own_case_steps(found: OwnCaseFile, language: Language) -> list[OwnCaseStep]:
    """Return each step of a question in words, without the officers."""
    return list(_steps(found, language))


def _steps(found: OwnCaseFile, language: Language) -> Iterator[OwnCaseStep]:
    for event in found.events:
        if event.act is CaseAct.ESCALATE and not event.data["to"]:
            continue
        names = [found.names.get(code, code) for code in _units(event, found.case)]
        text = language.render(
            _STEPS[event.act], unit=language.join_clauses(names), reason=event.data.get("reason", "")
        )
        at = f"{event.at.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}"
        yield OwnCaseStep(at, text, _answer(event))


def _units(event: CaseEvent, case: HotlineCase) -> list[str]:
    if event.act is CaseAct.DISPATCH:
        return [str(one["unit"]) for one in event.data["units"]]
    known = {CaseAct.OPEN: "organisation", CaseAct.ACCEPT: "unit", CaseAct.ESCALATE: "to"}
    return [str(event.data[known[event.act]])] if event.act in known else [case.organisation]


def _answer(event: CaseEvent) -> tuple[str, ...]:
    if event.act is CaseAct.ANSWER:
        return tuple(event.data["sentences"])
    return (str(event.data["answer"]),) if event.act is CaseAct.CLOSE else ()
