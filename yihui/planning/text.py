"""Texts that all planning questions share: shares, distances, demand, hours, sources, caveats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite

from core.calendars import Calendar, Festival, workday_table
from core.civil_time import civil_date
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT, WEIGHTED_UNIT
from geo.usage_counts import MIN_GROUP_SIZE, StationUse
from yihui.frame.cells import short_text
from yihui.runtime.language import Language

# Labels of the units of demand.
DEMAND_UNIT_LABELS: Mapping[str, str] = {
    PEOPLE_UNIT: N_("people living there"),
    GROUND_UNIT: N_("ground"),
    "searches": N_("searches"),
    "orders": N_("orders"),
    WEIGHTED_UNIT: N_("residents and riders, weighted"),
}
_AMOUNTS: Mapping[str, str] = {
    PEOPLE_UNIT: N_("{amount} people"),
    "orders": N_("{amount} orders"),
    "searches": N_("{amount} searches"),
    "points": N_("{amount} rows"),
    WEIGHTED_UNIT: N_("{amount} people, weighted"),
}
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_TEN_THOUSAND = 10_000
_MAX_DISTANCE_KM = 100  # distances beyond it are not computed
_BUSIEST = 3  # busiest hours shown for a place


def demand_unit_label(unit: str, language: Language) -> str:
    """Return the label of a unit of demand (residents, searches, …). A user's own unit stays as it is."""
    return language.translate(DEMAND_UNIT_LABELS[unit]) if unit in DEMAND_UNIT_LABELS else unit


def access_denominator(unit: str) -> float:
    """Return the demand to which access refers: 10,000 units, or 1 km² of ground (in m²)."""
    return 1e6 if unit == GROUND_UNIT else 10_000.0


def access_denominator_text(unit: str, language: Language) -> str:
    """Return the amount of demand to which access relates: 万人, 平方公里, 万单."""
    if unit == GROUND_UNIT:
        return language.render(N_("square kilometre"))
    if unit == PEOPLE_UNIT:
        return language.render(N_("10,000 residents"))
    return language.render(N_("10,000 {who}"), who=demand_unit_label(unit, language))


def format_share(share: float) -> str:
    """Format a share as per cent with one decimal, or “–” if it is not finite."""
    return f"{100 * share:.1f}%" if isfinite(share) else "–"


def distance_text(metres: float, language: Language) -> str:
    """Format a distance: metres below 1.5 km, else kilometres; “beyond 100 km” for infinity."""
    if not isfinite(metres):
        return language.render(N_("beyond {count} km"), count=_MAX_DISTANCE_KM) if metres > 0 else "–"
    if metres < 1_500 and metres % 1_000:
        return language.render(N_("{count} m"), count=f"{metres:,.0f}")
    return language.render(N_("{count} km"), count=f"{metres / 1_000:,.1f}".removesuffix(".0"))


def demand_size(value: float, unit: str) -> float:
    """Return a demand in the unit that readers see: ground in km²."""
    return value / 1e6 if unit == GROUND_UNIT else value


def demand_amount(value: float, unit: str) -> str:
    """Format a demand in full for a table."""
    return f"{demand_size(value, unit):,.0f}"


def sample_mark(is_sample: bool, language: Language) -> str:
    """Return what stands behind a heading whose stations are generated; else nothing."""
    return f" [{language.render(N_('sample'))}]" if is_sample else ""


def demand_amount_text(value: float, unit: str, language: Language, is_short: bool = False) -> str:
    """Format a demand with its unit for a sentence: 9,876 人; 1,234,000 人, or in short 123.4 万人. A unit from a column's header stays as it is."""
    if unit == GROUND_UNIT:
        return area_text(language, value)
    template = _AMOUNTS.get(unit, "{amount} {unit}")
    if is_short and language.code == "zh" and value >= _TEN_THOUSAND:
        figure = f"{value / _TEN_THOUSAND:,.1f} 万"
        return language.render(template, amount=figure, unit=unit).replace("万 ", "万")
    whole = is_short or value == int(value) or abs(value) >= 1_000
    return language.render(template, amount=f"{value:,.0f}" if whole else f"{value:,.2f}", unit=unit)


def area_text(language: Language, area_m2: float) -> str:
    """Format an area in square kilometres, with one decimal below 100 km²."""
    km2 = demand_size(area_m2, GROUND_UNIT)
    return language.render(N_("{count} km²"), count=f"{km2:,.0f}" if km2 >= 100 else f"{km2:,.1f}")


def day_text(day: date | datetime, language: Language) -> str:
    """Format a civil day, or an instant in civil time, as pages do, with its year: 2026年10月9日 10:00."""
    return short_text(day, language, None) or ""


def month_text(month: date, language: Language) -> str:
    """Format the month of a day: 2026年10月."""
    return language.render(N_("{month}/{year}"), year=month.year, month=month.month)


_HOLIDAYS: Mapping[Festival, str] = {
    Festival.SPRING: N_("Spring Festival"),
    Festival.NEW_YEAR: N_("New Year"),
    Festival.QINGMING: N_("Qingming"),
    Festival.LABOUR: N_("May Day"),
    Festival.DRAGON_BOAT: N_("Dragon Boat Festival"),
    Festival.MID_AUTUMN: N_("Mid-Autumn Festival"),
    Festival.NATIONAL: N_("National Day"),
}


def week_holiday_text(monday: date, language: Language) -> str:
    """Name the holidays of a week in brackets, for its mean; an empty text for an ordinary week."""
    days = (monday + timedelta(days=n) for n in range(len(_DAYS)))
    return holiday_text(days, language, N_(" (with the {names} holiday)"))


def holiday_text(days: Iterable[date], language: Language, template: str = N_(", {names} holiday")) -> str:
    """Name the holidays to which some days belong, after a comma; an empty text for ordinary days."""
    table = workday_table(Calendar.CN)
    found = dict.fromkeys(one for day in days for one in table.list_holidays(day))
    names = language.format_list(language.translate(_HOLIDAYS[one]) for one in found)
    return language.render(template, names=names) if found else ""


def moment_text(at: datetime, language: Language) -> str:
    """Format an instant in civil time, and name its holiday: 2026年10月1日 10:00，国庆假期."""
    return day_text(at, language) + holiday_text([civil_date(at)], language)


def night_text(at: datetime, language: Language) -> str:
    """Name the mean of the eight hours of a night; it begins at an instant."""
    return language.render(N_("night of {day}, mean of 22:00–6:00"), day=day_text(civil_date(at), language))


@dataclass(frozen=True, slots=True)
class Source:
    """The source of some figures, in the reader's language, and the date of its data (None: not stated)."""

    text: str
    day: date | None = None


def source_text(source: Source, language: Language) -> str:
    """Format the source of figures, with its date if it is known."""
    if source.day is None:
        return source.text
    day = day_text(source.day, language)
    return language.render(N_("{source}, as of {day}"), source=source.text, day=day)


def weekday_text(at: datetime, language: Language) -> str:
    """Return the short name of an instant's weekday, and its holiday: 周四，国庆假期."""
    day = civil_date(at)
    return weekday_name(day.weekday(), language) + holiday_text([day], language)


def weekday_name(number: int, language: Language) -> str:
    """Return the short name of a weekday; 0 is Monday."""
    return language.translate(_DAYS[number])


def hour_of_week_text(hour: int, language: Language) -> str:
    """Format an hour of the week, counted from Monday 00:00: 周三 10:00."""
    return f"{weekday_name(hour // 24, language)} {hour % 24:02d}:00"


def distance_band_text(from_m: float, to_m: float, language: Language) -> str:
    """Format a band of distances: 500 m – 1 km, beyond 100 km."""
    if not isfinite(to_m):
        return distance_text(to_m, language)
    if from_m <= 0:
        return language.render(N_("up to {distance}"), distance=distance_text(to_m, language))
    return f"{distance_text(from_m, language)} – {distance_text(to_m, language)}"


def busiest_hours_text(use: StationUse, language: Language) -> str:
    """Format the hours of the week with the most rests: 周六 23:00 (14). The text is empty if no single hour may be published."""
    return language.format_list(
        language.render(N_("{hour}: {count}"), hour=hour_of_week_text(hour, language), count=count)
        for hour, count in use.busiest[:_BUSIEST]
    )


def rest_months_text(months: Sequence[date], language: Language) -> str:
    """Name the months of the rest counts, and state that the counts are anonymous."""
    told = N_("months: {months}; anonymous counts, none of fewer than {least}")
    named = language.format_list(month_text(month, language) for month in months)
    return language.render(told, months=named, least=MIN_GROUP_SIZE)


ACCESS_TITLE = N_("open places per {head} within {radius} (2SFCA)")
