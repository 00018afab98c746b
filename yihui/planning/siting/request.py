"""The order of ``yihui plan sites`` and its validation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.civil_time import HOURS_A_WEEK, monday_of, start_of_day
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.neighbours import MAX_RADIUS_M
from geo.siting.problem import SitingGoal
from geo.siting.situation import MAX_GRID_M, MIN_GRID_M
from geo.siting.spacing import SpacingRule
from yihui.planning.order import AreaOrder
from yihui.runtime.arguments import CANNOT_BE

GOALS_BY_MODEL = {
    "mclp": SitingGoal.MCLP,
    "lscp": SitingGoal.LSCP,
    "p-median": SitingGoal.P_MEDIAN,
    "p-centre": SitingGoal.P_CENTRE,
}
MAX_TIME_LIMIT_S = 3_600.0
MIN_STABILITY_RUNS = 20
_A_NUMBER = 100_000
_FIXED = {"existing": True, "none": False}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_ZH = "一二三四五六日"
_HOUR_TEXT = re.compile(
    r"(?:(?P<en>[a-z]{3})[a-z]*|(?:周|星期)(?P<zh>[一二三四五六日天]))[\s,:_-]*(?P<hour>\d{1,2})(?:点|时|:00)?"
)
SITING_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "grid": (CANNOT_BE, N_("give metres, 50 to 100,000")),
        "apart": (CANNOT_BE, N_("give metres, 0 to 100,000")),
        "time_limit": (CANNOT_BE, N_("give seconds, 1 to 3600")),
        "number": (CANNOT_BE, N_("give the number of sites to build, 1 or more")),
        "budget": (CANNOT_BE, N_("give yuan, 0 or more")),
        "cost": (CANNOT_BE, N_("give yuan, 0 or more")),
        "minimum": (CANNOT_BE, N_("give a whole number, 0 or more")),
        "most_closed": (CANNOT_BE, N_("give a whole number, 0 or more")),
        "maximum": (CANNOT_BE, N_("give a whole number, 0 or more")),
        "stability": (CANNOT_BE, N_("give 20 runs or more; fewer say little")),
        "choice": (N_("“{value}” is no choice for {field}"), N_("write one of {known}")),
        "spacing_rule": (
            CANNOT_BE,
            N_(
                "write four figures such as 1000,500,1500,4000: the second no larger than the first, the last no smaller than the third"
            ),
        ),
        "instant_and_hour": (N_("--at and --hour-of-week both say when"), N_("give one of them")),
        "hour_of_week": (
            CANNOT_BE,
            N_("write a number from 0 (Monday 0:00) to 167, or a day and an hour: sat-23, 周六23点"),
        ),
        "no_number": (
            N_("nothing says how much may be built"),
            N_("say how many sites (-p 10) or how much money (--budget 500000)"),
        ),
        "nothing_to_close": (
            N_("nothing stands that could be closed"),
            N_("leave out --fixed none or --closable"),
        ),
        "none_closable": (
            N_("it is said how many stations may be closed, but none may be"),
            N_("add --closable, or leave out --at-most-close"),
        ),
        "no_number_of_new": (
            N_("stations may be closed, but nothing says how many are to be built"),
            N_("say how many more there may be in all: -p 10"),
        ),
        "crossed_limits": (
            N_("at least {least} in each district, but at most {value}"),
            N_("write a maximum that is no smaller than the minimum"),
        ),
        "nothing_to_extend": (
            N_("where nothing stands, nothing can be opened longer"),
            N_("leave out --fixed none or --extended-hours"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class SitingOrder(AreaOrder):
    """What to plan.

    ``candidates`` is a file in ``datum``; without it the candidates form a grid of ``grid_m`` (None: by the size of the
    area, like the demand's grid). ``p`` is the maximum number of new sites, ``budget_fen`` the maximum cost.
    ``keep`` says whether existing stations count, ``closable`` whether the plan may close one to build one
    more elsewhere, ``at_most_close`` how many (None: as many as ``p``). ``apart_m`` is the minimum distance
    of two stations, 0 for none. ``spacing`` applies the spacing rule for towns. ``stability`` is the number
    of disturbed runs, 0 for none.
    With ``streets`` a site serves by street, distances are lengths of ways, and ``radius_m`` is the straight line
    beside it. *Units*: metres, fen, seconds.
    """

    at: datetime
    goal: SitingGoal = SitingGoal.MCLP
    p: int | None = None
    budget_fen: int | None = None
    cost_fen: int | None = None
    candidates: Path | None = None
    mapping: Path | None = None
    partial: bool = False
    grid_m: float | None = None
    keep: bool = True
    closable: bool = False
    at_most_close: int | None = None
    least: int = 0
    most: int | None = None
    district_limits: Path | None = None
    spacing: bool = False
    rule: SpacingRule = field(default_factory=SpacingRule)
    apart_m: float = 0.0
    extended_hours: bool = False
    curve: bool = False
    stability: int = 0
    seed: int = 20261120
    time_limit_s: float = 30.0

    @property
    def most_closed(self) -> int | None:
        """The maximum number of stations that the plan may close; None if it is unlimited.

        It is unlimited if neither ``p`` nor ``at_most_close`` is given.
        """
        if not self.closable:
            return 0
        return self.p if self.at_most_close is None else self.at_most_close

    def find_faults(self) -> Iterator[Fault]:
        yield from AreaOrder.find_faults(self)
        ranges = (
            ("grid", "--grid", self.grid_m, MIN_GRID_M, MAX_GRID_M),
            ("apart", "--apart", self.apart_m, 0.0, MAX_RADIUS_M),
            ("time_limit", "--time-limit", self.time_limit_s, 1.0, MAX_TIME_LIMIT_S),
            ("number", "-p", self.p, 1, _A_NUMBER),
            ("budget", "--budget", self.budget_fen, 0, 2**60),
            ("cost", "--cost", self.cost_fen, 0, 2**50),
            ("minimum", "--min-per-district", self.least, 0, _A_NUMBER),
            ("most_closed", "--at-most-close", self.at_most_close, 0, _A_NUMBER),
            ("maximum", "--max-per-district", self.most, 0, _A_NUMBER),
        )
        for code, option, value, low, high in ranges:
            if value is not None and not low <= value <= high:
                yield SITING_OPTION_FAULTS.build(code, field=option, value=f"{value:g}")
        if self.stability and not MIN_STABILITY_RUNS <= self.stability <= 1_000:
            yield SITING_OPTION_FAULTS.build("stability", field="--stability", value=self.stability)
        if self.p is None and self.budget_fen is None and self.goal is not SitingGoal.LSCP:
            yield SITING_OPTION_FAULTS.build("no_number", field="-p")
        if self.closable and not self.keep:
            yield SITING_OPTION_FAULTS.build("nothing_to_close", field="--closable")
        if self.at_most_close is not None and not self.closable:
            yield SITING_OPTION_FAULTS.build("none_closable", field="--at-most-close")
        if self.closable and self.p is None and self.goal is not SitingGoal.LSCP:
            yield SITING_OPTION_FAULTS.build("no_number_of_new", field="--closable")
        if self.most is not None and self.most < self.least:
            yield SITING_OPTION_FAULTS.build(
                "crossed_limits", field="--max-per-district", value=self.most, least=self.least
            )
        if self.extended_hours and not self.keep:
            yield SITING_OPTION_FAULTS.build("nothing_to_extend", field="--extended-hours")


def parse_siting_model(text: str) -> SitingGoal:
    """Parse ``--model``. *Raises*: FaultError."""
    if text not in GOALS_BY_MODEL:
        raise FaultError(_none_of("--model", text, GOALS_BY_MODEL))
    return GOALS_BY_MODEL[text]


def parse_fixed_option(text: str) -> bool:
    """Parse ``--fixed``: True if existing stations count. *Raises*: FaultError."""
    if text not in _FIXED:
        raise FaultError(_none_of("--fixed", text, _FIXED))
    return _FIXED[text]


def parse_spacing_rule(text: str) -> SpacingRule:
    """Parse ``--spacing-rule``: four comma-separated numbers.

    They are the spacing in metres, the spacing in metres where dense, the density of a town and the density
    of a dense place in people per km². *Raises*: FaultError.
    """
    try:
        most_m, most_dense_m, town, dense = (float(part) for part in text.replace("，", ",").split(","))
        return SpacingRule(most_m, most_dense_m, town, dense)
    except ValueError as error:
        raise FaultError(
            SITING_OPTION_FAULTS.build("spacing_rule", field="--spacing-rule", value=text)
        ) from error


def parse_hour_of_week(text: str, now: datetime) -> datetime:
    """Return the middle of an hour of the civil week of ``now``.

    ``text`` is 0 to 167 from Monday 0:00, sat-23 or 周六23点. *Raises*: FaultError.
    """
    number = _number_of(text.strip().lower())
    if number is None:
        raise FaultError(SITING_OPTION_FAULTS.build("hour_of_week", field="--hour-of-week", value=text))
    monday = start_of_day(monday_of(now))
    return (monday + timedelta(hours=number, minutes=30)).astimezone(UTC)


def _number_of(text: str) -> int | None:
    if text.isdecimal():
        return int(text) if int(text) < HOURS_A_WEEK else None
    found = _HOUR_TEXT.fullmatch(text)
    if found is None:
        return None
    day, hour = found["zh"], int(found["hour"])
    number = (
        _DAYS_ZH.index(day.replace("天", "日"))
        if day
        else (_DAYS.index(found["en"]) if found["en"] in _DAYS else -1)
    )
    return number * 24 + hour if number >= 0 and hour < 24 else None


def _none_of(field: str, text: str, known: Iterable[str]) -> Fault:
    return SITING_OPTION_FAULTS.build("choice", field=field, value=text, known=", ".join(known))
