"""Scenarios: what a planner would change about the stations of an area, as a history that can be stepped back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from geo.station import Access, Calendar, Kind, Station, Status

MAX_CHANGES = 200
_Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
_Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
_StationId = Annotated[str, Field(min_length=1, max_length=128)]


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StationAdded(_Change):
    """A new station, open to everybody. *CRS*: WGS84."""

    act: Literal["added"] = "added"
    station: _StationId
    name: str = Field(min_length=1, max_length=200)
    lon: _Longitude
    lat: _Latitude
    hours_text: str = Field(max_length=200)
    kind: Kind = Kind.OUTDOOR_STATION


class StationMoved(_Change):
    """A station at another place. *CRS*: WGS84."""

    act: Literal["moved"] = "moved"
    station: _StationId
    lon: _Longitude
    lat: _Latitude


class StationClosed(_Change):
    """A station that is closed for good; one that the scenario added is taken out again."""

    act: Literal["closed"] = "closed"
    station: _StationId


class HoursChanged(_Change):
    """A station with other opening hours, such as longer ones."""

    act: Literal["hours"] = "hours"
    station: _StationId
    hours_text: str = Field(min_length=1, max_length=200)


ScenarioChange = Annotated[
    StationAdded | StationMoved | StationClosed | HoursChanged, Field(discriminator="act")
]
CHANGE_ADAPTER: TypeAdapter[ScenarioChange] = TypeAdapter(ScenarioChange)


class ScenarioStep(StrEnum):
    """What an event of a scenario does."""

    CHANGED = "changed"
    UNDONE = "undone"
    REDONE = "redone"


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """One event of a scenario's history; ``change`` is given for ``CHANGED`` alone."""

    step: ScenarioStep
    change: ScenarioChange | None = None


@dataclass(frozen=True, slots=True)
class ScenarioState:
    """The changes that count now, and those that were undone and can be redone, the next one last."""

    changes: tuple[ScenarioChange, ...] = ()
    undone: tuple[ScenarioChange, ...] = ()


def fold_scenario(events: Iterable[ScenarioEvent]) -> ScenarioState:
    """Return the state to which a history leads. A new change forgets what was undone before it.

    >>> add = StationAdded(station="new-1", name="泉边驿站", lon=117.0, lat=36.7, hours_text="24小时")
    >>> history = [ScenarioEvent(ScenarioStep.CHANGED, add), ScenarioEvent(ScenarioStep.UNDONE)]
    >>> fold_scenario(history).changes, len(fold_scenario(history).undone)
    ((), 1)
    """
    changes: list[ScenarioChange] = []
    undone: list[ScenarioChange] = []
    for event in events:
        if event.step is ScenarioStep.CHANGED and event.change is not None:
            changes.append(event.change)
            undone.clear()
        elif event.step is ScenarioStep.UNDONE and changes:
            undone.append(changes.pop())
        elif event.step is ScenarioStep.REDONE and undone:
            changes.append(undone.pop())
    return ScenarioState(tuple(changes), tuple(undone))


@dataclass(frozen=True, slots=True)
class ScenarioStations:
    """The stations of a scenario. ``missing`` are the changes whose station the register no longer has."""

    stations: tuple[Station, ...]
    missing: tuple[ScenarioChange, ...] = ()


def apply_scenario(stations: Sequence[Station], changes: Iterable[ScenarioChange]) -> ScenarioStations:
    """Return the stations as the changes leave them, in the order of the register, new ones last."""
    found = {station.id: station for station in stations}
    missing: list[ScenarioChange] = []
    for change in changes:
        if isinstance(change, StationAdded):
            found[change.station] = build_added_station(change)
        elif change.station not in found:
            missing.append(change)
        elif isinstance(change, StationClosed) and found[change.station].source == SCENARIO_SOURCE:
            del found[change.station]
        else:
            found[change.station] = _change_station(found[change.station], change)
    return ScenarioStations(tuple(found.values()), tuple(missing))


SCENARIO_SOURCE = "scenario"  # of stations that only a scenario has


def build_added_station(change: StationAdded) -> Station:
    """Return the station that a change adds; its district follows from its place."""
    return Station(
        id=change.station,
        name=change.name,
        kind=change.kind,
        lon=change.lon,
        lat=change.lat,
        hours_text=change.hours_text,
        calendar=Calendar.CN,
        access=Access.PUBLIC,
        source=SCENARIO_SOURCE,
    )


def _change_station(station: Station, change: ScenarioChange) -> Station:
    if isinstance(change, StationMoved):
        # Its district follows from the new place.
        return station.model_copy(update={"lon": change.lon, "lat": change.lat, "district": None})
    if isinstance(change, HoursChanged):
        return station.model_copy(update={"hours_text": change.hours_text})
    return station.model_copy(update={"status": Status.CLOSED_FOR_GOOD})
