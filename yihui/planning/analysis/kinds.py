"""The kinds of analyses: how many steps the progress of each one has, and how it is computed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_folder, check_output_not_input, check_output_path
from yihui.planning.answer import Answer, AnswerView
from yihui.planning.demand.request import is_file
from yihui.planning.order import AreaOrder, LayersOrder, ReportOrder, StudyOrder
from yihui.planning.tables import table_csv, tables_geojson
from yihui.runtime.progress import begin_step
from yihui.runtime.routing_faults import RoutingUnavailable

if TYPE_CHECKING:
    from yihui.planning.access.request import AccessOrder
    from yihui.planning.comparison.request import CompareOrder
    from yihui.planning.coverage.request import CoverageOrder
    from yihui.planning.gaps.request import GapOrder
    from yihui.planning.map.request import CoverageMapOrder
    from yihui.planning.map.run import CoverageMap
    from yihui.planning.searches.request import SearchesOrder
    from yihui.planning.siting.request import SitingOrder
    from yihui.planning.street_reach import StreetReach
    from yihui.runtime.language import Language

OrderT_co = TypeVar("OrderT_co", bound=AreaOrder, covariant=True)
ANALYSIS_FAULTS = FaultTable(
    "analysis",
    {
        "no_streets": (
            N_("times by street can't be computed here: no streets are installed"),
            N_("choose straight lines; whoever runs the site can install streets"),
        ),
        "no_weasyprint": (
            N_("there is no PDF: this site can't make one"),
            N_("print the page instead; whoever runs the site can install what PDF files need"),
        ),
        "no_chinese_font": (
            N_("there is no page, PDF or picture: this site has no Chinese font for their maps"),
            N_("the workbook has all figures; whoever runs the site can install a font"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class AnalysisRun(Generic[OrderT_co]):
    """An analysis that runs: its order, and a folder for its files. A command has no folder: its options name the files."""

    wiring: Wiring
    order: OrderT_co
    folder: Path | None = None

    @property
    def language(self) -> "Language":
        return self.wiring.language

    def output(self, wanted: Path | bool | None, name: str) -> Path | None:
        """Return where to write a file: as the option of the command says, else into the folder if it is wanted.

        *Raises*: OSError, FaultError for an option's path that can't be written.
        """
        if self.folder is not None:
            return self.folder / name if wanted else None
        if not isinstance(wanted, Path):
            return None
        check_output_path(wanted)
        others = [value for _, value in self.order if isinstance(value, Path) and value is not wanted]
        demand = self.order.demand
        check_output_not_input(wanted, *others, Path(demand) if is_file(demand) else None)
        return wanted

    def output_always(self, wanted: Path | bool | None, name: str) -> Path | None:
        """Return where to write a file that a page gives with every result, as `output` does."""
        return self.output(wanted or self.folder is not None, name)

    def output_folder(self, wanted: Path | bool | None) -> Path | None:
        """Return the folder for the files of an option, as `output` does for one file."""
        if self.folder is not None:
            return self.folder if wanted else None
        if not isinstance(wanted, Path):
            return None
        check_output_folder(wanted)
        return wanted

    def name_of(self, file: Path | str) -> str:
        """Return a file as its user knows it: without the folder of the analysis."""
        return str(file) if self.folder is None else str(file).removeprefix(f"{self.folder}/")

    def open_reach(self, radius_m: float | None = None, minutes: float | None = None) -> "StreetReach | None":
        """Open the reach by street that was chosen; None for straight lines. A limit here stands for that of the order.

        *Raises*: FaultError, RoutingUnavailable for a command, where no streets are built.
        """
        from geo.nearest.travel import Travel
        from yihui.planning.street_reach import open_street_reach

        order = self.order
        travel = Travel.by_mode(order.travel)
        if travel is None:
            return None
        try:
            return open_street_reach(
                self.wiring, travel, minutes or order.minutes, radius_m or order.radius_m, order.routing
            )
        except RoutingUnavailable as error:
            if self.folder is None:
                raise
            raise FaultError(ANALYSIS_FAULTS.build("no_streets", field="--travel")) from error

    def order_by_street(self, radius_m: float | None = None, minutes: float | None = None) -> OrderT_co:
        """Return the order with its reach by street, as `open_reach` opens it."""
        return self.order.model_copy(update={"streets": self.open_reach(radius_m, minutes)})


_STUDY_STEPS, _SITE_STEPS = 5, 4  # as `build_study` begins them


def _add_file(answer: Answer, path: Path | None, render: Callable[[], str]) -> Answer:
    """Return an answer with a file, if that is wanted."""
    return answer if path is None else replace(answer, files=[(path, render())])


def _write_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def _run_coverage(run: "AnalysisRun[CoverageOrder]") -> Answer:
    from yihui.planning.coverage.answer import build_coverage_answer, build_hours_table
    from yihui.planning.coverage.request import USUAL_MINUTES
    from yihui.planning.coverage.run import measure_coverage

    order = run.order_by_street(minutes=run.order.minutes or USUAL_MINUTES)
    csv = run.output_always(order.csv, f"coverage-{order.area}.csv")
    is_page = run.folder is not None  # its chart needs the week, but by street only if asked
    of_week = order.hours or (is_page and not order.travel)
    found = measure_coverage(run.wiring, order, of_week=of_week, of_night=is_page)
    answer = build_coverage_answer(found, run.language)
    is_by_hour = order.hours and order.by != "cell"
    table = build_hours_table(found) if is_by_hour and csv else answer.tables[0]
    return _add_file(answer, csv, lambda: table_csv(table, run.language))


def _run_access(run: "AnalysisRun[AccessOrder]") -> Answer:
    from yihui.planning.access.answer import build_access_answer
    from yihui.planning.access.run import measure_access

    order = run.order_by_street(run.order.zones[-1][0])
    return build_access_answer(measure_access(run.wiring, order), run.language, run.name_of(order.capacity))


def _run_gaps(run: "AnalysisRun[GapOrder]") -> Answer:
    from yihui.planning.gaps.answer import build_gap_table, build_gaps_answer, list_gap_sources
    from yihui.planning.gaps.run import find_gaps

    order, language = run.order, run.language
    geojson = run.output_always(order.geojson, f"gaps-{order.area}.geojson")
    found = find_gaps(run.wiring, run.order_by_street())
    answer = build_gaps_answer(found, language)
    about = {"demand": found.demand_title, "sources": list_gap_sources(found, language)}
    gaps = {"gap": build_gap_table(found, found.gaps, language)}
    return _add_file(answer, geojson, lambda: _write_json(tables_geojson(gaps, language, about)))


def _run_searches(run: "AnalysisRun[SearchesOrder]") -> Answer:
    from yihui.planning.searches.answer import build_searches_answer
    from yihui.planning.searches.run import find_unmet_searches

    geojson = run.output_always(run.order.geojson, f"searches-{run.order.area}.geojson")
    answer = build_searches_answer(find_unmet_searches(run.wiring, run.order), run.language)
    places = {one.name: one for one in answer.tables}
    return _add_file(answer, geojson, lambda: _write_json(tables_geojson(places, run.language, {})))


def _count_site_steps(order: "SitingOrder") -> int:
    """Count the steps: the ground, the plan, and what else is computed of it."""
    from geo.siting.street_ways import MOST_WAY_QUESTIONS

    streets = bool(order.travel) * (1 + order.extended_hours)
    if streets and not order.goal.is_cover:
        streets += MOST_WAY_QUESTIONS
    return 2 + streets + order.extended_hours + order.curve + bool(order.stability)


def _run_sites(run: "AnalysisRun[SitingOrder]") -> Answer:
    from yihui.planning.siting.answer import build_siting_answer, siting_geojson
    from yihui.planning.siting.run import load_shown_inputs, propose_sites_from_inputs

    order, language = run.order, run.language
    geojson = run.output_always(order.geojson, f"sites-{order.area}.geojson")
    if (streets := run.open_reach()) is not None:
        order = order.model_copy(update={"streets": streets, "radius_m": streets.straight_m})
    inputs = load_shown_inputs(run.wiring, order)
    found = propose_sites_from_inputs(run.wiring, inputs)
    answer = build_siting_answer(order, found, language, inputs)
    return _add_file(answer, geojson, lambda: _write_json(siting_geojson(answer, found, language)))


def _run_comparison(run: "AnalysisRun[CompareOrder]") -> Answer:
    from yihui.planning.comparison.answer import build_comparison_answer, build_points_table
    from yihui.planning.comparison.run import compare_registers

    order = run.order
    points = run.output_always(order.points, f"comparison-{order.area}-points.csv")
    found = compare_registers(run.wiring, order)
    files = {f"{side}_file": getattr(order, f"{side}_file") for side in ("before", "after")}
    named = {name: Path(run.name_of(file)) for name, file in files.items() if file is not None}
    shown = order.model_copy(update=named)
    answer = build_comparison_answer(replace(found, order=shown), run.language)
    return _add_file(answer, points, lambda: table_csv(build_points_table(found), run.language))


def _count_study_steps(order: StudyOrder) -> int:
    return _STUDY_STEPS + (_SITE_STEPS if order.sites else 0)


def _count_report_steps(order: ReportOrder) -> int:
    """Count the steps of a report: its study, its map, and its files."""
    # The ways of the demand, of empty ground between its gaps, the map's gaps, and the sites and doors proposed.
    asked = 2 + bool(order.map) + 2 * bool(order.sites)
    return _count_study_steps(order) + 2 * bool(order.map) + 1 + bool(order.travel) * asked


def _count_map_steps(order: "CoverageMapOrder") -> int:
    """Count the steps of a map: its ground, its ways, its levels, its hours, its gaps, and its page."""
    ways = bool(order.travel) * (1 + bool(order.gaps))
    return 3 + (order.with_hours or order.gaps == "night") + bool(order.gaps) + ways


def _run_report(run: AnalysisRun[ReportOrder]) -> Answer:
    from yihui.planning.report.answer import build_report_answer
    from yihui.planning.report.page import render_report_files, select_possible_outputs
    from yihui.planning.report.request import ReportOutputs
    from yihui.planning.report.run import build_coverage_report

    order, area = run.order_by_street(), run.order.area
    html, pdf, xlsx = (
        run.output(getattr(order, ending), f"coverage-{area}.{ending}") for ending in ("html", "pdf", "xlsx")
    )
    map_page = run.output(order.map, f"map-{area}.html")
    asked = ReportOutputs(html, pdf, xlsx, run.output_folder(order.png), map_page)
    outputs, lacking = select_possible_outputs(asked)
    report = build_coverage_report(run.wiring, order, outputs)
    answer = build_report_answer(report.study, run.language)
    wanted = (order.pdf, order.xlsx, order.html, order.map, order.png)
    advance = begin_step(sum(map(bool, wanted)))
    written: list[tuple[Path, str | bytes]] = []
    for path, content in render_report_files(report, answer, run.language):
        written.append((path, content))
        advance(len({one.suffix for one, _ in written}))
    if run.folder is not None:  # an officer can install nothing
        lacking = tuple(ANALYSIS_FAULTS.build(one.short_code, severity="warning") for one in lacking)
    return replace(answer, files=written, notes=(*answer.notes, *lacking), lacks_files=bool(lacking))


def _run_layers(run: AnalysisRun[LayersOrder]) -> Answer:
    from yihui.planning.study.layers import build_layers_answer, render_layer_files
    from yihui.planning.study.run import build_study

    order = run.order
    gpkg = run.output(order.gpkg, f"layers-{order.area}.gpkg")
    folder = run.output_folder(order.geoparquet)
    study = build_study(run.wiring, order)
    begin_step()
    answer, layers, about = build_layers_answer(study, run.language, run.wiring.now())
    return replace(answer, files=[*render_layer_files(layers, about, gpkg, folder)])


def _run_map(run: "AnalysisRun[CoverageMapOrder]") -> Answer:
    from yihui.planning.map.answer import build_map_answer, render_map_page
    from yihui.planning.map.run import build_coverage_map

    page = run.output_always(run.order.out, f"map-{run.order.area}.html")
    assert page is not None, "a map is one file"
    found = build_coverage_map(run.wiring, run.order_by_street())
    begin_step()
    answer = build_map_answer(found, Path(run.name_of(page)), run.language)
    files = [(page, render_map_page(found, run.language))]
    return replace(answer, files=files, view=lambda: _view_map(found, run.language))


def _view_map(found: "CoverageMap", language: "Language") -> AnswerView:
    """Return what a page draws of a map: the shares of its instant beside those of the night, and the map itself."""
    from maps.tiles import NO_TILES
    from yihui.planning.coverage.answer import list_key_figures
    from yihui.planning.map.answer import MOST_STATIONS, build_map_view, chart_hours

    scope, hours, figures = found.scope, found.hours, found.figures
    assert figures is not None, "the map of a study has its figures there"
    night = hours.night_shares(scope.demand, scope.index, scope.at, scope.reach)[0] if hours else nan
    shown = list_key_figures(figures, scope.demand.unit, found.tolerance, scope.at, night, hours)
    drawn = replace(found, tiles=NO_TILES, streets=None)
    if len(found.stations) > MOST_STATIONS:
        drawn = replace(drawn, stations=(), ground=None)
    return AnswerView(scope.at, shown, chart_hours(hours), build_map_view(drawn, language))


@dataclass(frozen=True, slots=True)
class AnalysisKind:
    """The work of a kind of analysis."""

    run: Callable[[AnalysisRun[Any]], Answer]
    count_steps: Callable[[Any], int]  # for its progress; an analysis may leave out the last ones


# By the code of its form.
ANALYSIS_KINDS: Mapping[str, AnalysisKind] = {
    "report": AnalysisKind(_run_report, _count_report_steps),
    "coverage": AnalysisKind(_run_coverage, lambda _: 3),
    "gaps": AnalysisKind(_run_gaps, lambda order: 3 + bool(order.travel)),
    "searches": AnalysisKind(_run_searches, lambda _: 2),
    "access": AnalysisKind(_run_access, lambda order: 2 + bool(order.travel)),
    "sites": AnalysisKind(_run_sites, _count_site_steps),
    "comparison": AnalysisKind(_run_comparison, lambda order: 2 + order.hours),
    "map": AnalysisKind(_run_map, _count_map_steps),
    "layers": AnalysisKind(_run_layers, lambda order: _count_study_steps(order) + 1),
}
