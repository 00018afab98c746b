"""Planners' scenarios: begun, changed step by step, stepped back, shared by link, deleted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.hours import parse_hours
from geo.registry import load_stations
from geo.registry.scenario_tables import planning_scenario_events, planning_scenarios
from geo.scenario import (
    CHANGE_ADAPTER,
    MAX_CHANGES,
    HoursChanged,
    ScenarioChange,
    ScenarioEvent,
    ScenarioState,
    ScenarioStations,
    ScenarioStep,
    StationAdded,
    StationMoved,
    apply_scenario,
    fold_scenario,
)
from geo.station import Station, Status
from store import update_row_if_matched
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.access.officer_scope import OfficerScope

MAX_SCENARIOS = 100  # of one officer
SCENARIO_FAULTS = FaultTable(
    "scenario",
    {
        "unknown": (
            N_("there is no scenario {value} that you may read"),
            N_("open the list of your scenarios, or ask its owner for the shared link"),
        ),
        "area": (
            N_("the area {value} is not yours to plan"),
            N_("choose an area of your organisation or below it"),
        ),
        "changed": (
            N_("the scenario was changed in the meantime"),
            N_("look at what it says now, and send the change again"),
        ),
        "station": (
            N_("no station of the area has the id {value}"),
            N_("choose one of the list"),
        ),
        "closed": (
            N_("the station {value} is closed for good"),
            N_("choose an open one, or step back to before it was closed"),
        ),
        "outside": (
            N_("the point {value} lies outside of {area}"),
            N_("choose a point inside; longitude comes first, such as 117.02, 36.67"),
        ),
        "hours": (
            N_("the opening hours can't be understood: {value}"),
            N_("write them as on a door, such as 08:00-20:00 or 24小时"),
        ),
        "nothing": (N_("there is no step to take"), N_("look at the list of changes")),
        "full": (
            N_("the scenario has {count} changes already"),
            N_("begin another scenario, or step back first"),
        ),
        "too_many": (N_("you have {count} scenarios already"), N_("delete one that you no longer need")),
    },
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario with its state. ``version`` is the number of its steps; a form names the one that it was made for."""

    id: str
    name: str
    owner: str
    area: str
    version: int
    share_token: str | None
    changed_at: datetime
    state: ScenarioState


def create_scenario(wiring: Wiring, scope: OfficerScope, owner: str, name: str, area: str) -> str:
    """Begin a scenario for an area; return its id. *Raises*: FaultError for an area outside of the scope."""
    require_area(wiring, scope, area)
    id_, now = secrets.token_hex(16), wiring.now()
    state_act("scenario", id_, organisation=area)
    with open_act(wiring) as connection:
        count = len(_select_owned(connection, owner))
        if count >= MAX_SCENARIOS:
            raise FaultError(SCENARIO_FAULTS.build("too_many", field="name", count=count))
        values = {"id": id_, "name": name[:100], "owner": owner, "area": area, "version": 0}
        connection.execute(insert(planning_scenarios).values(**values, created_at=now, changed_at=now))
    return id_


def require_area(wiring: Wiring, scope: OfficerScope, area: str) -> None:
    """*Raises*: FaultError unless the area is a province, a city or a county of the officer's subtrees."""
    from geo.formats.outlines import load_area_names

    if area not in load_area_names() or not scope.covers_district(area):
        raise FaultError(SCENARIO_FAULTS.build("area", field="area", value=area[:12]))


def list_scenarios(wiring: Wiring, scope: OfficerScope, owner: str) -> list[Scenario]:
    """List the officer's own scenarios in areas that are still theirs, the one changed last first."""
    with wiring.database.read() as connection:
        rows = _select_owned(connection, owner)
    return [_scenario(row, ScenarioState()) for row in rows if scope.covers_district(row.area)]


def require_scenario(wiring: Wiring, scope: OfficerScope, owner: str, id_: str) -> Scenario:
    """Return the officer's own scenario with its state.

    *Raises*: FaultError for one that is unknown, another officer's, or of an area that is no longer theirs.
    """
    with wiring.database.read() as connection:
        return _require(connection, scope, owner, id_)


def find_shared_scenario(wiring: Wiring, scope: OfficerScope, token: str) -> Scenario:
    """Return the scenario of a shared link, for any planner of its area. *Raises*: FaultError."""
    query = select(planning_scenarios).where(planning_scenarios.c.share_token == token)
    with wiring.database.read() as connection:
        row = connection.execute(query).first()
        if row is None or not scope.covers_district(row.area):
            raise FaultError(SCENARIO_FAULTS.build("unknown", field="scenario", value=token[:8]))
        return _scenario(row, _read_state(connection, row.id))


def load_area_stations(wiring: Wiring, area: str) -> list[Station]:
    """Load the stations of an area that are not closed for good, by name."""
    from geo.districts import area_code_prefix

    prefix = area_code_prefix(area)
    with wiring.database.read() as connection:
        found = load_stations(connection, district=prefix)
    return sorted(
        (one for one in found if one.status is not Status.CLOSED_FOR_GOOD),
        key=lambda one: (one.name, one.id),
    )


def apply_to_stations(scenario: Scenario, stations: Sequence[Station]) -> ScenarioStations:
    """Return the stations as the scenario's changes leave them."""
    return apply_scenario(stations, scenario.state.changes)


def add_change(
    wiring: Wiring, scope: OfficerScope, owner: str, id_: str, version: int, change: ScenarioChange
) -> None:
    """Append a change to a scenario of ``version``.

    *Raises*: FaultError for a point outside of the area, a station that isn't there, hours that can't be
    understood, or a scenario that was changed in the meantime.
    """
    scenario = require_scenario(wiring, scope, owner, id_)
    if len(scenario.state.changes) >= MAX_CHANGES:
        raise FaultError(SCENARIO_FAULTS.build("full", field="change", count=MAX_CHANGES))
    _check_change(wiring, scenario, change)
    _append(wiring, scope, owner, id_, version, ScenarioEvent(ScenarioStep.CHANGED, change))


def step_scenario(
    wiring: Wiring, scope: OfficerScope, owner: str, id_: str, version: int, step: ScenarioStep
) -> None:
    """Take the last change back, or do it again. *Raises*: FaultError if there is no such step."""
    state = require_scenario(wiring, scope, owner, id_).state
    if not (state.changes if step is ScenarioStep.UNDONE else state.undone):
        raise FaultError(SCENARIO_FAULTS.build("nothing", field="step"))
    _append(wiring, scope, owner, id_, version, ScenarioEvent(step))


def rename_scenario(wiring: Wiring, scope: OfficerScope, owner: str, id_: str, name: str) -> None:
    """Give a scenario another name. *Raises*: FaultError."""
    _set(wiring, scope, owner, id_, name=name[:100])


def share_scenario(wiring: Wiring, scope: OfficerScope, owner: str, id_: str, *, shared: bool) -> None:
    """Make a new link for other planners of the place, or let the present one lead nowhere. *Raises*: FaultError."""
    _set(wiring, scope, owner, id_, share_token=secrets.token_urlsafe(32) if shared else None)


def delete_scenario(wiring: Wiring, scope: OfficerScope, owner: str, id_: str) -> None:
    """Delete a scenario with its history. *Raises*: FaultError."""
    events = planning_scenario_events
    with open_act(wiring) as connection:
        _require(connection, scope, owner, id_)
        connection.execute(delete(events).where(events.c.scenario == id_))
        connection.execute(delete(planning_scenarios).where(planning_scenarios.c.id == id_))


def _set(wiring: Wiring, scope: OfficerScope, owner: str, id_: str, **values: object) -> None:
    with open_act(wiring) as connection:
        _require(connection, scope, owner, id_)
        connection.execute(update(planning_scenarios).where(planning_scenarios.c.id == id_).values(**values))


def _append(
    wiring: Wiring, scope: OfficerScope, owner: str, id_: str, version: int, event: ScenarioEvent
) -> None:
    now, one = wiring.now(), planning_scenarios.c
    with open_act(wiring) as connection:
        _require(connection, scope, owner, id_)
        expected = update(planning_scenarios).where(one.id == id_, one.version == version)
        if not update_row_if_matched(connection, expected.values(version=version + 1, changed_at=now)):
            raise FaultError(SCENARIO_FAULTS.build("changed", field="version"))
        values = {
            "scenario": id_,
            "version": version + 1,
            "step": event.step.value,
            "change": None if event.change is None else event.change.model_dump_json(),
            "by": owner,
            "at": now,
        }
        connection.execute(insert(planning_scenario_events).values(values))


def _check_change(wiring: Wiring, scenario: Scenario, change: ScenarioChange) -> None:
    faults = []
    if not isinstance(change, StationAdded):
        there = apply_to_stations(scenario, load_area_stations(wiring, scenario.area)).stations
        station = next((one for one in there if one.id == change.station), None)
        if station is None:
            faults.append(SCENARIO_FAULTS.build("station", field="station", value=change.station[:60]))
        elif station.status is Status.CLOSED_FOR_GOOD:
            faults.append(SCENARIO_FAULTS.build("closed", field="station", value=station.name))
    if isinstance(change, StationAdded | StationMoved) and not _is_inside(
        scenario.area, change.lon, change.lat
    ):
        point, name = f"{change.lon:g}, {change.lat:g}", _area_name(scenario.area)
        faults.append(SCENARIO_FAULTS.build("outside", field="lon", value=point, area=name))
    if isinstance(change, StationAdded | HoursChanged) and not parse_hours(change.hours_text).understood:
        faults.append(SCENARIO_FAULTS.build("hours", field="hours", value=change.hours_text[:60]))
    if faults:
        raise FaultError(faults)


def _is_inside(area: str, lon: float, lat: float) -> bool:
    from geo.districts import Districts
    from geo.formats.outlines import load_outlines

    return Districts.from_frame(load_outlines(within=area)).assign([(lon, lat)]).code[0] is not None


def find_area_box(area: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north of an area. *CRS*: WGS84."""
    from geo.formats.outlines import load_outlines

    west, south, east, north = load_outlines(within=area).total_bounds.tolist()
    return west, south, east, north


def _area_name(area: str) -> str:
    from geo.formats.outlines import load_area_names

    return load_area_names()[area]


def _select_owned(connection: Connection, owner: str) -> list[Row[tuple[object, ...]]]:
    one = planning_scenarios.c
    query = select(planning_scenarios).where(one.owner == owner).order_by(one.changed_at.desc(), one.id)
    return [*connection.execute(query)]


def _require(connection: Connection, scope: OfficerScope, owner: str, id_: str) -> Scenario:
    one = planning_scenarios.c
    row = connection.execute(select(planning_scenarios).where(one.id == id_, one.owner == owner)).first()
    if row is None or not scope.covers_district(row.area):
        raise FaultError(SCENARIO_FAULTS.build("unknown", field="scenario", value=id_[:40]))
    return _scenario(row, _read_state(connection, id_))


def _read_state(connection: Connection, id_: str) -> ScenarioState:
    one = planning_scenario_events.c
    rows = connection.execute(
        select(one.step, one.change).where(one.scenario == id_).order_by(one.version)
    ).all()
    return fold_scenario(
        ScenarioEvent(
            ScenarioStep(row.step), CHANGE_ADAPTER.validate_json(row.change) if row.change else None
        )
        for row in rows
    )


def _scenario(row: Row[tuple[object, ...]], state: ScenarioState) -> Scenario:
    return Scenario(
        row.id, row.name, row.owner, row.area, row.version, row.share_token, row.changed_at, state
    )
