"""What a scenario changes, as it is typed and stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from core.faults import FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from geo.registry.planning import Scenario
from yihui.frame.fields import FieldFaultError, FieldKind, fields_of
from yihui.frame.typed import begin_rows
from yihui.frame.types import AreaCode, Form, FreeText, Number, WholeNumber, read_text
from yihui.planning.demand.request import CENSUS_DEMAND
from yihui.planning.order import LEAST_RADIUS_M, PlannedInstant

MOST_CHANGED, MOST_ADDED = 500, 50
_MOST_RADIUS_M = 5_000
USUAL_HOURS = "每天8:00-22:00"
SCENARIO_FAULTS = FaultTable(
    "scenario",
    {
        "unknown": (N_("there is no scenario {value}"), N_("choose one of the list")),
        "area": (N_("stations are ticked in one county or one city"), N_("choose a county or a city")),
        "hours": (
            N_("the opening hours can't be understood: {value}"),
            N_("write them such as 每天8:00-22:00, or 24小时"),
        ),
        "both": (N_("stations are ticked both to open longer and to be closed: {count}"), N_("tick one of the two")),
        "too_many": (N_("there are more proposals than a scenario holds: {most}"), N_("let fewer sites be proposed")),
        "foreign": (
            N_("{count} of the ticked stations don't lie in the scenario's area"),
            N_("tick only stations of the list"),
        ),
        "far": (
            N_("the added station at {value} is farther from the area than {radius} m"),
            N_("choose a place in the area, or so near that it serves people there"),
        ),
        "nothing_proposed": (
            N_("the siting proposes nothing of the kind, so the scenario would be empty"),
            N_("take its other proposals, or ask for sites at an hour at which stations are closed"),
        ),
        "other_question": (
            N_("a scenario measures by the straight line, beside all stations of today; these proposals answer another question"),
            N_("compute sites for a county or a city, within 5 km at most, without ways by street, without a register or a grid of demand of their own, with the stations of today, and by a demand of that area"),
        ),
    },
)  # fmt: skip


def _read_hours(value: object) -> object:
    from geo.hours import parse_hours

    text = read_text(value)
    if isinstance(text, str) and not parse_hours(text).understood:
        raise FieldFaultError([SCENARIO_FAULTS.build("hours", value=text[:40])])
    return text


_Stations = Annotated[
    tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=MOST_CHANGED), FieldKind.CHOICES
]

UNTIL_LABELS = {**{f"{hour}:00": f"{hour}:00" for hour in range(20, 25)}, "all": N_("around the clock")}


class AddedStation(Form):
    """A station that a scenario adds. *CRS*: WGS84."""

    lon: Annotated[Number, Field(ge=-180, le=180), Prompt(N_("longitude"))]
    lat: Annotated[Number, Field(ge=-90, le=90), Prompt(N_("latitude"))]
    hours: Annotated[
        str, Field(max_length=100), BeforeValidator(_read_hours), Prompt(N_("opening hours"))
    ] = USUAL_HOURS
    name: Annotated[str, Field(max_length=100), BeforeValidator(read_text), Prompt(N_("name"))] = ""


class ScenarioChanges(Form):
    """Which stations of today open until an hour, which are closed, and which are added."""

    until: Annotated[
        Literal["20:00", "21:00", "22:00", "23:00", "24:00", "all"],
        Prompt(N_("Open until"), labels=UNTIL_LABELS),
    ] = "22:00"
    late: Annotated[_Stations, Prompt(N_("Open longer"))] = ()
    closed: Annotated[_Stations, Prompt(N_("to be closed"))] = ()
    added: Annotated[
        tuple[AddedStation, ...], Field(max_length=MOST_ADDED), Prompt(N_("Added stations"))
    ] = ()

    def begin(self) -> dict[str, list[str]]:
        """Return the changes as they are typed."""
        added = next(one for one in fields_of(ScenarioChanges) if one.name == "added")
        rows = begin_rows(added, [one.model_dump() for one in self.added])
        typed: dict[str, list[str]] = {"until": [self.until], "late": [*self.late], "closed": [*self.closed]}
        return {**typed, **{name: [value] for name, value in rows.items()}}

    @model_validator(mode="after")
    def _ticked_once(self) -> Self:
        if both := {*self.late} & {*self.closed}:
            raise FieldFaultError([SCENARIO_FAULTS.build("both", field="closed", count=len(both))])
        return self


_RadiusM = Annotated[WholeNumber, Field(ge=LEAST_RADIUS_M, le=_MOST_RADIUS_M)]
_WITHIN = Prompt(N_("Within"), unit=N_("m"))


class ScenarioForm(Form):
    """A new scenario: where, and when and within which distance it is measured."""

    name: Annotated[FreeText, Field(max_length=100), Prompt(N_("Name"))]
    area: Annotated[AreaCode, Prompt(N_("Area"))]
    at: Annotated[
        PlannedInstant | None, Prompt(N_("Measured at"), hint=N_("Empty: the last working day at 10:00."))
    ] = None
    radius_m: Annotated[_RadiusM, _WITHIN] = 1_000
    sites: Annotated[str, Field(max_length=32), FieldKind.HIDDEN] = ""  # the siting whose proposals it takes
    take: Annotated[Literal["new", "longer"], FieldKind.HIDDEN] = "new"  # which of its two proposals


class MeasureForm(ScenarioChanges):
    """What a scenario is to change, and when and within which distance it is measured; empty: as it is stored."""

    at: Annotated[PlannedInstant | None, Prompt(N_("Measured at"))] = None
    radius_m: Annotated[_RadiusM | None, _WITHIN] = None
    demand: Annotated[str | None, Field(max_length=64), Prompt(N_("Demand"))] = None

    @property
    def changes(self) -> ScenarioChanges:
        """The changes alone."""
        return ScenarioChanges(**{name: getattr(self, name) for name in ScenarioChanges.model_fields})

    def apply_to(self, stored: Scenario) -> Scenario:
        """Return a stored scenario with this instant, this radius and this demand."""
        named = {name: getattr(self, name) or getattr(stored, name) for name in ("at", "radius_m", "demand")}
        return replace(stored, **named)


class ChangeForm(MeasureForm):
    """The changes of a scenario, how it is measured, and its name."""

    name: Annotated[FreeText, Field(max_length=100), Prompt(N_("Name"))]


def list_takes(analysis: str, area: str, order: Mapping[str, Any], demands: Collection[str]) -> Sequence[str]:
    """Return which of an analysis' proposals a scenario can hold: new sites, longer hours; none if it asked otherwise.

    A scenario measures one of these demands by the straight line, on the grid of its area, beside all stations of today.
    """
    own = ("travel", "only_register", "spacing_m")
    is_other = any(order.get(name) for name in own) or order.get("fixed", "existing") != "existing"
    is_wide = float(order.get("radius_m", 0)) > _MOST_RADIUS_M or area.endswith("0000")
    if analysis != "sites" or is_other or is_wide or order.get("demand", CENSUS_DEMAND) not in demands:
        return ()
    return ("new", "longer") if order.get("extended_hours") else ("new",)


def has_proposals(told: Mapping[str, Any], take: str) -> bool:
    """Return whether a siting, by its answer as programs read it, proposes new sites, or doors to open longer."""
    return bool(told["tables"].get("sites" if take == "new" else "open_longer"))
