"""Say to a member how far her questions to the union have come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from core.civil_time import format_civil_minute
from core.text_marks import N_
from members.hotline.case import CaseAct, CaseState, HotlineCase
from members.lifecycle import HistoryEvent
from yihui.cases.hotline.own import OwnCaseFile
from yihui.runtime.language import Language
from yihui.services.members.open_things import OpenThing
from yihui.views.member_benefits import WaitingLine, due_text

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
# How far a question has come, as who sent it reads.
OWN_STATES: Mapping[CaseState, str] = {
    CaseState.OPENED: N_("your union has it"),
    CaseState.DISPATCHED: N_("passed on to the office in charge"),
    CaseState.ACCEPTED: N_("being worked on"),
    CaseState.SUSPENDED: N_("rests until something is known"),
    CaseState.CLOSED: N_("answered"),
    CaseState.CALLED_BACK: N_("answered"),
}
# What else waits: its title, its state, and its page.
_OPEN = {
    "aid_claim": (N_("Claim of mutual aid of {day}"), N_("the union is checking it"), "/me/mutual-aid"),
    "join": (N_("Join or transfer to {name}"), N_("waits for the organisation's answer"), "/me/membership"),
}


def open_line(one: OpenThing, today: date, language: Language) -> WaitingLine:
    """Return what the union has to finish for a member as a thing that waits, with its day."""
    until = due_text(one.due, today, language)
    if one.state is None:
        title, text, path = _OPEN[one.kind]
        title = language.render(title, day=one.since, name=one.title)
        return WaitingLine(title, language.translate(text), until, path=path)
    title = one.title or language.translate(N_("taken in by the union"))
    if one.kind == "certificate":
        return WaitingLine(
            title, language.translate(N_("Your union is comparing it")), until, path="/me/certificates"
        )
    path = f"/me/help/{one.number}" if one.title else "/me/help"
    return WaitingLine(title, language.translate(OWN_STATES[one.state]), until, path=path)


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
