"""How a report says its numbers: shares, distances, amounts, hours, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT
from geo.search_counts import MIN_GROUP_SIZE
from yihui.planning.study.study import MAX_SEARCH_DISTANCE_M, StudySource
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.rest_counts import StationUse
    from yihui.planning.study.study import Study

N_ = str  # marks a text for the message catalogue

# What the demand's unit is called: who is served, and how many of them.
WHO: Mapping[str, str] = MappingProxyType(
    {
        PEOPLE_UNIT: N_("people living there"),
        GROUND_UNIT: N_("ground"),
        "searches": N_("searches"),
        "orders": N_("orders"),
    }
)
_COUNTED: Mapping[str, str] = MappingProxyType(
    {PEOPLE_UNIT: N_("{count} residents"), GROUND_UNIT: N_("{count} km²")}
)
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_TEN_THOUSAND = 10_000
_BUSIEST = 3  # hours that are told of a place


def who(unit: str, language: Language) -> str:
    """Who or what is served: residents, searches, …; a user's own unit as it is."""
    return language.translate(WHO[unit]) if unit in WHO else unit


def head(unit: str, language: Language) -> str:
    """Of how much demand access tells the places: 万人, 平方公里, 万单."""
    if unit == GROUND_UNIT:
        return language.render(N_("square kilometre"))
    if unit == PEOPLE_UNIT:
        return language.render(N_("10,000 residents"))
    return language.render(N_("10,000 {who}"), who=who(unit, language))


def percent(share: float) -> str:
    """A share with one decimal, – where there is none."""
    return f"{100 * share:.1f}%" if isfinite(share) else "–"


def distance_text(metres: float, language: Language) -> str:
    """Metres below a kilometre and a half, kilometres from there on, “beyond 100 km” for infinite."""
    if not isfinite(metres):
        return (
            language.render(N_("beyond {count} km"), count=f"{MAX_SEARCH_DISTANCE_M / 1_000:g}")
            if metres > 0
            else "–"
        )
    if metres < 1_500 and metres % 1_000:
        return language.render(N_("{count} m"), count=f"{metres:,.0f}")
    return language.render(N_("{count} km"), count=f"{metres / 1_000:,.1f}".removesuffix(".0"))


def amount(value: float, unit: str) -> str:
    """Demand in full, for a table. Ground is in km²."""
    return f"{value / 1e6 if unit == GROUND_UNIT else value:,.0f}"


def amount_text(value: float, unit: str, language: Language) -> str:
    """Demand with its unit, for a sentence: 9,876 人, 123.4 万人."""
    template = language.translate(_COUNTED.get(unit, N_("{count} {unit}")))
    size = value / 1e6 if unit == GROUND_UNIT else value
    if language.code == "zh" and size >= _TEN_THOUSAND:
        return template.format(count=f"{size / _TEN_THOUSAND:,.1f} 万", unit=who(unit, language)).replace(
            "万 ", "万"
        )
    return template.format(count=f"{size:,.0f}", unit=who(unit, language))


def clock(at: datetime, language: Language) -> str:
    """An instant as a report says it: 2026年10月9日 10:00."""
    civil = at.astimezone(CIVIL_TIME)
    return f"{day_text(civil, language)} {civil:%H:%M}"


def of_now(study: "Study", by_day: str, otherwise: str, language: Language, **values: object) -> str:
    """What is said of the moment looked at: that it is by day only where it is; else its {hour}."""
    return language.render(by_day if study.is_daytime else otherwise, hour=hour_text(study), **values)


def hour_text(study: "Study") -> str:
    return f"{study.order.at.astimezone(CIVIL_TIME):%H:%M}"


def day_text(day: date, language: Language) -> str:
    """A civil date in words."""
    return language.render(N_("{year}-{month:02d}-{day:02d}"), year=day.year, month=day.month, day=day.day)


def source_text(source: StudySource, language: Language) -> str:
    """Where figures come from, with their day where it is known."""
    if source.day is None:
        return source.text
    return language.render(
        N_("{source}, as of {day}"), source=source.text, day=day_text(source.day, language)
    )


def weekday(number: int, language: Language) -> str:
    """Monday is 0."""
    return language.translate(_DAYS[number])


def hour_of_week(hour: int, language: Language) -> str:
    """An hour of the week, Monday at 00:00 being 0: 周三 10:00."""
    return f"{weekday(hour // 24, language)} {hour % 24:02d}:00"


def band_text(from_m: float, to_m: float, language: Language) -> str:
    """A band of distances: 500 m – 1 km, beyond 100 km."""
    if not isfinite(to_m):
        return distance_text(to_m, language)
    return f"{distance_text(from_m, language)} – {distance_text(to_m, language)}"


def busiest_text(use: "StationUse", language: Language) -> str:
    """The hours of the week with most rests: 周六 23:00 (14); empty where no hour may be told alone."""
    return language.format_list(
        language.render(N_("{hour}: {count}"), hour=hour_of_week(hour, language), count=count)
        for hour, count in use.busiest[:_BUSIEST]
    )


def months_text(months: Sequence[date], language: Language) -> str:
    """Of which months rests are told, and that they are anonymous."""
    told = N_("months: {months}; anonymous counts, none of fewer than {least}")
    return language.render(
        told, months=language.format_list(f"{month:%Y-%m}" for month in months), least=MIN_GROUP_SIZE
    )
