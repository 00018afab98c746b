"""Figures of a simulation as data, shared by the terminal view, the JSON and the page."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DraftFigures:
    """A draft, and the hashes of the versions in force that it would replace on its days."""

    id: str
    title: str
    owner: str
    since: date
    until: date | None
    on: str
    hash: str
    file: str
    replaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideTotals:
    """The totals of one side."""

    granted: int
    amount_fen: int
    refused: int
    waiting: int


@dataclass(frozen=True, slots=True)
class FigurePair:
    """One figure in money: in force, and with the draft."""

    key: str
    title: str
    present_fen: int
    proposed_fen: int
    present_count: int
    proposed_count: int
    present_refused: int = 0
    proposed_refused: int = 0


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """The cost of a civil month in one organisation."""

    month: str
    organisation: str
    present_fen: int
    proposed_fen: int


@dataclass(frozen=True, slots=True)
class MemberGain:
    """The worth of a member's benefits: in force, and with the draft. Members stand under pseudonyms."""

    member: str
    present_fen: int
    proposed_fen: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class SideUse:
    """One side's use of a budget (fen) or a quota (places)."""

    used: int
    left: int | None
    runs_out_on: date | None
    refused: int
    curve: tuple[tuple[date, int], ...]  # cumulative use by the end of each day


@dataclass(frozen=True, slots=True)
class FundUse:
    """The use of a budget, or of a rule's places in one period."""

    kind: str  # budget, quota
    name: str
    period: str
    size: int | None
    before: int
    present: SideUse | None
    proposed: SideUse | None


@dataclass(frozen=True, slots=True)
class CapHeadroom:
    """The headroom of one side below a cap, with the member who comes nearest to it."""

    cap: str
    title: str
    allowed_fen: int
    highest_fen: int
    headroom_fen: int
    member: str
    refused: int
    side: str  # present, proposed


@dataclass(frozen=True, slots=True)
class ThresholdExample:
    """A member at a threshold. ``lacking`` counts the other conditions the member doesn't meet."""

    member: str
    day: date
    value: str
    bound: str
    distance: int
    lacking: int


@dataclass(frozen=True, slots=True)
class ThresholdEdges:
    """Members just inside and just outside a threshold."""

    rule: str
    condition: str
    inside: tuple[ThresholdExample, ...]
    outside: tuple[ThresholdExample, ...]


@dataclass(frozen=True, slots=True)
class BoundFigures:
    """The bound that left no room: a budget, places, a cap, a limit, another rule.

    ``size`` is in fen for a budget and a cap, else a count; ``per`` are the facts by which a limit counts.
    """

    kind: str
    name: str
    size: int | None
    per: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusalPair:
    """How often a rule refuses for one reason; ``params`` fill its text with the example's values.

    ``bound`` is None if a condition refused; ``on`` is the type of event that the rule reacts to.
    """

    rule: str
    title: str
    code: str
    text: str
    params: Mapping[str, str]
    present: int
    proposed: int
    example: str
    bound: BoundFigures | None = None
    on: str = ""


@dataclass(frozen=True, slots=True)
class WhatIfFigures:
    """One value of a parameter and its totals for the drafts' rules; ``total_fen`` covers all rules."""

    value: int
    amount_fen: int
    total_fen: int
    granted: int
    members: int
    refused: int
    runs_out_on: date | None


@dataclass(frozen=True, slots=True)
class PendingDraw:
    """A later draw or ranking. Its cost is not in the totals; ``at_most_fen`` is its upper bound."""

    rule: str
    period: str
    side: str  # present, proposed
    entries: int
    places: int
    at_most_fen: int


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """All figures of a simulation."""

    drafts: tuple[DraftFigures, ...]
    first: date | None
    last: date | None
    events: int
    duplicates: int
    faulty: int
    stations: int
    unkept: int
    untouched: tuple[str, ...]  # drafts not in force on any replayed day
    present: SideTotals
    proposed: SideTotals
    months: tuple[FigurePair, ...]
    organisations: tuple[FigurePair, ...]
    cells: tuple[MonthlyCost, ...]
    rules: tuple[FigurePair, ...]
    gainers: int
    gained_fen: int
    losers: int
    lost_fen: int
    members: tuple[MemberGain, ...]
    funds: tuple[FundUse, ...]
    caps: tuple[CapHeadroom, ...]
    drawings: tuple[PendingDraw, ...]
    edges: tuple[ThresholdEdges, ...]
    refusals: tuple[RefusalPair, ...]
    parameter: str | None
    unit: str | None
    tried: tuple[WhatIfFigures, ...]

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON data, with dates as ISO text."""
        return asdict(self, dict_factory=_jsonable)


def _jsonable(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    return {key: _plain(value) for key, value in pairs}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
