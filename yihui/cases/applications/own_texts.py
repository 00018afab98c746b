"""A member's applications in the words of her own page: forms, what stands in the way, stages with their days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.civil_time import civil_date
from core.money import format_yuan
from core.text_marks import N_
from members import ApplicationStep
from members.applications import RecordedApplicationAct
from rules.facts import payload_facts
from yihui.cases.applications.deadlines import find_own_deadline
from yihui.cases.applications.listed import NoticeLine
from yihui.cases.applications.own_applications import ApplicableRule, OwnApplication
from yihui.cases.applications.rule_forms import FIELD_TITLES, ApplicationForm, RuleReason
from yihui.cases.applications.stages import StageKind
from yihui.cases.benefits.own_texts import deadline_text
from yihui.runtime.language import Language
from yihui.views.condition_words import render_condition
from yihui.views.fact_values import format_fact_value
from yihui.views.remedies import AdvisedReason, advice_text, find_remedy

_STEPS: Mapping[str, str] = {
    "application.submitted": N_("You handed it in; papers: {papers}"),
    "application.accepted": N_("{stage} passed it"),
    "application.rejected": N_("It was sent back to you"),
    "application.published": N_("The public notice began"),
    "application.confirmed": N_("The union confirmed it"),
    "application.withdrawn": N_("It was withdrawn"),
    "application.refused": N_("The union refused it"),
    "application.appealed": N_("You appealed"),
}
_ON_NOTICE = N_("{name}: {programme} {year}")
_NO_NAME = N_("name not known here")
_NOTICE_UNTIL = N_("public notice until {last}, that day included")
_NO_LAST_DAY = N_("public notice; the union says until when")
_OBJECTIONS = N_("Objections that are being examined: {count}")
_WITH_REASON = frozenset({"return", "uphold", "refuse", "appeal"})  # what the member may read
_TO_COME: Mapping[StageKind, str] = {
    "publish": N_("Public notice: {days} days"),
    "notice": N_("Public notice until {end}"),
    "confirm": N_("The union confirms it, and the rules decide"),
}
_DONE_FIRST: Sequence[StageKind] = ("review", "objections", "publish", "notice", "confirm")


@dataclass(frozen=True, slots=True)
class ApplicableView:
    """A rule that the member can apply for. ``end`` is its last day in words; ``soon`` if that is near."""

    id: str
    title: str
    end: str
    soon: bool
    opens: str
    reasons: Sequence[AdvisedReason]
    open_number: int | None
    attachments: int


def applicable_view(one: ApplicableRule, today: date, language: Language) -> ApplicableView:
    """Return a rule of the list, with what stands in the way."""
    rule, last = one.form.rule, find_own_deadline(one.form, one.last_day, today)
    reasons = [reason_view(reason, language) for reason in one.reasons]
    if one.audience is not None and rule.definition.among is not None:
        words = render_condition(rule.definition.on, rule.definition.among, one.audience, language)
        text = language.render(N_("It is for whom this holds: {condition}"), condition=words)
        reasons.insert(0, AdvisedReason(text, "", find_remedy(one.audience, _has_every_page)))
    return ApplicableView(
        rule.id,
        rule.definition.title,
        deadline_text(N_("can be applied for until {day}"), last, today, language) if last else "",
        last is not None and (last - today).days <= 7,
        language.render(N_("begins on {day}"), day=one.opens_on) if one.opens_on else "",
        reasons,
        one.open_number,
        one.form.attachments,
    )


def _has_every_page(path: str) -> bool:
    return path != "/me/apply"  # this very page


def reason_view(reason: RuleReason, language: Language) -> AdvisedReason:
    """Return a condition that does not hold, what can be done, and the act that mends it."""
    return AdvisedReason(
        language.translate(reason.text),
        advice_text(reason.remedy or "", language),
        find_remedy(reason.values, _has_every_page, reason.remedy or ""),
    )


def fixed_texts(form: ApplicationForm, language: Language) -> list[tuple[str, str]]:
    """Return what a rule leaves no choice of, title and value."""
    return [
        (language.translate(FIELD_TITLES[name]), format_fact_value(f"event.{name}", value, language))
        for name, value in form.fixed.items()
    ]


def notice_texts(line: NoticeLine, member: str, language: Language) -> tuple[str, str]:
    """Return an applicant on a notice, and how long objections can be sent."""
    until = language.render(_NOTICE_UNTIL, last=line.last) if line.last else language.translate(_NO_LAST_DAY)
    return notice_title(line, member, language), until


def notice_title(line: NoticeLine, member: str, language: Language) -> str:
    """Return who is on a notice, and for what."""
    one = line.listed
    name = (
        language.translate(N_("You")) if one.member == member else line.name or language.translate(_NO_NAME)
    )
    return language.render(_ON_NOTICE, name=name, programme=one.programme, year=one.year)


def resubmission_text(own: OwnApplication, today: date, language: Language) -> str:
    """Return by which day an application that was sent back comes again; empty if any day is as good."""
    if own.last_day is None:
        return ""
    if own.last_day < today:
        over = N_("its day was {day}: handed in now, it counts from today")
        return language.render(over, day=own.last_day)
    return deadline_text(N_("hand it in again by {day}"), own.last_day, today, language)


def step_texts(
    step: ApplicationStep, act: RecordedApplicationAct | None, language: Language
) -> tuple[str, date, str]:
    """Return what was done, its day, and the officer's words to the member."""
    kind = step.type
    if step.accepted is not None:
        kind = "application.accepted" if step.accepted else "application.rejected"
    text = language.render(_STEPS[kind], papers=len(set(step.attachments)), stage=step.stage or "")
    if act is not None and act.kind in ("object", "dismiss"):
        text = language.render(_OBJECTIONS, count=step.objections or 0)
    is_for_her = act is not None and (act.kind in _WITH_REASON or act.officer == act.member_id)
    return text, civil_date(step.effective_at), act.reason if act is not None and is_for_her else ""


def list_stages_to_come(own: OwnApplication, language: Language) -> list[str]:
    """Return the stages that are ahead of an application."""
    kind, progress = own.listed.stage.kind, own.listed.stage.progress
    if kind not in _DONE_FIRST or progress is None:
        return []
    coming = [
        language.render(N_("{stage} checks it"), stage=stage)
        for stage in own.terms.reviews
        if stage not in progress.accepted
    ]
    if own.notice_end is not None and kind in ("notice", "objections"):
        coming.append(language.render(_TO_COME["notice"], end=own.notice_end))
    elif own.terms.notice_days and progress.published_on is None:
        template = (
            N_("Public notice: {days} work-days") if own.terms.counts_work_days else _TO_COME["publish"]
        )
        coming.append(language.render(template, days=own.terms.notice_days))
    return [*coming, language.translate(_TO_COME["confirm"])]


def stated_texts(stated: Mapping[str, object], language: Language) -> list[tuple[str, str]]:
    """Return what was handed in, title and value."""
    known = payload_facts("application.submitted")
    return [
        (
            language.translate(FIELD_TITLES.get(name, known[name].title)),
            format_yuan(value)
            if name == "amount_fen" and isinstance(value, int)
            else format_fact_value(f"event.{name}", value, language),
        )
        for name, value in stated.items()
        if name in FIELD_TITLES
    ]
