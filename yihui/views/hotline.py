"""Show the hotline's cases, articles and rates: lines, JSON and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.civil_time import format_civil_instant
from core.text_marks import N_
from members.hotline.callers import Caller, CallerDeletion
from members.hotline.case import ACT_TITLES, STATE_TITLES, CaseEvent
from members.hotline.clocks import CaseClock, ClockKind
from members.hotline.figures import Share
from members.hotline.terms import TERMS
from yihui.runtime.language import Language
from yihui.services.hotline.figures import HotlineRates
from yihui.services.hotline.lists import CaseHistory, CaseStatus

if TYPE_CHECKING:
    from yihui.services.hotline.answers import SentenceRenderers


def build_sentence_renderers(language: Language) -> SentenceRenderers:
    """Return what renders the three sentences of a hotline agent in a language."""
    from yihui.services.hotline.answers import SentenceRenderers
    from yihui.views.agent_script import render_agent_summary, render_not_evaluated_summary

    return SentenceRenderers(
        lambda record: render_agent_summary(record, language),
        lambda missing, member: render_not_evaluated_summary(
            missing.explanations[0], missing.title, member, None, language
        ),
    )


def case_lines(found: Sequence[CaseStatus], language: Language) -> Iterator[str]:
    """Yield a line for each case; what is personal is masked."""
    for one in found:
        case = one.case
        line = language.render(
            N_("{number}  {category}: {summary} [{state}] {at}"),
            number=case.number,
            category=language.translate(TERMS[case.category].title),  # type: ignore[index]
            summary=case.summary,
            state=language.translate(STATE_TITLES[case.state]),
            at=format_civil_instant(case.opened_at)[:16],
        )
        yield line + (language.translate(N_("  OVERDUE")) if one.is_overdue else "")
    if not found:
        yield language.translate(N_("no cases"))


def case_history_lines(history: CaseHistory, language: Language) -> Iterator[str]:
    """Yield a case with its caller masked, its clocks, answers and history."""
    one, case = history.status, history.status.case
    yield from case_lines([one], language)
    yield language.render(N_("    version {version}"), version=case.version)
    if case.member_id is not None:
        yield language.render(N_("    member {member}"), member=case.member_id)
    if one.caller is not None:
        yield language.render(
            N_("    caller {name}, {phone}; words: {characters} characters"),
            name=one.caller.name or "—",
            phone=one.caller.phone or "—",
            characters=one.caller.transcript_characters or 0,
        )
    if case.suspended_until is not None:
        until = format_civil_instant(case.suspended_until)[:16]
        yield language.render(N_("    suspended until {until}: its clocks stand still"), until=until)
    for clock in one.clocks:
        yield "    " + _clock_text(one, clock, language)
    for escalation in case.escalations:
        yield language.render(
            N_("    {percent} % of the time of {unit} was over at {at}; went to {to}"),
            percent=escalation.percent,
            unit=one.names.get(escalation.unit, escalation.unit),
            at=format_civil_instant(escalation.at)[:16],
            to=one.names.get(escalation.to or "", escalation.to or "—"),
        )
    for answer in case.answers:
        yield from (f"  {sentence}" for sentence in answer.sentences)
    for event in history.events:
        act = language.translate(ACT_TITLES[event.act])
        reason = event.data.get("reason") or ""
        yield f"    {event.version}. {format_civil_instant(event.at)[:16]} {act} ({event.by}) {reason}".rstrip()


CLOCK_TEXTS: Mapping[ClockKind, str] = MappingProxyType(
    {
        "intake": N_("{unit}: to be dispatched by {due}"),
        "accept": N_("{unit}: to be accepted by {due}"),
        "close": N_("{unit}: to be closed by {due}"),
    }
)


def _clock_text(one: CaseStatus, clock: CaseClock, language: Language) -> str:
    due, unit = clock.due_at, one.names.get(clock.unit, clock.unit)
    if due is None:
        return language.render(N_("{unit}: the clock stands still"), unit=unit)
    return language.render(CLOCK_TEXTS[clock.kind], unit=unit, due=format_civil_instant(due)[:16])


def case_json(one: CaseStatus) -> dict[str, object]:
    """Return a case as JSON; what is personal is masked."""
    case = one.case
    return {
        "number": case.number,
        "version": case.version,
        "state": case.state.value,
        "organisation": case.organisation,
        "channel": case.channel,
        "from": case.from_office,
        "category": case.category,
        "summary": case.summary,
        "is_clear": case.is_clear,
        "crosses": case.crosses,
        "member": case.member_id,
        "place": case.place,
        "station": case.station_id,
        "application": case.application,
        "opened_at": format_civil_instant(case.opened_at),
        "closed_at": case.closed_at and format_civil_instant(case.closed_at),
        "suspended_because": case.suspended_because,
        "suspended_until": case.suspended_until and format_civil_instant(case.suspended_until),
        "is_overdue": one.is_overdue,
        "caller": asdict(one.caller) if one.caller else None,
        "units": [
            {
                "unit": part.unit,
                "name": one.names.get(part.unit),
                "is_main": part.is_main,
                "accepted_at": part.accepted_at and format_civil_instant(part.accepted_at),
                "done_at": part.done_at and format_civil_instant(part.done_at),
            }
            for part in case.parts
        ],
        "clocks": [
            {
                "unit": clock.unit,
                "for": clock.kind,
                "due_at": clock.due_at and format_civil_instant(clock.due_at),
            }
            for clock in one.clocks
        ],
        "escalations": [
            {"unit": up.unit, "percent": up.percent, "to": up.to, "at": format_civil_instant(up.at)}
            for up in case.escalations
        ],
        "answers": [
            {"sentences": list(said.sentences), "decision": said.decision_id, "rule": said.rule_id}
            for said in case.answers
        ],
        "call_back": case.call_back and case.call_back.value,
    }


def case_history_json(history: CaseHistory) -> dict[str, object]:
    """Return a case with its history as JSON."""
    return {**case_json(history.status), "history": [_event_json(event) for event in history.events]}


def _event_json(event: CaseEvent) -> dict[str, object]:
    return {
        "version": event.version,
        "act": event.act.value,
        "at": format_civil_instant(event.at),
        "by": event.by,
        "data": dict(event.data),
    }


def caller_lines(caller: Caller, language: Language) -> Iterator[str]:
    """Yield a caller in clear, for an officer who gave a reason."""
    yield language.render(N_("caller {name}, {phone}"), name=caller.name or "—", phone=caller.phone or "—")
    if caller.transcript:
        yield caller.transcript


def deletion_lines(found: Sequence[CallerDeletion], language: Language) -> Iterator[str]:
    """Yield a line for each deletion, with its proof."""
    for one in found:
        yield language.render(
            N_("{at}: deleted the callers of {cases} cases; SHA-256 {digest}"),
            at=format_civil_instant(one.at)[:16],
            cases=one.cases,
            digest=one.digest,
        )
    if not found:
        yield language.translate(N_("no callers' data were due"))


def deletion_json(one: CallerDeletion) -> dict[str, object]:
    """Return the proof of a deletion as JSON."""
    return {
        "at": format_civil_instant(one.at),
        "by": one.by,
        "closed_before": one.closed_before and format_civil_instant(one.closed_before),
        "cases": one.cases,
        "digest": one.digest,
    }


_RATE_COLUMNS = (
    N_("unit's code (rates)"),
    N_("unit (rates)"),
    N_("month (rates)"),
    N_("accepted in time (rates)"),
    N_("of (accepted)"),
    N_("closed in time (rates)"),
    N_("of (closed)"),
    N_("satisfied (rates)"),
    N_("of (called back)"),
)


def rates_lines(found: HotlineRates, language: Language) -> Iterator[str]:
    """Yield a line for each unit and month."""
    for one in found.rates:
        yield language.render(
            N_(
                "{month}  {unit}: accepted in time {accepted}, closed in time {closed}, satisfied {satisfied}"
            ),
            month=one.month,
            unit=found.names.get(one.unit, one.unit),
            accepted=share_text(one.accepted),
            closed=share_text(one.closed),
            satisfied=share_text(one.satisfied),
        )
    if not found.rates:
        yield language.translate(N_("no cases"))


def share_text(share: Share) -> str:
    """Return a share as text: its percent and its numbers, or a dash for a share of nothing."""
    return f"{share.percent:.1f} % ({share.good}/{share.total})" if share.percent is not None else "—"


def rates_json(found: HotlineRates) -> list[dict[str, object]]:
    """Return the rates as JSON; a share of nothing has no percent."""

    def share_json(share: Share) -> dict[str, object]:
        return {"good": share.good, "total": share.total, "percent": share.percent}

    return [
        {
            "unit": one.unit,
            "name": found.names.get(one.unit),
            "month": one.month,
            "accepted": share_json(one.accepted),
            "closed": share_json(one.closed),
            "satisfied": share_json(one.satisfied),
        }
        for one in found.rates
    ]


def rates_csv(found: HotlineRates, language: Language) -> str:
    """Return the rates as CSV for spreadsheets; no cell can be read as a formula."""
    from yihui.views.csv_text import render_csv

    rows: list[list[object]] = [[language.translate(name) for name in _RATE_COLUMNS]]
    shares: tuple[Callable[[Share], int], ...] = (lambda share: share.good, lambda share: share.total)
    for one in found.rates:
        figures = [pick(share) for share in (one.accepted, one.closed, one.satisfied) for pick in shares]
        names = (one.unit, found.names.get(one.unit, ""), one.month)
        rows.append([*names, *figures])
    return render_csv(rows)
