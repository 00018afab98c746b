"""Render the history of a hotline case as sentences: who did what, when and why."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from core.civil_time import CIVIL_TIME, civil_date, format_civil_instant
from core.text_marks import N_
from members.hotline.case import CallBack, CaseAct, CaseEvent
from members.hotline.clocks import INTAKE
from members.hotline.terms import CHANNEL_TITLES, TERMS
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.services.hotline.lists import CaseHistory
from yihui.views.actors import actor_label

CALL_BACK_TITLES: Mapping[CallBack, str] = MappingProxyType(
    {
        CallBack.SATISFIED: N_("satisfied"),
        CallBack.DISSATISFIED: N_("not satisfied"),
        CallBack.UNREACHED: N_("not reached"),
    }
)


_MARK = re.compile(r" \([a-z ]+\)$")


def title_text(title: str, language: Language) -> str:
    """Return a title without the mark in brackets that tells its message from others in the catalogue."""
    return _MARK.sub("", language.translate(title))


def format_deadline(at: datetime) -> str:
    """Return a deadline on the wall clock; the end of a day is 24:00 of that day, not 00:00 of the next one."""
    shown = at.astimezone(CIVIL_TIME)
    if (shown.hour, shown.minute, shown.second) == (0, 0, 0):
        return f"{shown.date() - timedelta(days=1)} 24:00"
    return f"{shown:%Y-%m-%d %H:%M}"


def name_titles(language: Language) -> Callable[[str], str]:
    """Return ``title_text`` in a language, for templates."""
    return lambda title: title_text(title, language)


@dataclass(frozen=True, slots=True)
class HistorySentence:
    """One event of a case in words, with the minute in which it happened."""

    at: str
    text: str


def history_sentences(
    history: CaseHistory, language: Language, officers: RecordNames = NO_NAMES
) -> Iterator[HistorySentence]:
    """Yield a sentence for each event of a case, in order; the reason follows in a sentence of its own."""
    for event in history.events:
        named = replace(event, by=_actor_text(event.by, language, officers))
        text = _RENDERERS[event.act](named, history.status.names, language)
        if reason := event.data.get("reason"):
            text = language.render(N_("{text} Reason: {reason}"), text=text, reason=reason)
        yield HistorySentence(format_civil_instant(event.at)[:16].replace("T", " "), text)


_Names = Mapping[str, str]


def _actor_text(who: str, language: Language, officers: RecordNames) -> str:
    return (
        language.translate(N_("The clock"))
        if who.startswith("job:")
        else actor_label(who, language, officers)
    )


def _opened(event: CaseEvent, names: _Names, language: Language) -> str:
    return language.render(
        N_("{by} opened the case for {organisation}: {channel}, {category}."),
        by=event.by,
        organisation=names.get(event.data["organisation"], event.data["organisation"]),
        channel=title_text(CHANNEL_TITLES[event.data["channel"]], language),
        category=title_text(TERMS[event.data["category"]].title, language),
    )


def _dispatched(event: CaseEvent, names: _Names, language: Language) -> str:
    units = [names.get(one["unit"], one["unit"]) for one in event.data["units"]]
    if len(units) == 1:
        return language.render(N_("{by} dispatched it to {unit}."), by=event.by, unit=units[0])
    return language.render(
        N_("{by} dispatched it to {unit}, assisted by {assist}."),
        by=event.by,
        unit=units[0],
        assist=units[1],
    )


def _accepted(event: CaseEvent, names: _Names, language: Language) -> str:
    unit = names.get(event.data["unit"], event.data["unit"])
    return language.render(N_("{by} accepted it for {unit}."), by=event.by, unit=unit)


def _suspended(event: CaseEvent, _names: _Names, language: Language) -> str:
    return language.render(
        N_("{by} suspended it up to and with {day}; its clocks stand still."),
        by=event.by,
        day=_last_day(event.data["until"]).isoformat(),
    )


def _last_day(until: str) -> date:
    return civil_date(datetime.fromisoformat(until) - timedelta(seconds=1))


def _resumed(event: CaseEvent, _names: _Names, language: Language) -> str:
    return language.render(N_("{by} resumed it; its clocks go on."), by=event.by)


def _escalated(event: CaseEvent, names: _Names, language: Language) -> str:
    known = event.data
    unit, to = names.get(known["unit"], known["unit"]), known["to"]
    if known["clock"] == INTAKE:
        text = N_("{percent} % of the time to dispatch it was over for {unit}; {next}")
    elif known["clock"].endswith("/accept"):
        text = N_("{percent} % of the time to accept it was over for {unit}; {next}")
    else:
        text = N_("{percent} % of the time to close it was over for {unit}; {next}")
    upwards = language.render(N_("it went up to {to}."), to=names.get(to, to)) if to else None
    next_ = upwards or language.translate(N_("there is no organisation above."))
    return language.render(text, percent=known["percent"], unit=unit, next=next_)


def _answered(event: CaseEvent, _names: _Names, language: Language) -> str:
    return language.render(N_("{by} answered it from the ledger, and the case was closed."), by=event.by)


def _closed(event: CaseEvent, names: _Names, language: Language) -> str:
    unit = event.data.get("unit")
    if unit is None:
        return language.render(N_("{by} answered it and closed it."), by=event.by)
    return language.render(
        N_("{by} answered it for {unit}, whose part is done."),
        by=event.by,
        unit=names.get(unit, unit),
    )


def _called_back(event: CaseEvent, _names: _Names, language: Language) -> str:
    outcome = language.translate(CALL_BACK_TITLES[CallBack(event.data["outcome"])])
    return language.render(N_("{by} called back: {outcome}."), by=event.by, outcome=outcome)


def _added(_event: CaseEvent, _names: _Names, language: Language) -> str:
    return language.translate(
        N_("The member added words; they lie encrypted with what the member said before.")
    )


_RENDERERS: Mapping[CaseAct, Callable[[CaseEvent, _Names, Language], str]] = MappingProxyType(
    {
        CaseAct.OPEN: _opened,
        CaseAct.DISPATCH: _dispatched,
        CaseAct.ACCEPT: _accepted,
        CaseAct.SUSPEND: _suspended,
        CaseAct.RESUME: _resumed,
        CaseAct.ESCALATE: _escalated,
        CaseAct.ANSWER: _answered,
        CaseAct.CLOSE: _closed,
        CaseAct.CALL_BACK: _called_back,
        CaseAct.ADD: _added,
    }
)
