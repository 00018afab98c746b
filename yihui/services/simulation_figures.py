"""What a simulation shows, as data: the same for the terminal, for programs and for the picture."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, and how many versions in force it would take the place of on its days."""

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
class Sums:
    """One side in three numbers."""

    granted: int
    amount_fen: int
    refused: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Pair:
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
class Cell:
    """The cost of a civil month in an organisation."""

    month: str
    organisation: str
    present_fen: int
    proposed_fen: int


@dataclass(frozen=True, slots=True)
class Gain:
    """What a member gets: in force, and with the draft. Pseudonyms only."""

    member: str
    present_fen: int
    proposed_fen: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class Use:
    """How a budget (fen) or a quota (places) is used by one side."""

    used: int
    left: int | None
    runs_out_on: date | None
    refused: int
    curve: tuple[tuple[date, int], ...]  # used by the end of a day


@dataclass(frozen=True, slots=True)
class FundUse:
    """A budget, or the places of a rule in a period."""

    kind: str  # budget, quota
    name: str
    period: str
    size: int | None
    before: int
    present: Use | None
    proposed: Use | None


@dataclass(frozen=True, slots=True)
class CapRoom:
    """How near one side comes to a cap, and whom it is that comes nearest."""

    cap: str
    title: str
    allowed_fen: int
    highest_fen: int
    headroom_fen: int
    member: str
    refused: int
    side: str  # present, proposed


@dataclass(frozen=True, slots=True)
class Example:
    """A member at a threshold. ``lacking`` counts what else is missing."""

    member: str
    day: date
    value: str
    bound: str
    distance: int
    lacking: int


@dataclass(frozen=True, slots=True)
class EdgeUse:
    """Those just inside and just outside of a threshold."""

    rule: str
    condition: str
    inside: tuple[Example, ...]
    outside: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class RefusalPair:
    """How often a rule refuses for one reason; ``params`` fill its text, of the example given."""

    rule: str
    title: str
    code: str
    text: str
    params: Mapping[str, str]
    present: int
    proposed: int
    example: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One value of a parameter, and what the drafts' own rules come to; ``total_fen`` is that of all rules."""

    value: int
    amount_fen: int
    total_fen: int
    granted: int
    members: int
    refused: int
    runs_out_on: date | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a draw or a ranking will choose from; it isn't in the cost, ``at_most_fen`` is what it may come to."""

    rule: str
    period: str
    side: str  # present, proposed
    entries: int
    places: int
    at_most_fen: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is shown."""

    drafts: tuple[Draft, ...]
    first: date | None
    last: date | None
    events: int
    duplicates: int
    faulty: int
    stations: int
    unkept: int
    untouched: tuple[str, ...]  # drafts that weren't in force on any day replayed
    present: Sums
    proposed: Sums
    months: tuple[Pair, ...]
    organisations: tuple[Pair, ...]
    cells: tuple[Cell, ...]
    rules: tuple[Pair, ...]
    gainers: int
    gained_fen: int
    losers: int
    lost_fen: int
    members: tuple[Gain, ...]
    funds: tuple[FundUse, ...]
    caps: tuple[CapRoom, ...]
    drawings: tuple[Drawing, ...]
    edges: tuple[EdgeUse, ...]
    refusals: tuple[RefusalPair, ...]
    parameter: str | None
    unit: str | None
    tried: tuple[Tried, ...]

    def as_json(self) -> dict[str, object]:
        """For programs; dates as ISO text."""
        return asdict(self, dict_factory=_jsonable)


def _jsonable(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    return {key: _plain(value) for key, value in pairs}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
