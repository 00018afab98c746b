"""The analysis that proposes sites: every goal and limit of ``yihui plan sites``."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.forms import DEFAULT_SPACING_RULE
from yihui.planning.analysis.measures import check_street_values
from yihui.planning.analysis.result import AnalysisResult, AnalysisRun, build_table, read_demand_options

if TYPE_CHECKING:
    from yihui.planning.siting.request import SitingOrder


def _order(values: AnalysisValues) -> "SitingOrder":
    """Build the order. *Raises*: FaultError."""
    from yihui.planning.siting.request import (
        SITING_OPTION_FAULTS,
        SitingOrder,
        parse_fixed_option,
        parse_hour_of_week,
        parse_siting_model,
        parse_spacing_rule,
    )
    from yihui.runtime.arguments import parse_fen

    budget, cost = values.optional("budget"), values.optional("cost")
    at, hour = values.instant(), values.optional("hour-of-week")
    if at and hour:
        raise FaultError(SITING_OPTION_FAULTS.build("instant_and_hour", field="--at"))
    return SitingOrder(
        area=values.text("area"),
        at=parse_hour_of_week(hour, values.now) if hour else at or values.now,
        goal=parse_siting_model(values.text("model") or "mclp"),
        p=values.optional_whole("p"),
        budget_fen=parse_fen(budget, "--budget") if budget else None,
        cost_fen=parse_fen(cost, "--cost") if cost else None,
        candidates=values.file("candidates"),
        datum=values.datum(),
        mapping=values.file("columns"),
        partial=values.is_ticked("partial"),
        grid_m=values.optional_number("grid"),
        radius_m=values.number("radius", 1_000),
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        spacing_m=values.optional_number("demand-grid"),
        register=values.optional("register"),
        keep=parse_fixed_option(values.text("fixed") or "existing"),
        closable=values.is_ticked("closable"),
        at_most_close=values.optional_whole("at-most-close"),
        least=values.whole("min-per-district", 0),
        most=values.optional_whole("max-per-district"),
        district_limits=values.file("district-limits"),
        spacing=values.is_ticked("spacing"),
        rule=parse_spacing_rule(values.text("spacing-rule") or DEFAULT_SPACING_RULE),
        apart_m=values.number("apart", 0),
        extended_hours=values.is_ticked("extended-hours"),
        curve=values.is_ticked("curve"),
        stability=values.whole("stability", 0),
        seed=values.whole("seed", 20261120),
        time_limit_s=values.number("time-limit", 30),
    )


def check_site_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for what doesn't fit together."""
    from yihui.planning.siting.request import check_siting_order

    check_street_values(values)
    check_siting_order(_order(values))


def count_site_steps(values: AnalysisValues) -> int:
    """Count the steps: the ground, the plan, and what else is computed of it."""
    from geo.siting.street_ways import MOST_WAY_QUESTIONS
    from yihui.planning.siting.request import parse_siting_model

    extras = values.is_ticked("extended-hours") + values.is_ticked("curve")
    streets = bool(values.text("travel")) * (1 + values.is_ticked("extended-hours"))
    if streets and not parse_siting_model(values.text("model") or "mclp").is_cover:
        streets += MOST_WAY_QUESTIONS
    return 2 + streets + extras + bool(values.whole("stability", 0))


def run_sites(run: AnalysisRun) -> AnalysisResult:
    """Propose sites. *Raises*: FaultError."""
    from yihui.planning.siting.data import siting_geojson, siting_json
    from yihui.planning.siting.run import propose_sites
    from yihui.planning.siting.text import (
        CURVE_TITLE,
        curve_table,
        note_lines,
        site_table,
        siting_lines,
    )

    order, language = _order(run.values), run.language
    geojson = run.output("geojson", f"sites-{order.area}.geojson")
    if (streets := run.open_reach(order.radius_m)) is not None:
        order = replace(order, streets=streets, radius_m=streets.straight_m)
    found = propose_sites(run.wiring, order)
    tables = []
    if found.proposals:
        tables.append(build_table(language.translate(N_("Proposed sites")), site_table(found, language)))
    if found.curve:
        tables.append(build_table(language.translate(CURVE_TITLE), curve_table(found, language)))
    return AnalysisResult(
        [*siting_lines(found, language)],
        tables,
        [*note_lines(found.notes, language)],
        lambda: siting_json(found, language),
        []
        if geojson is None
        else [(geojson, json.dumps(siting_geojson(found, language), ensure_ascii=False))],
        found.interrupted,
    )
