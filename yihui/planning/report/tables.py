"""The tables of a coverage report, for both page and workbook: raw numbers with their units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.text_marks import N_
from geo.coverage.equity import lorenz_percentiles
from yihui.planning.gaps.text import gap_name, week_hours_text
from yihui.planning.report.data import county_full_name, finest_area_table, lasting_gaps, temporary_gaps
from yihui.planning.report.text import distance_title, study_reach_text
from yihui.planning.siting.text import site_label
from yihui.planning.text import (
    ACCESS_TITLE,
    access_denominator_text,
    busiest_hours_text,
    demand_unit_label,
    distance_band_text,
    render_day_or_hour,
    weekday_name,
)
from yihui.runtime.language import Language

if TYPE_CHECKING:
    import pandas as pd

    from geo.gaps import Gap
    from yihui.planning.study.study import Study


CellValue = str | int | float | None


class ColumnUnit(StrEnum):
    """The unit of a column's values."""

    TEXT = "text"  # text that is not wrapped
    LONG = "long"
    COUNT = "count"
    DEMAND = "demand"
    SHARE = "share"
    METRES = "metres"
    RATIO = "ratio"
    KM2 = "km2"
    DEGREES = "degrees"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its heading in the reader's language, and the unit of its values."""

    title: str
    unit: ColumnUnit = ColumnUnit.TEXT


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows of raw values. None means no value; infinite metres mean beyond 100 km."""

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[CellValue, ...], ...]


def build_report_tables(study: "Study", language: Language) -> tuple[ReportTable, ...]:
    """Build all tables in the order of the report."""
    return tuple(_Tables(study, language).all())


class _Tables:
    """Builds the tables of one study in one language."""

    def __init__(self, study: "Study", language: Language) -> None:
        self._study = study
        self._language = language
        self._say = language.render
        self._who = demand_unit_label(study.demand.unit, language)

    def all(self) -> Iterator[ReportTable]:
        """Yield every table that the study has data for."""
        if len(self._study.areas) > 2:
            yield self._areas("cities", N_("By city"), self._study.areas[4])
        yield self._areas("counties", N_("By county"), self._study.areas[max(self._study.areas)])
        if self._study.townships is not None:
            yield self._areas("townships", N_("By township"), self._study.townships.table)
        yield self._week()
        yield self._day()
        yield self._distances()
        yield self._lorenz()
        yield self._gaps("gaps", N_("Gaps at every hour of the week"), lasting_gaps(self._study))
        yield self._gaps(
            "gaps_at_times", N_("Gaps at some hours, such as by night"), temporary_gaps(self._study)
        )
        if self._study.uses.places:
            yield self._rests()
        if self._study.proposals is not None:
            yield self._sites()
            yield self._curve()
        yield self._cells()

    def _areas(self, name: str, title: str, table: "pd.DataFrame") -> ReportTable:
        columns = (
            TableColumn(self._say(N_("area"))),
            TableColumn(self._say(N_("code"))),
            TableColumn(self._say(N_("places")), ColumnUnit.COUNT),
            TableColumn(self._say(N_("open and usable")), ColumnUnit.COUNT),
            TableColumn(self._who, ColumnUnit.DEMAND),
            TableColumn(self._say(N_("served")), ColumnUnit.DEMAND),
            TableColumn(self._say(N_("share served")), ColumnUnit.SHARE),
            TableColumn(self._say(N_("share served by night")), ColumnUnit.SHARE),
            TableColumn(self._distance_title(N_("half live within")), ColumnUnit.METRES),
            TableColumn(self._distance_title(N_("nine tenths live within")), ColumnUnit.METRES),
            self._access_column(),
            *self._straight_columns(),
        )
        names = ("demand", "served", "share", "night_share", "median_m", "p90_m", "access")
        rows: tuple[tuple[CellValue, ...], ...] = tuple(
            (
                self._name(str(code), str(row["name"])),
                str(code).ljust(6, "0"),
                int(row["places"]),
                int(row["usable"]),
                *(float(row[column]) for column in names),
                *self._straight_share(str(code)),
            )
            for code, row in table.iterrows()
        )
        return ReportTable(name, self._say(title), columns, rows)

    def _access_column(self) -> TableColumn:
        head = access_denominator_text(self._study.demand.unit, self._language)
        radius = study_reach_text(self._study, self._language)
        return TableColumn(self._say(ACCESS_TITLE, head=head, radius=radius), ColumnUnit.RATIO)

    def _distance_title(self, title: str) -> str:
        return distance_title(title, self._study, self._language)

    def _straight_columns(self) -> tuple[TableColumn, ...]:
        if self._study.streets is None:
            return ()
        return (TableColumn(self._say(N_("share served by the straight line")), ColumnUnit.SHARE),)

    def _straight_share(self, code: str) -> tuple[float, ...]:
        streets = self._study.streets
        return () if streets is None else (streets.straight.areas.get(code, float("nan")),)

    def _name(self, code: str, name: str) -> str:
        return county_full_name(self._study, code) if len(code) == 6 else name

    def _week(self) -> ReportTable:
        """Build the table of the week: days in rows, hours in columns."""
        share = self._study.hours.share.reshape(7, 24)
        columns = (
            TableColumn(self._say(N_("weekday"))),
            *(TableColumn(f"{hour:02d}:00", ColumnUnit.SHARE) for hour in range(24)),
        )
        rows: tuple[tuple[CellValue, ...], ...] = tuple(
            (weekday_name(day, self._language), *(float(one) for one in share[day])) for day in range(7)
        )
        return ReportTable("week", self._say(N_("The week, hour by hour")), columns, rows)

    def _day(self) -> ReportTable:
        columns = (
            TableColumn(self._say(N_("hour"))),
            TableColumn(self._say(N_("share served, mean of the week")), ColumnUnit.SHARE),
            TableColumn(self._say(N_("served")), ColumnUnit.DEMAND),
        )
        served = self._study.hours.served.reshape(-1, 24).mean(axis=0)
        rows = tuple(
            (f"{hour:02d}:00", float(share), float(served[hour]))
            for hour, share in enumerate(self._study.profile.by_hour)
        )
        return ReportTable("day", self._say(N_("The day, hour by hour")), columns, rows)

    def _distances(self) -> ReportTable:
        columns = (
            TableColumn(self._distance_title(N_("way to the nearest open place"))),
            TableColumn(self._now(N_("by day"), N_("at {hour}")), ColumnUnit.DEMAND),
            TableColumn(self._now(N_("share by day"), N_("share at {hour}")), ColumnUnit.SHARE),
            TableColumn(self._say(N_("by night")), ColumnUnit.DEMAND),
            TableColumn(self._say(N_("share by night")), ColumnUnit.SHARE),
        )
        both = zip(self._study.now.distances.bands, self._study.night.distances.bands, strict=True)
        rows = tuple(
            (
                distance_band_text(day.from_m, day.to_m, self._language),
                day.demand,
                day.share,
                night.demand,
                night.share,
            )
            for day, night in both
        )
        return ReportTable(
            "distances", self._distance_title(N_("Ways to the nearest open place")), columns, rows
        )

    def _lorenz(self) -> ReportTable:
        """Build the Lorenz curve at every hundredth of the demand, out of tens of thousands of points."""
        columns = (
            TableColumn(
                self._say(N_("share of {who}, the worst served first"), who=self._who), ColumnUnit.SHARE
            ),
            TableColumn(self._say(N_("their share of all access")), ColumnUnit.SHARE),
        )
        rows = tuple(lorenz_percentiles(self._study.equity.lorenz))
        return ReportTable(
            "equity", self._say(N_("How evenly access is shared (Lorenz curve)")), columns, rows
        )

    def _gaps(self, name: str, title: str, gaps: "Sequence[Gap]") -> ReportTable:
        columns = (
            TableColumn(self._say(N_("rank")), ColumnUnit.COUNT),
            TableColumn(self._say(N_("gap")), ColumnUnit.LONG),
            TableColumn(self._who, ColumnUnit.DEMAND),
            TableColumn(self._say(N_("area (km²)")), ColumnUnit.KM2),
            TableColumn(self._say(N_("hours a week")), ColumnUnit.COUNT),
            TableColumn(self._say(N_("no open place")), ColumnUnit.LONG),
            TableColumn(self._say(N_("longitude")), ColumnUnit.DEGREES),
            TableColumn(self._say(N_("latitude")), ColumnUnit.DEGREES),
        )
        rows = tuple(
            (
                rank,
                gap_name(self._language, self._study.gap_places[gap.id]),
                gap.demand,
                gap.area_m2 / 1e6,
                gap.hours,
                week_hours_text(self._language, gap.unmet),
                gap.lon,
                gap.lat,
            )
            for rank, gap in enumerate(gaps, 1)
        )
        return ReportTable(name, self._say(title), columns, rows)

    def _rests(self) -> ReportTable:
        columns = (
            TableColumn(self._say(N_("station or district")), ColumnUnit.LONG),
            TableColumn(self._say(N_("area"))),
            TableColumn(self._say(N_("rests")), ColumnUnit.COUNT),
            TableColumn(self._say(N_("busiest hours")), ColumnUnit.LONG),
        )
        names = {station.id: station.name for station in self._study.stations}
        several, known = self._say(N_("several places together")), finest_area_table(self._study).index
        rows = tuple(
            (
                names.get(use.station or "", several),
                county_full_name(self._study, use.district) if use.district in known else use.district,
                use.count,
                busiest_hours_text(use, self._language),
            )
            for use in self._study.uses.places
        )
        return ReportTable("rests", self._say(N_("Where riders rested")), columns, rows)

    def _sites(self) -> ReportTable:
        assert self._study.proposals is not None
        columns = (
            TableColumn(self._say(N_("turn")), ColumnUnit.COUNT),
            TableColumn(self._say(N_("proposed place")), ColumnUnit.LONG),
            TableColumn(self._say(N_("county"))),
            TableColumn(self._say(N_("demand newly served")), ColumnUnit.DEMAND),
            TableColumn(self._say(N_("newly served so far")), ColumnUnit.DEMAND),
            TableColumn(self._say(N_("longitude")), ColumnUnit.DEGREES),
            TableColumn(self._say(N_("latitude")), ColumnUnit.DEGREES),
        )
        rows = tuple(
            (
                s.rank,
                site_label(s, self._language),
                s.district_name,
                s.gained,
                s.cumulative,
                s.lon,
                s.lat,
            )
            for s in self._study.proposals.proposals
        )
        return ReportTable("proposals", self._say(N_("Proposed sites, by what each gains")), columns, rows)

    def _curve(self) -> ReportTable:
        assert self._study.proposals is not None
        columns = (
            TableColumn(self._say(N_("new sites")), ColumnUnit.COUNT),
            TableColumn(self._say(N_("newly served at best")), ColumnUnit.DEMAND),
            TableColumn(self._say(N_("gained by the last one")), ColumnUnit.DEMAND),
            TableColumn(self._say(N_("no plan serves more than")), ColumnUnit.DEMAND),
        )
        rows = tuple((p.sites, p.cumulative, p.gained, p.bound) for p in self._study.proposals.curve)
        return ReportTable("curve", self._say(N_("What each further site buys")), columns, rows)

    def _cells(self) -> ReportTable:
        """Build the table of the map's hexagons, by day and at night."""
        from geo.coverage.cells import cell_centres, cells_from_names

        now, night = self._study.now.cells, self._study.night.cells
        columns = (
            TableColumn(self._say(N_("H3 cell"))),
            TableColumn(self._say(N_("longitude")), ColumnUnit.DEGREES),
            TableColumn(self._say(N_("latitude")), ColumnUnit.DEGREES),
            TableColumn(self._who, ColumnUnit.DEMAND),
            TableColumn(self._say(N_("share served")), ColumnUnit.SHARE),
            TableColumn(self._say(N_("share served by night")), ColumnUnit.SHARE),
            self._access_column(),
        )
        cells: Sequence[str] = [str(cell) for cell in now.index]
        centres = cell_centres(cells_from_names(cells))
        shares = (now["share"], night["share"].reindex(now.index), now["access"])
        columns_of = (centres[:, 0], centres[:, 1], now["demand"], *shares)
        rows = tuple(zip(cells, *(map(float, column) for column in columns_of), strict=True))
        title = self._now(
            N_("Cells of the map by day and by night"), N_("Cells of the map then and by night")
        )
        return ReportTable("cells", title, columns, rows)

    def _now(self, by_day: str, otherwise: str) -> str:
        return render_day_or_hour(self._study, by_day, otherwise, self._language)
