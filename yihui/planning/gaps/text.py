"""Gaps on the terminal: the sums, then the heaviest gaps, each with its place, hours and demand."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from yihui.planning.caveats import caveat_lines
from yihui.planning.gaps.phrases import area_text, gap_name, gap_times_text
from yihui.planning.report.phrases import (
    demand_amount,
    demand_amount_text,
    demand_unit_label,
    distance_text,
    format_share,
    weekday_name,
)
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.gaps import Gap
    from yihui.planning.gaps.run import GapsResult


_A_WEEK = 168


def gap_lines(found: "GapsResult", language: Language, limit: int) -> Iterator[str]:
    """Yield the whole result as terminal lines; ``limit`` is the number of gaps of each kind, 0 for all."""
    yield from _head(found, language)
    lasting = [gap for gap in found.gaps if gap.is_lasting]
    at_times = [gap for gap in found.gaps if not gap.is_lasting]
    if len(found.instants) == 1:
        yield from _section(
            found, language, (N_("Without an open place"), found.lasting_demand), lasting, limit
        )
        return
    never = N_("Without an open place at any of these hours")
    yield from _section(found, language, (never, found.lasting_demand), lasting, limit)
    yield from _section(found, language, (N_("At some hours only"), found.temporary_demand), at_times, limit)


def gap_period_text(found: "GapsResult", language: Language) -> str:
    """Format the examined period: an instant, a week, or some hours of a week."""
    first, clock = found.instants[0].astimezone(CIVIL_TIME), found.order.clock
    if len(found.instants) == 1:
        return f"{first:%Y-%m-%d %H:%M}"
    monday = found.instants[0].astimezone(CIVIL_TIME).date().isoformat()
    if clock is None:
        return language.render(N_("in the week from {monday} on"), monday=monday)
    text = N_("in the week from {monday} on, daily {start}:00–{end}:00")
    return language.render(text, monday=monday, start=clock[0], end=clock[1])


def _head(found: "GapsResult", language: Language) -> Iterator[str]:
    unit, total = found.demand.unit, found.demand.total
    sample = f" [{language.render(N_('sample'))}]" if found.is_sample else ""
    yield (
        language.render(
            N_("{area}, {when}: where no usable place is open within {radius}"),
            area=found.area_name,
            when=gap_period_text(found, language),
            radius=distance_text(found.order.radius_m, language),
        )
        + sample
    )
    yield language.render(
        N_("Demand: {demand}, {title}"),
        demand=demand_amount_text(total, unit, language),
        title=found.demand_title,
    )
    if len(found.instants) > 1:
        yield language.render(
            N_("Worst hour: {hour}, {unmet} ({share}) without"),
            hour=_hour(found.instants[found.worst], language),
            unmet=demand_amount_text(found.worst_unmet, unit, language),
            share=format_share(found.worst_unmet / total),
        )
    yield from caveat_lines(language, found.order.demand, found.unknown)


def _hour(when: datetime, language: Language) -> str:
    civil = when.astimezone(CIVIL_TIME)
    return f"{weekday_name(civil.weekday(), language)} {civil.hour}:00"


def _section(
    found: "GapsResult", language: Language, kind: tuple[str, float], gaps: "Sequence[Gap]", limit: int
) -> Iterator[str]:
    title, demand = kind
    yield ""
    yield language.render(
        N_("{title}: {demand} ({share}) in {count} gaps"),
        title=language.translate(title),
        demand=demand_amount_text(demand, found.demand.unit, language),
        share=format_share(demand / found.demand.total),
        count=f"{len(gaps):,}",
    )
    where = found.whereabouts_by_id
    listed = gaps[: limit or None]
    for rank, gap in enumerate(listed, 1):
        yield f"{rank:>3}  {gap_name(language, where[gap.id])}"
        yield f"     {_facts(found, language, gap)}"
    if len(listed) < len(gaps):
        told = N_("     {count} more are not listed; --limit 0 lists all")
        yield language.render(told, count=f"{len(gaps) - len(listed):,}")


def _facts(found: "GapsResult", language: Language, gap: "Gap") -> str:
    unit = found.demand.unit
    parts = [area_text(language, gap.area_m2)]
    if unit == GROUND_UNIT:
        parts = [area_text(language, gap.demand)]  # the area of whole cells would be a little larger
    else:
        parts = [f"{demand_amount(gap.demand, unit)} {demand_unit_label(unit, language)}", *parts]
    if not gap.is_lasting:
        parts.append(gap_times_text(language, gap.unmet, found.instants))
        if len(found.instants) == _A_WEEK:
            parts.append(language.render(N_("{count} hours a week"), count=gap.hours))
    parts += [f"{gap.lon:.4f}, {gap.lat:.4f}", gap.id]
    return " · ".join(parts)
