"""Figures of a simulation as data, shared by the terminal view, the JSON and the officers' page."""

from collections.abc import Iterable
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

    @property
    def is_telling(self) -> bool:
        """Whether the fund runs out, or the draft changes its use."""
        sides = (self.present, self.proposed)
        return self.present != self.proposed or any(use is not None and use.runs_out_on for use in sides)


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
    rules: tuple[FigurePair, ...]
    gainers: int
    gained_fen: int
    losers: int
    lost_fen: int
    members: tuple[MemberGain, ...]
    funds: tuple[FundUse, ...]
    drawings: tuple[PendingDraw, ...]

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
