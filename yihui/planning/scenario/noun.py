"""Scenarios at every door: those of the officer's areas, one with what it is worth, and how it is made and changed."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from core.text_marks import N_
from geo.registry.planning import (
    UPLOADED_DEMAND,
    Scenario,
    change_scenario,
    delete_scenario,
    find_scenario,
    insert_scenario,
    list_scenarios_of,
    planning_scenarios,
    read_scenario,
)
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Link, Officer
from yihui.frame.content import Fact, Facts, Papers, Section, ShownPaper, TableColumn, ThingPage
from yihui.frame.fields import FieldKind, fields_of
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice, find_selected
from yihui.frame.looking import read_thing
from yihui.frame.noun import Noun
from yihui.frame.types import Form
from yihui.planning.analysis.forms import FORM_FAULTS, PLANNING_TABS
from yihui.planning.demand.request import CENSUS_DEMAND, DEMANDS, SEARCHES_DEMAND
from yihui.planning.order import usual_instant
from yihui.planning.scenario.request import (
    SCENARIO_FAULTS,
    ChangeForm,
    ScenarioChanges,
    ScenarioForm,
    has_proposals,
    list_takes,
)
from yihui.runtime.language import Language
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.demand_files import list_covered_demand_files
from yihui.services.organisations.district_names import load_full_area_name

PATH = "planning/scenarios"
_column = TableColumn[Scenario]


def load(at: Doing[Any, Any] | Looking[Any], number: int, lock: bool) -> Scenario:
    """Return a scenario. *Raises*: FaultError if there is none."""
    found = find_scenario(at.connection, number, lock=lock)
    if found is None:
        raise FaultError(SCENARIO_FAULTS.build("unknown", field="number", value=number))
    return found


def read_changes(one: Scenario) -> ScenarioChanges:
    """Return the changes of a stored scenario."""
    return ScenarioChanges.model_validate_json(one.changes)


def _area(form: ScenarioForm) -> str:
    return form.area.ljust(6, "0")


def create(act: Doing[ScenarioForm, Scenario]) -> Change:
    """Store a new scenario, with what a siting proposes if one is named. *Raises*: FaultError."""
    from yihui.planning.scenario.run import UNCHANGED, check_places, take_proposals

    form, area = act.form, _area(act.form)
    if area.endswith("0000"):  # a province
        raise FaultError(SCENARIO_FAULTS.build("area", field="area"))
    at, radius_m, changes = form.at or usual_instant(act.now), form.radius_m, UNCHANGED
    demand = CENSUS_DEMAND
    if form.sites:
        told, demand = load_proposals(act, area)
        at, radius_m = form.at or datetime.fromisoformat(told["at"]), round(told["radius_m"])
        changes = take_proposals(told, form.take)
    check_places(act.wiring, area, radius_m, changes)
    values = {"name": form.name, "area": area, "at": at, "radius_m": radius_m, "demand": demand, "version": 1}
    made = {"changes": changes.model_dump_json(), "made_by": act.actor.id, "made_at": act.now}
    return Change(insert_scenario(act.connection, values | made), {"name": form.name}, organisation=area)


def _scope(act: Doing[Any, Any]) -> OfficerScope:
    today = civil_date(act.now)
    return OfficerScope(subtrees(act.actor, Right.PLAN, today), today)


def load_proposals(act: Doing[ScenarioForm, Scenario], area: str) -> tuple[dict[str, Any], str]:
    """Return the answer of a finished siting of an area, as programs read it, and its demand. *Raises*: FaultError."""
    from yihui.planning.analysis.job import ANALYSIS_JOB
    from yihui.services.operation.jobs import load_made_file, require_job_of_place

    scope = _scope(act)
    job, _ = require_job_of_place(act.wiring, ANALYSIS_JOB, scope, act.form.sites)
    order: Any = job.parameters["order"]
    demands = list_demands(act.wiring, scope, area)
    if act.form.take not in list_takes(str(job.parameters["analysis"]), area, order, demands):
        raise FaultError(SCENARIO_FAULTS.build("other_question", field="sites"))
    found: dict[str, Any] = json.loads(load_made_file(act.wiring, job.id, f"sites-{area}.json").content)
    if not has_proposals(found, act.form.take):
        raise FaultError(SCENARIO_FAULTS.build("nothing_proposed", field="take"))
    return found, order.get("demand", CENSUS_DEMAND)


def change(act: Doing[ChangeForm, Scenario]) -> Change:
    """Store other changes, another instant, radius or demand, or another name. *Raises*: FaultError."""
    from yihui.planning.scenario.run import check_places

    form, stored = act.form, act.thing
    if form.demand not in (None, stored.demand):
        raise_faults(list_demand_faults(form.demand, list_demands(act.wiring, _scope(act), stored.area)))
    asked = replace(form.apply_to(stored), name=form.name, changes=form.changes.model_dump_json())
    check_places(act.wiring, asked.area, asked.radius_m, form.changes, read_changes(stored))
    change_scenario(act.connection, asked)
    counts = {name: len(getattr(form, name)) for name in ("late", "closed", "added")}
    return Change(stored.number, {"name": form.name, **counts}, {"name": stored.name})


def list_demands(
    wiring: Wiring, scope: OfficerScope, area: str, *, has_searches: bool = True
) -> dict[str, str]:
    """Return the demands of an area, by code: those of every site, without searches where there are none, and its files.

    A file of a wider area is none of a scenario's: not all planners who read it may use the file.
    """
    from geo.districts import is_code_within

    files = list_covered_demand_files(wiring, scope)
    own = {f"{UPLOADED_DEMAND}{one.id}": one.name for one in files if is_code_within(one.area, area)}
    shown = {one: title for one, title in DEMANDS.items() if has_searches or SEARCHES_DEMAND not in one}
    return {**shown, **own}


def list_demand_faults(demand: str | None, demands: Collection[str]) -> list[Fault]:
    """Return the fault of a demand by which the scenario can't be measured; none where it isn't said."""
    if not demand or demand in demands:
        return []
    return [FORM_FAULTS.build("choice", field="demand", value=demand[:40])]


def delete(act: Doing[Form, Scenario]) -> Change:
    """Delete a scenario."""
    delete_scenario(act.connection, act.thing.number)
    return Change(0, before={"name": act.thing.name}, about=(SCENARIO.name, str(act.thing.number)))


def load_beside(wiring: Wiring, actor: Actor, number: int) -> tuple[Scenario, dict[int, Scenario]]:
    """Return a scenario, and the others of its area by number. *Raises*: FaultError if it is not the officer's."""

    def read(look: Looking[Any], one: Scenario) -> tuple[Scenario, dict[int, Scenario]]:
        others = list_scenarios_of(look.connection, one.area)
        return one, {other.number: other for other in others if other.number != one.number}

    return read_thing(wiring, actor, NOUN, number, read)


def find(look: Looking[NoFilter]) -> RowSlice[Scenario]:
    """Find the scenarios of the officer's areas, the newest first."""
    query = select(planning_scenarios).order_by(planning_scenarios.c.number.desc())
    return find_selected(look, query, read_scenario, scope=planning_scenarios.c.area, right=Right.PLAN)


def show(look: Looking[Any], one: Scenario, language: Language) -> ThingPage:
    """Return a scenario beside today: what it is worth, and what it changes."""
    from yihui.planning.scenario.answer import changes_table, scenario_sections
    from yihui.planning.scenario.run import list_stations, measure_scenario

    changes = read_changes(one)
    wiring = look.wiring.in_language(language)  # the demand is called by its name
    found, stations = measure_scenario(wiring, one, changes), list_stations(wiring, one, changes)
    facts = (
        Fact("area", N_("Area"), load_full_area_name(one.area)),
        Fact("demand", N_("Demand"), found.chosen.title),
        Fact("made_by", N_("Made by"), Officer(one.made_by)),
        Fact("made_at", N_("Made on"), one.made_at),
    )
    choices = {ticked.station.id: ticked.station.name for ticked in stations}
    asked = [
        replace(field, choices=choices) if field.kind is FieldKind.CHOICES else field
        for field in fields_of(ChangeForm)
    ]
    path = f"/desk/{PATH}/{one.number}/sheet"
    sheet = ShownPaper(1, language.translate(N_("One page: figures, map and changes")), path, 1, "", None)
    sections: list[Section] = [
        *scenario_sections(one, changes, found, language),
        Papers("sheet", "", [sheet]),
        changes_table(changes, stations),
        Facts("", facts),
    ]
    return ThingPage(one.name, sections, acts=(CHANGE.name, DELETE.name), asked={CHANGE.name: asked})


SCENARIO = Kind[Scenario]("scenario", load, lambda one: one.version, lambda one: one.area)
CREATE = Act("create", N_("New scenario"), ScenarioForm, create, Right.PLAN, "planning.run.write",
             N_("The scenario was made. Tick its stations."), SCENARIO, makes=True,
             places=lambda act: (_area(act.form),))  # fmt: skip
CHANGE = Act("change", N_("Tick stations"), ChangeForm, change, Right.PLAN, "planning.run.change",
             N_("The scenario was stored."), SCENARIO, page="stations", button=N_("Store the scenario"))  # fmt: skip
DELETE = Act("delete", N_("Delete the scenario"), Form, delete, Right.PLAN, "planning.run.delete",
             N_("The scenario was deleted."), SCENARIO, is_grave=True)  # fmt: skip
NOUN = Noun(PATH, N_("Scenarios"), SCENARIO, Listing(
    N_("Scenarios of the officer's areas, the newest first"), NoFilter, find,
    (
        _column("name", N_("Name"), lambda one: Link(f"/desk/{PATH}/{one.number}", one.name)),
        _column("number", N_("Number"), lambda one: one.number, is_on_page=False),
        _column("area", N_("Area"), lambda one: load_full_area_name(one.area)),
        _column("at", N_("Measured at"), lambda one: one.at),
        _column("radius_m", N_("Within metres"), lambda one: one.radius_m),
        _column("made_by", N_("Made by"), lambda one: Officer(one.made_by)),
        _column("made_at", N_("Made on"), lambda one: one.made_at),
    ),
    N_("There is no scenario yet. Make the first one.")
), show, Right.PLAN, (CHANGE, CREATE, DELETE), tabs=PLANNING_TABS)  # fmt: skip
