"""The tables of a report, once for the page and for the workbook: raw numbers with what they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from yihui.planning.gaps.phrases import gap_name, week_hours_text
from yihui.planning.report.areas import full_name, gaps_at_times, lasting_gaps, narrowest
from yihui.planning.report.phrases import band_text, busiest_text, head, of_now, weekday, who
from yihui.planning.siting.text import place_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    import pandas as pd

    from geo.gaps import Gap
    from yihui.planning.study.study import Study

N_ = str  # marks a text for the message catalogue

Cell = str | int | float | None


class Unit(StrEnum):
    """What the numbers of a column are."""

    TEXT = "text"  # stays on one line
    LONG = "long"
    COUNT = "count"
    DEMAND = "demand"
    SHARE = "share"
    METRES = "metres"
    RATIO = "ratio"
    KM2 = "km2"
    DEGREES = "degrees"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading in the reader's language, and what its numbers are."""

    title: str
    unit: Unit = Unit.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of raw values; None is none, infinite metres are beyond 100 km."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(study: "Study", language: Language) -> tuple[Table, ...]:
    """All tables, in the order in which the report shows them."""
    return tuple(_Tables(study, language).all())


class _Tables:
    """The tables of one study in one language."""

    def __init__(self, study: "Study", language: Language) -> None:
        self._study = study
        self._language = language
        self._say = language.render
        self._who = who(study.demand.unit, language)

    def all(self) -> Iterator[Table]:
        if len(self._study.areas) > 2:
            yield self._areas("cities", N_("By city"), self._study.areas[4])
        yield self._areas("counties", N_("By county"), self._study.areas[max(self._study.areas)])
        yield self._week()
        yield self._day()
        yield self._distances()
        yield self._lorenz()
        yield self._gaps("gaps", N_("Gaps at every hour of the week"), lasting_gaps(self._study))
        yield self._gaps(
            "gaps_at_times", N_("Gaps at some hours, such as by night"), gaps_at_times(self._study)
        )
        if self._study.uses.places:
            yield self._rests()
        if self._study.proposals is not None:
            yield self._sites()
            yield self._curve()
        yield self._cells()

    def _areas(self, name: str, title: str, table: "pd.DataFrame") -> Table:
        columns = (
            Column(self._say(N_("area"))),
            Column(self._say(N_("code"))),
            Column(self._say(N_("places")), Unit.COUNT),
            Column(self._say(N_("open and usable")), Unit.COUNT),
            Column(self._who, Unit.DEMAND),
            Column(self._say(N_("served")), Unit.DEMAND),
            Column(self._say(N_("share served")), Unit.SHARE),
            Column(self._say(N_("share served by night")), Unit.SHARE),
            Column(self._say(N_("half live within")), Unit.METRES),
            Column(self._say(N_("nine tenths live within")), Unit.METRES),
            Column(
                self._say(
                    N_("places in reach per {head}"), head=head(self._study.demand.unit, self._language)
                ),
                Unit.RATIO,
            ),
        )
        names = ("demand", "served", "share", "night_share", "median_m", "p90_m", "access")
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                self._name(str(code), str(row["name"])),
                str(code).ljust(6, "0"),
                int(row["places"]),
                int(row["usable"]),
                *(float(row[column]) for column in names),
            )
            for code, row in table.iterrows()
        )
        return Table(name, self._say(title), columns, rows)

    def _name(self, code: str, name: str) -> str:
        return full_name(self._study, code) if len(code) == 6 else name

    def _week(self) -> Table:
        """Days in rows, hours in columns."""
        share = self._study.hours.share.reshape(7, 24)
        columns = (
            Column(self._say(N_("weekday"))),
            *(Column(f"{hour:02d}:00", Unit.SHARE) for hour in range(24)),
        )
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (weekday(day, self._language), *(float(one) for one in share[day])) for day in range(7)
        )
        return Table("week", self._say(N_("The week, hour by hour")), columns, rows)

    def _day(self) -> Table:
        columns = (
            Column(self._say(N_("hour"))),
            Column(self._say(N_("share served, mean of the week")), Unit.SHARE),
            Column(self._say(N_("served")), Unit.DEMAND),
        )
        total = self._study.demand.total
        rows = tuple(
            (f"{hour:02d}:00", float(share), float(share) * total)
            for hour, share in enumerate(self._study.profile.by_hour)
        )
        return Table("day", self._say(N_("The day, hour by hour")), columns, rows)

    def _distances(self) -> Table:
        columns = (
            Column(self._say(N_("way to the nearest open place"))),
            Column(self._now(N_("by day"), N_("at {hour}")), Unit.DEMAND),
            Column(self._now(N_("share by day"), N_("share at {hour}")), Unit.SHARE),
            Column(self._say(N_("by night")), Unit.DEMAND),
            Column(self._say(N_("share by night")), Unit.SHARE),
        )
        both = zip(self._study.now.distances.bands, self._study.night.distances.bands, strict=True)
        rows = tuple(
            (
                band_text(day.from_m, day.to_m, self._language),
                day.demand,
                day.share,
                night.demand,
                night.share,
            )
            for day, night in both
        )
        return Table("distances", self._say(N_("Ways to the nearest open place")), columns, rows)

    def _lorenz(self) -> Table:
        """The curve at every hundredth of the demand: of tens of thousands of points nobody reads more."""
        import numpy as np

        curve = self._study.equity.lorenz
        columns = (
            Column(self._say(N_("share of {who}, the worst served first"), who=self._who), Unit.SHARE),
            Column(self._say(N_("their share of all access")), Unit.SHARE),
        )
        at = np.linspace(0, 1, 101)
        held = np.interp(at, curve[:, 0], curve[:, 1])
        rows = tuple((float(x), float(y)) for x, y in zip(at, held, strict=True))
        return Table("equity", self._say(N_("How evenly access is shared (Lorenz curve)")), columns, rows)

    def _gaps(self, name: str, title: str, gaps: "Sequence[Gap]") -> Table:
        columns = (
            Column(self._say(N_("rank")), Unit.COUNT),
            Column(self._say(N_("gap")), Unit.LONG),
            Column(self._who, Unit.DEMAND),
            Column(self._say(N_("area (km²)")), Unit.KM2),
            Column(self._say(N_("hours a week")), Unit.COUNT),
            Column(self._say(N_("no open place")), Unit.LONG),
            Column(self._say(N_("longitude")), Unit.DEGREES),
            Column(self._say(N_("latitude")), Unit.DEGREES),
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
        return Table(name, self._say(title), columns, rows)

    def _rests(self) -> Table:
        columns = (
            Column(self._say(N_("station or district")), Unit.LONG),
            Column(self._say(N_("area"))),
            Column(self._say(N_("rests")), Unit.COUNT),
            Column(self._say(N_("busiest hours")), Unit.LONG),
        )
        names = {station.id: station.name for station in self._study.stations}
        several, known = self._say(N_("several places together")), narrowest(self._study).index
        rows = tuple(
            (
                names.get(use.station or "", several),
                full_name(self._study, use.district) if use.district in known else use.district,
                use.count,
                busiest_text(use, self._language),
            )
            for use in self._study.uses.places
        )
        return Table("rests", self._say(N_("Where riders rested")), columns, rows)

    def _sites(self) -> Table:
        assert self._study.proposals is not None
        columns = (
            Column(self._say(N_("turn")), Unit.COUNT),
            Column(self._say(N_("proposed place")), Unit.LONG),
            Column(self._say(N_("county"))),
            Column(self._say(N_("demand newly served")), Unit.DEMAND),
            Column(self._say(N_("newly served so far")), Unit.DEMAND),
            Column(self._say(N_("longitude")), Unit.DEGREES),
            Column(self._say(N_("latitude")), Unit.DEGREES),
        )
        rows = tuple(
            (
                s.rank,
                place_text(s, self._language),
                s.district_name,
                s.gained,
                s.cumulative,
                s.lon,
                s.lat,
            )
            for s in self._study.proposals.proposals
        )
        return Table("proposals", self._say(N_("Proposed sites, by what each gains")), columns, rows)

    def _curve(self) -> Table:
        assert self._study.proposals is not None
        columns = (
            Column(self._say(N_("new sites")), Unit.COUNT),
            Column(self._say(N_("newly served at best")), Unit.DEMAND),
            Column(self._say(N_("gained by the last one")), Unit.DEMAND),
            Column(self._say(N_("no plan serves more than")), Unit.DEMAND),
        )
        rows = tuple((p.sites, p.cumulative, p.gained, p.bound) for p in self._study.proposals.curve)
        return Table("curve", self._say(N_("What each further site buys")), columns, rows)

    def _cells(self) -> Table:
        """The hexagons of the map by day and by night."""
        from geo.coverage.cells import cell_centres, cells_from_names

        now, night = self._study.now.cells, self._study.night.cells
        columns = (
            Column(self._say(N_("H3 cell"))),
            Column(self._say(N_("longitude")), Unit.DEGREES),
            Column(self._say(N_("latitude")), Unit.DEGREES),
            Column(self._who, Unit.DEMAND),
            Column(self._say(N_("share served")), Unit.SHARE),
            Column(self._say(N_("share served by night")), Unit.SHARE),
            Column(
                self._say(
                    N_("places in reach per {head}"), head=head(self._study.demand.unit, self._language)
                ),
                Unit.RATIO,
            ),
        )
        cells: Sequence[str] = [str(cell) for cell in now.index]
        centres = cell_centres(cells_from_names(cells))
        shares = (now["share"], night["share"].reindex(now.index), now["access"])
        columns_of = (centres[:, 0], centres[:, 1], now["demand"], *shares)
        rows = tuple(zip(cells, *(map(float, column) for column in columns_of), strict=True))
        title = self._now(
            N_("Cells of the map by day and by night"), N_("Cells of the map then and by night")
        )
        return Table("cells", title, columns, rows)

    def _now(self, by_day: str, otherwise: str) -> str:
        return of_now(self._study, by_day, otherwise, self._language)
