"""Show the terms on which a rule grants: limits, quota, dependencies and deadlines."""

from collections.abc import Iterator

from core.text_marks import N_
from rules import Allocation, Dependency, Limit, LowerLevels, Process, RuleDefinition
from rules.model.allocation import Share
from rules.model.period import is_counting_period, is_duration
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.condition_words import yearly_day_text
from yihui.views.names import budget_label
from yihui.views.rule_lines import (
    YEAR_END_TEXTS,
    basis_text,
    duration_text,
    field_line,
    figure_text,
    money_text,
    period_text,
    span_text,
    stated_duration_text,
    with_parameter_name,
)

ALLOCATION_TEXTS = {
    "first_come": N_("{quota} places, first come first served"),
    "lottery": N_("{quota} places, drawn by lot"),
    "by_rank": N_("{quota} places, by rank"),
}
NOTICE_TIME_TEXTS = {"work_days": N_("{count} working days"), "days": N_("{count} days")}
DEPENDENCY_TEXTS = {"granted": N_("only after {rule} was granted"), "used": N_("only after {rule} was used")}
_ON_CHANGE_TEXTS = {
    "keep": N_("who already waits when this version begins keeps the value of the day of joining the list"),
    "reprice": N_("who already waits when this version begins gets the value of this version"),
    "ask": N_(
        "who already waits when this version begins is served once an officer has decided which value holds"
    ),
}
_SHARE_TEXTS = {
    "down": N_("{places} of every {of} who take part (rounded down)"),
    "up": N_("{places} of every {of} who take part (rounded up)"),
}
MEMBER_AS_OF = N_("what is known of the member on the day on which it happened counts")
_STAGE_TITLES = {
    "publish": N_("publishing it"),
    "objections": N_("answering objections"),
    "confirm": N_("confirming it"),
}


def terms_lines(
    definition: RuleDefinition, language: Language, names: RecordNames = NO_NAMES
) -> Iterator[str]:
    """Yield all terms besides the conditions and the benefits."""
    for limit in definition.limits:
        yield from field_line(language, N_("limit"), _limit(definition, limit, language))
    yield from place_lines(definition, language)
    for dependency in definition.depends:
        yield from dependency_lines(definition, dependency, language)
    yield from field_line(
        language, N_("budget"), definition.budget and budget_label(definition.budget, names)
    )
    yield from time_lines(definition, language)
    if definition.member_as_of:
        yield from field_line(language, N_("member's facts"), language.translate(MEMBER_AS_OF))
    yield from field_line(language, N_("caps"), language.format_list(definition.caps))
    if definition.process:
        yield from process_lines(definition.process, language)
    if definition.lower_levels:
        yield from lower_level_lines(definition.lower_levels, language)


def parameter_lines(
    definition: RuleDefinition, language: Language, *, with_names: bool = True
) -> Iterator[str]:
    """Yield every named figure: its title, value and bounds; ``with_names`` as the rule's text calls it."""
    for name, held in definition.parameters.items():
        value = str(held.value)
        if held.kind == "fen" and isinstance(held.value, int):
            value = money_text(held.value, language)
        elif isinstance(held.value, str) and is_counting_period(held.value):
            value = period_text(held.value, language)
        elif is_duration(held.value):
            value = stated_duration_text(value, language)
        elif held.unit:
            value = f"{value} {held.unit}"
        bounds = ["" if bound is None else str(bound) for bound in (held.least, held.most)]
        if any(bounds) and held.kind == "fen":
            bounds = [money_text(int(bound), language) if bound else "" for bound in bounds]
        told = f"{held.title}  {value}" + (f"  ({' … '.join(bounds)})" if any(bounds) else "")
        yield from field_line(language, f"param.{name}" if with_names else N_("figure"), told)
        for basis in held.basis:
            yield from field_line(language, N_("basis"), basis_text(basis, language), 2)


def _limit(definition: RuleDefinition, limit: Limit, language: Language) -> str:
    times = language.render(N_("{times} times"), times=definition.resolve_figure(limit.times))
    told = f"{with_parameter_name(limit.times, times)}  {_period(definition, limit.every, language)}"
    per = [language.translate(N_("member")) if one == "member" else one for one in limit.per]
    where = f"  ? {limit.where}" if limit.where else ""
    return f"{told}  ({language.format_list(per)}){_shared(limit, language)}{where}"


def _shared(limit: Limit, language: Language) -> str:
    return (
        language.render(N_(", together with all benefits of “{name}”"), name=limit.shared)
        if limit.shared
        else ""
    )


def _period(definition: RuleDefinition, every: object, language: Language) -> str:
    return with_parameter_name(every, period_text(definition.resolve_period(every), language))  # type: ignore[arg-type]


def place_lines(definition: RuleDefinition, language: Language) -> Iterator[str]:
    """Yield how many places there are, and who gets them."""
    allocate = definition.allocate
    if allocate.mode == "everyone":
        return
    places = [allocate.quota] if allocate.quota is not None else [*allocate.outermost_quotas.values()]
    count: object = sum(definition.resolve_figure(place) for place in places)
    if allocate.share is not None:
        count = _share_text(definition, allocate.share, language)
    told = with_parameter_name(allocate.quota, language.render(ALLOCATION_TEXTS[allocate.mode], quota=count))
    period = _period(definition, allocate.every, language)
    yield from field_line(language, N_("quota"), f"{told}  {period}")
    if allocate.quota_per:
        yield from field_line(language, N_("so many for each"), ", ".join(allocate.quota_per), 2)
    for code, size in (allocate.quotas or {}).items():
        yield from field_line(language, code, figure_text(definition, size), 2)
    yield from _entry_lines(definition, allocate, language)


def _share_text(definition: RuleDefinition, share: Share, language: Language) -> str:
    places, of = figure_text(definition, share.places), figure_text(definition, share.of)
    return language.render(_SHARE_TEXTS[share.round], places=places, of=of)


def _entry_lines(definition: RuleDefinition, allocate: Allocation, language: Language) -> Iterator[str]:
    if allocate.share is not None:
        told = N_(
            "all whom the rule considers in the period take part, granted or not; counted once, when the entries are fixed"
        )
        yield "    " + language.translate(told)
    if allocate.entries:
        yield from field_line(language, N_("entries are collected"), span_text(allocate.entries, language), 2)
    yield from field_line(language, N_("rank, highest first"), allocate.rank, 2)
    yield from field_line(language, N_("lots of each member"), allocate.weight, 2)
    for group in allocate.groups:
        places = language.render(
            N_("{count} places are kept for"), count=figure_text(definition, group.places)
        )
        yield from field_line(language, places, group.where, 2)
    if allocate.waiting_list:
        yield "    " + language.translate(N_("who comes too late is put on the waiting list"))
    if definition.on_change:
        yield "    " + language.translate(_ON_CHANGE_TEXTS[definition.on_change.waiting])


def dependency_lines(definition: RuleDefinition, dependency: Dependency, language: Language) -> Iterator[str]:
    """Yield how the rule stands beside another one."""
    if dependency.after:
        told = language.render(DEPENDENCY_TEXTS[dependency.state], rule=dependency.after)
        if dependency.within:
            within = duration_text(definition, dependency.within, language)
            told += "  " + language.render(N_("at most {time} before"), time=within)
    else:
        others = language.format_list(dependency.better_of or ())
        told = language.render(N_("only the more valuable of this and {rules}"), rules=others)
    yield from field_line(language, N_("beside other rules"), told)
    yield from field_line(language, N_("otherwise"), dependency.otherwise, 2)
    yield from field_line(language, N_("remedy"), dependency.remedy, 2)


def time_lines(definition: RuleDefinition, language: Language) -> Iterator[str]:
    """Yield until when a benefit is claimed and used, how late it may become known, and what is taken back."""
    if definition.claim:
        within = duration_text(definition, definition.claim.within, language)
        yield from field_line(language, N_("to be claimed within"), within)
    if definition.expires:
        label = N_("lasts until") if definition.expires in YEAR_END_TEXTS else N_("expires after")
        ends = [duration_text(definition, definition.expires, language)]
        if any(part.kind == "cash" for part in definition.benefits):
            ends.append(language.translate(N_("cash has no end")))
        yield from field_line(language, label, language.join_clauses(ends))
    if definition.grace:
        within = duration_text(definition, definition.grace, language)
        yield from field_line(language, N_("may become known late by at most"), within)
    for clawback in definition.clawback:
        within = duration_text(definition, clawback.within, language)
        told = language.render(
            N_("{percent} % where {event} occurs within {time}"),
            percent=clawback.share_percent,
            event=clawback.on,
            time=within,
        )
        yield from field_line(language, N_("taken back"), told)
        yield from field_line(language, N_("the member is told"), clawback.text, 2)


def process_lines(process: Process, language: Language) -> Iterator[str]:
    """Yield how an application goes: its form, papers, reviews and public notice."""
    yield from field_line(language, N_("applied for as"), process.programme)
    if window := process.window:
        first, last = (
            yearly_day_text(int(day[:2]), int(day[3:]), language) for day in (window.since, window.until)
        )
        told = language.render(N_("each year from {first} to {last}"), first=first, last=last)
        yield from field_line(language, N_("time to apply"), told, 2)
    if process.within:
        told = language.render(N_("within {count} days of what happened"), count=process.within[1:-1])
        yield from field_line(language, N_("time to apply"), told, 2)
    if process.attachments:
        told = language.render(N_("at least {count}, each only once"), count=process.attachments)
        yield from field_line(language, N_("papers attached"), told, 2)
    if process.reviews:
        told = " → ".join(process.reviews)
        if len(process.reviews) > 1:
            told += "  " + language.translate(N_("(in this order, by different reviewers)"))
        yield from field_line(language, N_("reviews"), told, 2)
    if process.public_notice:
        notice = process.public_notice
        yield from field_line(
            language,
            N_("public notice"),
            language.render(NOTICE_TIME_TEXTS[notice.counted], count=notice.days),
            2,
        )
    if process.work_days:
        told = language.format_list(
            language.render(
                N_("{stage} {count} work-days"),
                stage=language.translate(_STAGE_TITLES.get(stage, stage)),
                count=count,
            )
            for stage, count in process.work_days.items()
        )
        yield from field_line(language, N_("within"), told, 2)


def lower_level_lines(levels: LowerLevels, language: Language) -> Iterator[str]:
    """Yield what organisations below may set for themselves."""
    said = []
    if levels.may_set:
        names = language.format_list(f"param.{name}" for name in levels.may_set)
        said.append(language.render(N_("set {names}"), names=names))
    if levels.may_require:
        said.append(language.translate(N_("add conditions")))
    if levels.may_top_up:
        most = money_text(levels.may_top_up.most_fen, language)
        said.append(language.render(N_("add up to {amount}"), amount=most))
    yield from field_line(language, N_("organisations below may"), language.join_clauses(said))
