"""A scenario's comparison in words and tables, for the page, the workbook and the printed report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from core.text_marks import N_
from geo.scenario import HoursChanged, ScenarioChange, StationAdded, StationMoved
from yihui.planning.report.tables import CellValue, ColumnUnit, ReportTable, TableColumn
from yihui.planning.scenario.data import ACCESS_ENDS, GapFigures, ScenarioFigures
from yihui.planning.text import (
    SPREAD_EVENLY_CAVEAT,
    access_denominator_text,
    date_time_text,
    demand_amount,
    demand_amount_text,
    demand_unit_label,
    distance_text,
    format_share,
)
from yihui.runtime.language import Language
from yihui.services.streets.names import STREETS_ATTRIBUTION

_TODAY, _SCENARIO, _DIFFERENCE = N_("today"), N_("scenario"), N_("difference")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure on both sides; ``unit`` says how to read it."""

    label: str
    unit: ColumnUnit
    today: float | None
    scenario: float | None

    @property
    def difference(self) -> float | None:
        if self.today is None or self.scenario is None:
            return None
        return self.scenario - self.today


def change_text(change: ScenarioChange, names: Mapping[str, str], language: Language) -> str:
    """Return one change as a sentence; ``names`` are by station id."""
    name = names.get(change.station, change.station)
    if isinstance(change, StationAdded):
        text = N_("add “{name}” at {lon}, {lat}, open {hours}")
        return language.render(
            text, name=change.name, lon=f"{change.lon:.5f}", lat=f"{change.lat:.5f}", hours=change.hours_text
        )
    if isinstance(change, StationMoved):
        text = N_("move “{name}” to {lon}, {lat}")
        return language.render(text, name=name, lon=f"{change.lon:.5f}", lat=f"{change.lat:.5f}")
    if isinstance(change, HoursChanged):
        return language.render(N_("open “{name}” {hours}"), name=name, hours=change.hours_text)
    return language.render(N_("close “{name}”"), name=name)


def terms_text(figures: ScenarioFigures, language: Language) -> str:
    """Return what was compared: the instant, the reach and the demand."""
    name = figures["area_name"]
    drawn = language.render(N_("drawn area in {area}"), area=name)
    terms = language.render(
        N_("{area}, {when}, within {radius} in a straight line; demand: {demand}"),
        area=drawn if figures["outline"] else name,
        when=date_time_text(datetime.fromisoformat(figures["at"]), language),
        radius=distance_text(figures["radius_m"], language),
        demand=figures["demand_title"],
    )
    has_crossings = figures.get("has_crossings", False)
    return language.join_clauses(
        [terms, *([language.translate(STREETS_ATTRIBUTION)] if has_crossings else [])]
    )


def caveat_text(figures: ScenarioFigures, language: Language) -> str:
    """Return that the residents are spread evenly; empty for other demand."""
    return language.translate(SPREAD_EVENLY_CAVEAT) if figures.get("spread_evenly", True) else ""


def finding_text(figures: ScenarioFigures, language: Language) -> str:
    """Return what the scenario would change, in one sentence."""
    unit = figures["unit"]
    return language.render(
        N_("Newly within reach of an open place: {gained}; no longer: {lost}."),
        gained=demand_amount_text(figures["gained"], unit, language),
        lost=demand_amount_text(figures["lost"], unit, language),
    )


def figure_rows(figures: ScenarioFigures, language: Language) -> list[FigureRow]:
    """Return the key figures on both sides."""
    who = demand_unit_label(figures["unit"], language)
    per = access_denominator_text(figures["unit"], language)
    rows: Sequence[tuple[str, ColumnUnit, str]] = (
        ("places", ColumnUnit.COUNT, N_("places in the register")),
        ("usable", ColumnUnit.COUNT, N_("open to all at that hour")),
        ("served", ColumnUnit.DEMAND, N_("{who} within reach at that hour")),
        ("share", ColumnUnit.SHARE, N_("share of {who} within reach")),
        ("night_served", ColumnUnit.DEMAND, N_("{who} within reach at 23:00")),
        ("night_share", ColumnUnit.SHARE, N_("share at 23:00")),
        ("median_m", ColumnUnit.METRES, N_("half have a place within")),
        ("p90_m", ColumnUnit.METRES, N_("nine tenths have a place within")),
        ("lasting_gaps", ColumnUnit.COUNT, N_("gaps without a place at any hour")),
        ("lasting_demand", ColumnUnit.DEMAND, N_("{who} in these gaps")),
        ("night_gaps", ColumnUnit.COUNT, N_("gaps at some hours only")),
        ("access", ColumnUnit.RATIO, N_("open places per {per}")),
        ("gini", ColumnUnit.RATIO, N_("Gini coefficient of access")),
    )
    today, scenario = dict(figures["today"]), dict(figures["scenario"])
    return [
        FigureRow(
            language.render(label, who=who, per=per), unit, _number(today[name]), _number(scenario[name])
        )
        for name, unit, label in rows
    ]


def format_figure(value: CellValue, unit: ColumnUnit, demand_unit: str, language: Language) -> str:
    """Format one value for readers."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if unit is ColumnUnit.METRES:
        return distance_text(value, language)
    if unit is ColumnUnit.SHARE:
        return format_share(value)
    if unit is ColumnUnit.DEMAND:
        return demand_amount(value, demand_unit)
    return {ColumnUnit.COUNT: f"{value:,.0f}", ColumnUnit.DEGREES: f"{value:.5f}"}.get(unit, f"{value:.3f}")


def format_difference(row: FigureRow, demand_unit: str, language: Language) -> str:
    """Format a difference with its sign."""
    value = row.difference
    if value is None:
        return "–"
    if abs(value) < 1e-9:
        return "0"
    sign = "+" if value > 0 else "−"
    if row.unit is ColumnUnit.SHARE:
        return language.render(N_("{points} points"), points=f"{sign}{abs(value) * 100:.1f}")
    return sign + format_figure(abs(value), row.unit, demand_unit, language)


def scenario_tables(figures: ScenarioFigures, language: Language) -> tuple[ReportTable, ...]:
    """Return all tables: figures, access, hours, counties, gaps."""
    return (
        _figures_table(figures, language),
        _access_table(figures, language),
        _hours_table(figures, language),
        _areas_table(figures, language),
        _gaps_table(figures["gaps_today"], "gaps_today", N_("Largest gaps today"), language),
        _gaps_table(figures["gaps_scenario"], "gaps_scenario", N_("Largest gaps in the scenario"), language),
    )


def _sides(unit: ColumnUnit, language: Language) -> tuple[TableColumn, TableColumn]:
    return TableColumn(language.translate(_TODAY), unit), TableColumn(language.translate(_SCENARIO), unit)


def _figures_table(figures: ScenarioFigures, language: Language) -> ReportTable:
    """Return the key figures as texts, since each row has its own unit."""
    unit = figures["unit"]
    rows = tuple(
        (
            row.label,
            format_figure(row.today, row.unit, unit, language),
            format_figure(row.scenario, row.unit, unit, language),
            format_difference(row, unit, language),
        )
        for row in figure_rows(figures, language)
    )
    columns = (
        TableColumn(language.render(N_("figure")), ColumnUnit.LONG),
        *_sides(ColumnUnit.TEXT, language),
        TableColumn(language.translate(_DIFFERENCE)),
    )
    return ReportTable("figures", language.render(N_("Today and the scenario")), columns, rows)


def _access_table(figures: ScenarioFigures, language: Language) -> ReportTable:
    per = access_denominator_text(figures["unit"], language)
    labels = [language.render(N_("none within reach"))]
    ends = (*ACCESS_ENDS[1:], float("inf"))
    for low, high in zip(ACCESS_ENDS, ends, strict=True):
        text = N_("above {low}, up to {high}") if isfinite(high) else N_("above {low}")
        labels.append(language.render(text, low=f"{low:g}", high=f"{high:g}"))
    rows = tuple(
        zip(labels, figures["today"]["access_classes"], figures["scenario"]["access_classes"], strict=True)
    )
    title = language.render(
        N_("{who} by access: open places per {per}"), who=_who(figures, language), per=per
    )
    columns = (
        TableColumn(language.render(N_("access")), ColumnUnit.LONG),
        *_sides(ColumnUnit.DEMAND, language),
    )
    return ReportTable("access", title, columns, rows)


def _hours_table(figures: ScenarioFigures, language: Language) -> ReportTable:
    rows = tuple(
        (f"{hour:02d}:00", today, scenario)
        for hour, (today, scenario) in enumerate(
            zip(figures["today"]["by_hour"], figures["scenario"]["by_hour"], strict=True)
        )
    )
    title = language.render(
        N_("Share of {who} within reach by hour, mean of the week"), who=_who(figures, language)
    )
    columns = (TableColumn(language.render(N_("hour"))), *_sides(ColumnUnit.SHARE, language))
    return ReportTable("hours", title, columns, rows)


def _areas_table(figures: ScenarioFigures, language: Language) -> ReportTable:
    rows = tuple(
        (
            one["code"],
            one["name"],
            one["demand"],
            one["today"],
            one["scenario"],
            one["night_today"],
            one["night_scenario"],
        )
        for one in figures["areas"]
    )
    columns = (
        TableColumn(language.render(N_("code"))),
        TableColumn(language.render(N_("name"))),
        TableColumn(_who(figures, language), ColumnUnit.DEMAND),
        *_sides(ColumnUnit.SHARE, language),
        TableColumn(language.render(N_("23:00, today")), ColumnUnit.SHARE),
        TableColumn(language.render(N_("23:00, scenario")), ColumnUnit.SHARE),
    )
    return ReportTable("areas", language.render(N_("Share within reach by county")), columns, rows)


def _gaps_table(gaps: Sequence[GapFigures], name: str, title: str, language: Language) -> ReportTable:
    columns = (
        TableColumn(language.render(N_("district"))),
        TableColumn(language.render(N_("nearest place")), ColumnUnit.LONG),
        TableColumn(language.render(N_("demand")), ColumnUnit.DEMAND),
        TableColumn(language.render(N_("longitude")), ColumnUnit.DEGREES),
        TableColumn(language.render(N_("latitude")), ColumnUnit.DEGREES),
    )
    rows = tuple((one["district"], one["near"], one["demand"], one["lon"], one["lat"]) for one in gaps)
    return ReportTable(name, language.translate(title), columns, rows)


def comparison_rows(
    several: Sequence[ScenarioFigures], language: Language
) -> Iterator[tuple[str, list[str]]]:
    """Yield each figure with its value today and in each of several scenarios of one area."""
    unit = several[0]["unit"]
    for rows in zip(*(figure_rows(one, language) for one in several), strict=True):
        values = [rows[0].today, *(row.scenario for row in rows)]
        yield rows[0].label, [format_figure(one, rows[0].unit, unit, language) for one in values]


def is_comparable(several: Sequence[ScenarioFigures]) -> bool:
    """Return whether several comparisons have the same area, instant, reach and demand."""
    return (
        len(
            {
                (one["area"], one["at"], one["radius_m"], one["demand_title"], tuple(one["outline"]))
                for one in several
            }
        )
        == 1
    )


def _who(figures: ScenarioFigures, language: Language) -> str:
    return demand_unit_label(figures["unit"], language)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
