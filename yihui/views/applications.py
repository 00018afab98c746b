"""Applications for officers (lines) and programs (JSON): their steps and the facts they lead to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from core.civil_time import civil_date
from core.text_marks import N_
from geo.calendars import Calendar, workday_table
from members import ApplicationStep, FactValue, application_facts, steps_by_application
from rules import fact_values_json
from yihui.runtime.language import Language
from yihui.views.fact_values import format_fact_value
from yihui.views.outcomes import fact_title

APPLICATION_STEP_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "application.submitted": N_("submitted, attachments: {attachments}"),
        "application.accepted": N_("accepted by {stage} ({reviewer})"),
        "application.rejected": N_("sent back by {stage} ({reviewer})"),
        "application.published": N_("shown to the public"),
        "application.confirmed": N_("confirmed"),
        "application.withdrawn": N_("withdrawn"),
    }
)


def applications_json(steps: Sequence[ApplicationStep], day: date) -> list[dict[str, object]]:
    """Return each application with its steps up to a day, in order of time, and the facts that rules read."""
    return [
        {
            "application": application,
            "programme": taken[0].programme,
            "year": taken[0].year,
            "facts": dict(fact_values_json(tuple(_facts(steps, application, day).items()))),
            "steps": [_step(step) for step in taken],
        }
        for application, taken in _taken(steps, day)
    ]


def applications_lines(steps: Sequence[ApplicationStep], day: date, language: Language) -> Iterator[str]:
    """Yield the same applications as terminal lines."""
    found = _taken(steps, day)
    if not found:
        yield language.render(N_("nothing was applied for"))
    for application, taken in found:
        yield language.render(
            N_("{title} {year} ({number})"), title=taken[0].programme, year=taken[0].year, number=application
        )
        for step in taken:
            yield f"  {civil_date(step.effective_at)}  {application_step_text(step, language)}"
        for path, value in _facts(steps, application, day).items():
            title = fact_title("application.confirmed", path, language)
            shown = format_fact_value(path, value, language)
            yield "    " + language.render(N_("{name}: {detail}"), name=title, detail=shown)


def _taken(steps: Sequence[ApplicationStep], day: date) -> list[tuple[str, Sequence[ApplicationStep]]]:
    """Return the applications that had at least one step by the day, each with those steps."""
    known = [step for step in steps if civil_date(step.effective_at) <= day]
    return list(steps_by_application(known).items())


def _facts(steps: Sequence[ApplicationStep], application: str, day: date) -> Mapping[str, FactValue]:
    return application_facts(steps, application, day, workday_table(Calendar.CN))


def _step(step: ApplicationStep) -> dict[str, object]:
    return {
        "type": step.type,
        "at": step.effective_at.isoformat(),
        "source": step.source,
        "event": step.event_id,
        "stage": step.stage,
        "reviewer": step.reviewer,
        "accepted": step.accepted,
        "attachments": list(step.attachments),
        "objections": step.objections,
    }


def application_step_text(step: ApplicationStep, language: Language) -> str:
    """Return what a step did, as a sentence."""
    kind = step.type
    if step.accepted is not None:
        kind = "application.accepted" if step.accepted else "application.rejected"
    unknown = language.render(N_("not known"))
    said = language.render(
        APPLICATION_STEP_TEXTS[kind],
        attachments=len(set(step.attachments)),
        stage=step.stage or unknown,
        reviewer=step.reviewer or unknown,
    )
    if step.objections is None:
        return said
    return language.join_clauses(
        [said, language.render(N_("objections still open: {count}"), count=step.objections)]
    )
