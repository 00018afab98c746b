"""The answer of ``yihui report coverage``: its findings, and every table of its page and its workbook."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import fsum, hypot, isfinite
from operator import attrgetter

import numpy as np
import pandas as pd

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.cells import cell_centres, cells_from_names
from geo.coverage.hours import DAY_HOURS
from geo.gaps.finding import Gap
from geo.usage_counts import StationUse
from yihui.planning.access.answer import build_lorenz_table
from yihui.planning.answer import (
    Answer,
    Column,
    Figure,
    Paragraph,
    Sentence,
    Table,
    Unit,
    metres,
    order_terms,
    sentence,
    share,
    share_of,
    short_amount,
)
from yihui.planning.caveats import public_sentence, row_sentences, sample_sentences, street_sentences
from yihui.planning.coverage.answer import NIGHT_LESS, add_night_less, build_week_table
from yihui.planning.gaps.answer import build_gap_table
from yihui.planning.gaps.text import gap_name, week_hours_text
from yihui.planning.report.text import distance_title, study_reach_text
from yihui.planning.siting.answer import build_curve_table, build_site_table
from yihui.planning.siting.text import longer_hours_sentence, not_in_time_sentence, proof_sentence
from yihui.planning.study.figures import StudyMoment
from yihui.planning.study.layers import build_study_view
from yihui.planning.study.study import Study
from yihui.planning.text import (
    ACCESS_TITLE,
    access_denominator_text,
    busiest_hours_text,
    demand_unit_label,
    distance_band_text,
    hour_of_week_text,
    moment_text,
    night_text,
    week_holiday_text,
)
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

WORST_COUNTIES_SHARE = 0.1
_NAMED = 5  # areas named in one sentence
_SUMMARY_GAPS = 10
_PLACES = N_(
    "{area} has {total} places in its register. At {at}, {open} were open, {closed} closed and of {unknown} the hours are not known; of the open ones in service {public}."
)
_COVERED = N_(
    "At {at}, {share} of the {who} ({served}) had an open place within {radius}; {unserved} had none."
)
_NIGHT = N_(
    "{night}: {share} of the {who} have an open place within {radius}. The week's mean{holiday} is {week}, by day (08:00–18:00) {day}; its best hour is {best} with {best_share}, its worst {worst} with {worst_share}."
)
_EQUITY = N_(
    "The Gini coefficient of access is {gini}: 0 would mean that all have the same, 1 that one has everything. {without} of the {who} have no open place in reach at all; the tenth that is served worst has {worst} of all access."
)
_STRAIGHT = N_(
    "By the straight line, {night_straight} of the {who} would have an open place by night; the Gini coefficient of access would be {straight_gini}, and in the worst hour {straight_unmet} would have none."
)
_COUNTIES = N_("Of {count} counties, {best} is served best ({best_share}) and {worst} least ({worst_share}).")
_DISTANCES = N_(
    "At {at}, half of the {who} had an open place within {median} and nine tenths within {p90}; {night}: {night_median} and {night_p90}."
)
_PROPOSAL = N_(
    "{count} more places bring coverage from {before} to {after}: {gained} more. The first of them brings {first}, the last {last}."
)
_LASTING = N_(
    "The weightiest gap at every hour of the week is {name}: {demand} without an open place within {radius}."
)
_TOGETHER = N_("The first {count} of these gaps together hold {together}.")
_AT_TIMES = N_("The weightiest of those at some hours is {name}: {demand}, none open {hours}.")


def build_report_answer(study: Study, language: Language) -> Answer:
    """Build the answer. A terminal shows the findings alone; the tables are for files and programs."""
    asked = {
        **order_terms(study.order, study.area_name),
        "night_from": study.night.at,
        "monday": study.monday,
        "spacing_m": study.reach.spacing_m,
        "demand_title": study.demand_title,
        "unit": study.demand.unit,
        "total": study.demand.total,
    }
    told: list[Sentence | Paragraph] = [*_Findings(study, language).all()]
    if study.found_gaps.has_crossings and study.gaps:
        told.append(sentence("names_source", STREETS_ATTRIBUTION))
    told.append(sentence("sources", "", sources=study.sources))
    if study.townships is not None:
        told.append(sentence("townships", "", note=study.townships.outlines.format_source(language)))
    further = [*_Tables(study, language).all()]
    counties = [one for one in further if one.name == "counties"]
    return Answer(
        asked,
        told,
        further=further,
        notes=study.notes,
        is_sample=study.is_sample,
        view=lambda: replace(build_study_view(study, language), tables=counties),
    )


class _Findings:
    """Builds the sentences of one study in one language."""

    def __init__(self, study: Study, language: Language) -> None:
        self._study = study
        self._language = language
        self._shared: dict[str, object] = {
            "area": study.area_name,
            "at": moment_text(study.now.at, language),
            "night": night_text(study.night.at, language),
            "radius": study_reach_text(study, language),
            "who": demand_unit_label(study.demand.unit, language),
        }

    def all(self) -> Iterator[Paragraph]:
        """Yield every finding that the study has data for."""
        yield self._finding("places", N_("Places"), "coverage", self._places())
        yield self._finding("coverage", N_("Coverage"), "coverage", self._coverage())
        if self._study.terms is not None:
            yield self._finding("by_street", N_("By street"), "coverage", self._by_street())
        yield self._finding("night", N_("Night"), "week", self._night())
        yield self._finding("areas", N_("Areas"), "coverage", self._areas())
        yield self._finding("distance", N_("Distance"), "distances", self._distance())
        yield self._finding("equity", N_("Equity"), "access", self._equity())
        if self._study.gaps:
            yield self._finding("gaps", N_("Gaps"), "gaps", self._gaps())
        if self._study.proposals is not None:
            yield self._finding("proposal", N_("Proposal"), "proposals", self._proposal())

    def _finding(self, name: str, title: str, section: str, told: Iterator[Sentence]) -> Paragraph:
        return Paragraph(name, title, section, [*told], self._shared)

    def _amount(self, value: float, tolerance: float = 0.0) -> Figure:
        return short_amount(value, self._study.demand.unit, tolerance)

    def _places(self) -> Iterator[Sentence]:
        counts = self._study.counts
        names = ("total", "open", "closed", "unknown", "usable", "by_kind", "verified_on")
        told = {name: getattr(counts, name) for name in names}
        yield sentence("", _PLACES, public=public_sentence(counts.usable, counts.access_unknown), **told)
        more = N_("{unplaced} have no coordinates yet and count for nothing here.") if counts.unplaced else ""
        yield sentence("", more, unplaced=counts.unplaced)

    def _coverage(self) -> Iterator[Sentence]:
        found, night = self._study.now.figures, self._study.night.figures
        by_night = {"night_share": night.share, "night_served": night.served}
        tolerance, both = self._study.now.tolerance, (found.served, found.demand - found.served)
        served, unserved = (self._amount(one, tolerance) for one in both)
        part = share_of(found.served, found.demand, tolerance)
        yield sentence("", _COVERED, share=part, served=served, unserved=unserved, **by_night)

    def _by_street(self) -> Iterator[Sentence]:
        study, found = self._study, self._study.now
        straight, gaps = study.straight, study.found_gaps.straight
        assert study.terms and straight and gaps, "a study by street"
        tolerance = found.tolerance / found.figures.demand
        told = street_sentences(study.terms, found.figures.share, straight.share, tolerance=tolerance)
        yield from map(_end, told)
        night, gini = share(straight.night_share), Figure(straight.gini, Unit.RATIO)
        unmet = share(gaps.worst.unmet_share)
        yield sentence("", _STRAIGHT, night_straight=night, straight_gini=gini, straight_unmet=unmet)

    def _night(self) -> Iterator[Sentence]:
        hours, night = self._study.hours, self._study.night
        best, worst = int(np.nanargmax(hours.share)), int(np.nanargmin(hours.share))
        told: dict[str, object] = {
            "share": share_of(night.figures.served, night.figures.demand, night.tolerance)
        }
        told |= {"day": share(hours.mean_share(DAY_HOURS)), "week": share(hours.mean_share(range(24)))}
        for name, hour in (("best", best), ("worst", worst)):
            text, part = hour_of_week_text(hour, self._language), share(float(hours.share[hour]))
            told |= {name: text, f"{name}_share": part}
        yield sentence("", _NIGHT, holiday=week_holiday_text(hours.monday, self._language), **told)

    def _areas(self) -> Iterator[Sentence]:
        areas = self._study.finest_areas
        ranked = _rank(areas[areas["share"].notna()], -areas["share"].dropna())  # the best first
        if len(ranked) < 2:
            yield sentence("", N_("{area} is one area only; there is nothing to compare it with."))
            return
        without = int((ranked["served"] <= 0).sum())
        told: dict[str, object] = {"count": len(ranked)}
        for name, one in (("best", ranked.iloc[0]), ("worst", ranked.iloc[-1])):
            told |= {
                name: self._study.county_name(str(one.name)),
                f"{name}_share": share(float(one["share"])),
            }
        yield sentence("", _COUNTIES, **told)
        if without:
            none = N_("In {count} of them nobody had an open place within {radius}.")
            yield sentence("", none, count=without)

    def _distance(self) -> Iterator[Sentence]:
        names = ("median", "p90", "night_median", "night_p90")
        both = [*distances(self._study.now), *distances(self._study.night)]
        yield sentence("", _DISTANCES, **dict(zip(names, both, strict=True)))
        study = self._study
        yield from map(_end, sample_sentences(study.now.tolerance, of_distances=True))
        areas = study.finest_areas if study.townships is None else study.townships.table
        is_sampled = study.demand.even_ground and (study.townships or study.terms)
        yield from map(_end, row_sentences(study.reach.spacing_m if is_sampled else None, areas))
        if study.terms is not None:
            yield sentence("", N_("These distances are straight lines."))

    def _equity(self) -> Iterator[Sentence]:
        found, areas = self._study.equity, self._study.finest_areas
        if not isfinite(found.gini):
            told = N_("At {at} no place was open within reach of anybody; there was nothing to share.")
            yield sentence("", told)
            return
        gini, without = Figure(found.gini, Unit.RATIO), share(found.without_share)
        means = {"mean": found.mean, "worst_tenth": found.worst_tenth}
        yield sentence("", _EQUITY, gini=gini, without=without, worst=share(found.worst_tenth_share), **means)
        if len(areas) > 1:
            codes = worst_counties(areas)
            listed = self._language.format_list(map(self._study.county_name, codes[:_NAMED]))
            more = sentence("", N_("{names} and {count} more"), names=listed, count=len(codes) - _NAMED)
            names = more if len(codes) > _NAMED else listed
            yield sentence("", N_("Least access per head: {names}."), names=names)

    def _gaps(self) -> Iterator[Sentence]:
        lasting, at_times = self._study.lasting_gaps, self._study.temporary_gaps
        if lasting:
            yield self._gap(_LASTING, lasting[0])
        if len(lasting) > 1:
            first = lasting[:_SUMMARY_GAPS]
            tolerance = hypot(*(gap.tolerance for gap in first))
            together = self._amount(fsum(gap.demand for gap in first), tolerance)
            yield sentence("", _TOGETHER, count=len(first), together=together)
        if at_times:
            yield self._gap(_AT_TIMES, at_times[0])
        yield from map(_end, sample_sentences(self._study.gaps[0].tolerance))

    def _gap(self, template: str, gap: Gap) -> Sentence:
        name = gap_name(self._language, self._study.found_gaps.whereabouts_by_id[gap.id])
        demand, hours = self._amount(gap.demand, gap.tolerance), week_hours_text(self._language, gap.unmet)
        return sentence("", template, name=name, demand=demand, hours=hours)

    def _proposal(self) -> Iterator[Sentence]:
        found = self._study.proposals
        assert found is not None, "a study with proposals"
        gains = [one.gained for one in found.proposals] or [0.0]
        before, after = (share_of(one, found.total, found.tolerance) for one in (found.before, found.after))
        first, last = self._amount(gains[0]), self._amount(gains[-1])
        gained = self._amount(found.after - found.before, found.tolerance)
        proof = {"bound": found.bound, "gap": found.gap, "proven": found.is_proven}
        brought = {"count": len(found.proposals), "before": before, "after": after, "gained": gained}
        yield sentence("", _PROPOSAL, first=first, last=last, **brought, **proof)
        yield _end(proof_sentence(found))
        if found.longer_hours is not None:
            yield _end(longer_hours_sentence(found, self._language))
        if found.not_in_time:
            yield _end(not_in_time_sentence(found, self._language))


def distances(moment: StudyMoment) -> list[Figure]:
    """Return how far half and nine tenths of the demand lie from an open place at most."""
    both = moment.figures.median_m, moment.figures.p90_m
    return list(map(metres, both, moment.distance_tolerances_m))


def _end(text: Sentence) -> Sentence:
    """Return a sentence with its full stop."""
    return sentence("", N_("{text}."), **{**text.values, "text": text})


def _rank(table: pd.DataFrame, by: "pd.Series[float]") -> pd.DataFrame:
    return table.iloc[np.lexsort((table.index.to_numpy().astype(str), by.to_numpy()))]


def worst_counties(table: pd.DataFrame) -> list[str]:
    """Return the codes of the counties with the least access per head, the worst first. Together they have at least a tenth of the demand."""
    known = table[table["demand"] > 0]
    ranked = _rank(known, known["access"])
    so_far = ranked["demand"].to_numpy().cumsum()
    count = np.searchsorted(so_far, WORST_COUNTIES_SHARE * so_far[-1]) + 1 if len(ranked) else 0
    return [str(code) for code in ranked.index[:count]]


class _Tables:
    """Builds the tables of one study in one language."""

    def __init__(self, study: Study, language: Language) -> None:
        self._study = study
        self._language = language
        self._unit = study.demand.unit
        self._demand = Column("demand", demand_unit_label(self._unit, language), Unit.AMOUNT)

    def all(self) -> Iterator[Table]:
        """Yield every table that the study has data for, in the order of the report."""
        study = self._study
        if len(study.areas) > 2:
            yield self._areas("cities", N_("By city"), study.areas[4])
        yield self._areas("counties", N_("By county"), study.finest_areas)
        if study.townships is not None:
            yield self._areas("townships", N_("By township"), study.townships.table)
        yield build_week_table(study.hours, self._language)
        yield self._day()
        yield self._distances()
        yield build_lorenz_table(study.equity, N_("How evenly access is shared (Lorenz curve)"))
        for name, title, gaps in (
            ("gaps", N_("Gaps at every hour of the week"), study.lasting_gaps),
            ("gaps_at_times", N_("Gaps at some hours, such as by night"), study.temporary_gaps),
        ):
            yield _number(build_gap_table(study.found_gaps, gaps, self._language, name, title))
        if study.uses.places:
            yield self._rests()
        if study.proposals is not None:
            yield build_site_table(study.proposals, self._language)
            yield build_curve_table(study.proposals)

    def _areas(self, name: str, title: str, table: pd.DataFrame) -> Table:
        columns = [
            Column("name", N_("area")),
            Column("code", N_("code")),
            Column("places", N_("places"), Unit.COUNT),
            Column("usable", N_("open and usable"), Unit.COUNT),
            self._demand,
            Column("served", N_("served"), Unit.AMOUNT),
            Column("share", N_("share served"), Unit.SHARE),
            Column("night_share", N_("share served by night"), Unit.SHARE),
            NIGHT_LESS,
            Column("median_m", self._far(N_("half live within")), Unit.METRES),
            Column("p90_m", self._far(N_("nine tenths live within")), Unit.METRES),
            Column("tolerance_m", N_("these ±"), Unit.METRES),
            access_column(self._study, self._language),
            Column("night_served"),
        ]
        if "straight_share" in table:
            columns.append(Column("straight_share", N_("share served by the straight line"), Unit.SHARE))
        names = [
            self._study.county_name(code) if len(code) == 6 else name
            for code, name in zip(map(str, table.index), table["name"], strict=True)
        ]
        codes = [code.ljust(6, "0") for code in table.index]
        known = add_night_less(table).assign(name=names, code=codes).astype({"places": int, "usable": int})
        on_page = ("name", "share", "night_share", "night_less", "served", self._demand.name, "usable")
        rows, keys = known.to_dict("records"), [f"area {code}" for code in codes]
        return Table(name, title, columns, rows, self._unit, (), on_page, "share", keys)

    def _far(self, title: str) -> str:
        return distance_title(title, self._study, self._language)

    def _day(self) -> Table:
        share = Column("share", N_("share served, mean of the week"), Unit.SHARE)
        columns = (Column("hour", N_("hour")), share, Column("served", N_("served"), Unit.AMOUNT))
        served = self._study.hours.served.reshape(-1, 24).mean(axis=0).tolist()
        shares = self._study.hours.clock_share.tolist()
        rows = [(f"{hour:02d}:00", shares[hour], served[hour]) for hour in range(24)]
        return Table("day", N_("The day, hour by hour"), columns, rows, self._unit)

    def _distances(self) -> Table:
        columns = (
            Column("band", self._far(N_("way to the nearest open place"))),
            Column("demand", self._then(N_("by day"), N_("at {hour}")), Unit.AMOUNT),
            Column("tolerance", "±", Unit.AMOUNT),
            Column("share", self._then(N_("share by day"), N_("share at {hour}")), Unit.SHARE),
            Column("night_demand", N_("by night"), Unit.AMOUNT),
            Column("night_tolerance", "±", Unit.AMOUNT),
            Column("night_share", N_("share by night"), Unit.SHARE),
            Column("from_m"),
            Column("to_m"),
        )
        then, by_night, rows = self._study.now, self._study.night, []
        by_day = zip(then.distances, then.band_tolerances, strict=True)
        at_night = zip(by_night.distances, by_night.band_tolerances, strict=True)
        for (day, off), (night, night_off) in zip(by_day, at_night, strict=True):
            band = distance_band_text(day.from_m, day.to_m, self._language)
            figures = (day.demand, off, day.share, night.demand, night_off, night.share)
            rows.append((band, *figures, day.from_m, day.to_m))
        title = self._far(N_("Ways to the nearest open place"))
        return Table("distances", title, columns, rows, self._unit)

    def _rests(self) -> Table:
        study, names = self._study, {station.id: station.name for station in self._study.stations}
        several, known = self._language.render(N_("several places together")), study.finest_areas.index

        def name_place(use: StationUse) -> str:
            return names.get(use.station or "", several)

        busiest = partial(busiest_hours_text, language=self._language)

        def name_area(use: StationUse) -> str:
            return study.county_name(use.district) if use.district in known else use.district

        columns = (
            Column("name", N_("station or district"), Unit.LONG, name_place),
            Column("area", N_("area"), Unit.TEXT, name_area),
            Column("rests", N_("rests"), Unit.COUNT, attrgetter("count")),
            Column("busiest", N_("busiest hours"), Unit.LONG, busiest),
            Column("station"),
            Column("hours", value=attrgetter("busiest")),
        )
        return Table("rests", N_("Where riders rested"), columns, study.uses.places)

    def _then(self, by_day: str, otherwise: str) -> str:
        return _render_then(self._study, by_day, otherwise, self._language)


def _render_then(study: Study, by_day: str, otherwise: str, language: Language) -> str:
    """Render ``by_day`` if the study's moment is in the daytime, else ``otherwise`` with its {hour}."""
    civil = study.order.at.astimezone(CIVIL_TIME)
    return language.render(by_day if civil.hour in DAY_HOURS else otherwise, hour=f"{civil:%H:%M}")


def _number(table: Table) -> Table:
    """Return a table with the rank of each row in place of its id, which is for programs alone."""
    ranks = {row.id: rank for rank, row in enumerate(table.rows, 1)}
    rank = Column("rank", N_("rank"), Unit.COUNT, lambda row: ranks[row.id])
    return replace(table, columns=(rank, *table.columns[1:], replace(table.columns[0], title="")))


def access_column(study: Study, language: Language) -> Column:
    """Return the column of open places per head."""
    head, radius = access_denominator_text(study.demand.unit, language), study_reach_text(study, language)
    return Column("access", language.render(ACCESS_TITLE, head=head, radius=radius), Unit.RATIO)


def build_cell_table(study: Study, language: Language) -> Table:
    """Build the table of the map's hexagons, by day and at night."""
    now, night = study.now.cells, study.night.cells
    columns = (
        Column("cell", N_("H3 cell")),
        Column("lon", N_("longitude"), Unit.DEGREES),
        Column("lat", N_("latitude"), Unit.DEGREES),
        Column("demand", demand_unit_label(study.demand.unit, language), Unit.AMOUNT),
        Column("share", N_("share served"), Unit.SHARE),
        Column("night_share", N_("share served by night"), Unit.SHARE),
        access_column(study, language),
    )
    cells = [str(cell) for cell in now.index]
    centres = cell_centres(cells_from_names(cells)).T
    figures = (now["demand"], now["share"], night["share"].reindex(now.index), now["access"])
    rows = list(zip(cells, *(one.tolist() for one in (*centres, *figures)), strict=True))
    then = (N_("Cells of the map by day and by night"), N_("Cells of the map then and by night"))
    title = _render_then(study, *then, language)
    return Table("cells", title, columns, rows, study.demand.unit)
