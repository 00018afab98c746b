"""Say to a member how far her questions to the union have come."""

from collections.abc import Iterator, Sequence

from core.civil_time import format_civil_minute
from core.text_marks import N_
from members.hotline.case import CaseAct, HotlineCase
from members.lifecycle import HistoryEvent
from yihui.cases.hotline.own import OwnCaseFile
from yihui.runtime.language import Language

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


def own_case_steps(found: OwnCaseFile, language: Language) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield each step of a question in words, without the officers: when, what, and the sentences of an answer."""
    for event in found.events:
        if event.act is CaseAct.ESCALATE and not event.data["to"]:
            continue
        names = [found.names.get(code, code) for code in _units(event, found.case)]
        text = language.render(
            _STEPS[event.act], unit=language.join_clauses(names), reason=event.data.get("reason", "")
        )
        yield format_civil_minute(event.at), text, _answer(event)


def _units(event: HistoryEvent[CaseAct], case: HotlineCase) -> list[str]:
    if event.act is CaseAct.DISPATCH:
        return [str(one["unit"]) for one in event.data["units"]]
    known = {CaseAct.OPEN: "organisation", CaseAct.ACCEPT: "unit", CaseAct.ESCALATE: "to"}
    return [str(event.data[known[event.act]])] if event.act in known else [case.organisation]


def _answer(event: HistoryEvent[CaseAct]) -> tuple[str, ...]:
    if event.act is CaseAct.ANSWER:
        return tuple(event.data["sentences"])
    return (str(event.data["answer"]),) if event.act is CaseAct.CLOSE else ()
