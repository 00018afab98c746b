"""The figures of a finished simulation, shared by the terminal, the JSON and the officers' page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from rules.simulation.totals import FundUsage, SimulationTotals
from yihui.bootstrap import PROVINCE_CODE
from yihui.services.rules.simulation import SimulationRun

_BANDS_FEN = (0, 5_000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class DraftFigures:
    """A draft, as simulated; ``is_untouched`` if it is not in force on any replayed day."""

    id: str
    title: str
    since: date
    until: date | None
    is_untouched: bool


@dataclass(frozen=True, slots=True)
class SideTotals:
    """The totals of one side."""

    granted: int
    amount_fen: int
    refused: int


@dataclass(frozen=True, slots=True)
class FigurePair:
    """The worth of benefits in force and with the draft: in a month, an organisation, by a rule, of a member."""

    key: str
    title: str
    present_fen: int
    proposed_fen: int

    @property
    def difference_fen(self) -> int:
        """What the draft adds."""
        return self.proposed_fen - self.present_fen


@dataclass(frozen=True, slots=True)
class GainBand:
    """The members whose benefits change by more than ``above_fen`` and at most ``up_to_fen``; None: any amount."""

    above_fen: int
    up_to_fen: int | None
    gainers: int
    losers: int


@dataclass(frozen=True, slots=True)
class FundUse:
    """The use of a budget, or of a rule's places in one period."""

    kind: str  # budget, quota
    name: str
    period: str
    present: FundUsage | None
    proposed: FundUsage | None

    @property
    def size(self) -> int | None:
        """The ceiling, or the number of places; None if none is set."""
        use = self.proposed or self.present
        return None if use is None else use.size

    @property
    def is_telling(self) -> bool:
        """Whether the fund runs out, or the draft changes its use."""
        return self.present != self.proposed or self.runs_out

    @property
    def runs_out(self) -> bool:
        """Whether it runs out on any side."""
        return any(use is not None and use.runs_out_on for use in (self.present, self.proposed))


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
    """All figures of a simulation, of the members of one place.

    ``organisations`` are those directly below the place. How much of budgets and places is used is given only
    for the whole union, since others use them up too; ``funds`` of a part of it say only when they run out.
    """

    place: str
    drafts: tuple[DraftFigures, ...]
    first: date | None
    last: date | None
    events: int
    faulty: int
    present: SideTotals
    proposed: SideTotals
    months: tuple[FigurePair, ...]
    organisations: tuple[FigurePair, ...]
    rules: tuple[FigurePair, ...]
    gainers: int
    gained_fen: int
    losers: int
    lost_fen: int
    bands: tuple[GainBand, ...]
    members: tuple[FigurePair, ...]  # under pseudonyms: those whose worth changes, the largest change first
    funds: tuple[FundUse, ...]
    drawings: tuple[PendingDraw, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the figures are of all members."""
        return self.place == PROVINCE_CODE


REPORT_JSON = TypeAdapter(SimulationReport)


def build_simulation_report(done: SimulationRun) -> SimulationReport:
    """Build the report of a finished replay."""
    simulation, place = done.simulation, done.request.place
    present, proposed = simulation.present_totals, simulation.proposed_totals
    rules = sorted((*done.present.rules, *done.drafts), key=lambda rule: not rule.is_merged)
    titles = {rule.id: rule.definition.title for rule in rules}  # the owner's, not that of an adaptation
    changes = [pair for pair in _pairs(present.by_member, proposed.by_member, {}) if pair.difference_fen]
    gains, losses = (
        [sign * one.difference_fen for one in changes if sign * one.difference_fen > 0] for sign in (1, -1)
    )
    funds = tuple(_funds(present, proposed))
    is_whole = place == PROVINCE_CODE
    return SimulationReport(
        place=place,
        drafts=tuple(_drafts(done)),
        first=simulation.first,
        last=simulation.last,
        events=simulation.counted,
        faulty=done.faulty if is_whole else 0,
        present=SideTotals(present.granted, present.amount_fen, present.refusals),
        proposed=SideTotals(proposed.granted, proposed.amount_fen, proposed.refusals),
        months=_compare(present, proposed, "month", {}),
        organisations=_largest_first(_compare(present, proposed, "organisation", done.names, done.below)),
        rules=_compare(present, proposed, "rule", titles),
        gainers=len(gains),
        gained_fen=sum(gains),
        losers=len(losses),
        lost_fen=sum(losses),
        bands=tuple(_bands(gains, losses)),
        members=tuple(sorted(changes, key=lambda one: (-abs(one.difference_fen), one.key))),
        funds=funds if is_whole else tuple(_hide_use(fund) for fund in funds if fund.is_telling),
        drawings=(*_drawings(present, "present"), *_drawings(proposed, "proposed")),
    )


def _drafts(done: SimulationRun) -> Iterable[DraftFigures]:
    first, last = done.simulation.first, done.simulation.last
    assert first is not None and last is not None, "a simulation without events has no report"
    for rule in done.drafts:
        span = rule.definition.in_force
        is_untouched = last < span.since or (span.until is not None and span.until < first)
        yield DraftFigures(rule.id, rule.definition.title, span.since, span.until, is_untouched)


def _compare(
    present: SimulationTotals,
    proposed: SimulationTotals,
    part: str,
    titles: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
) -> tuple[FigurePair, ...]:
    """Sum the cost by a part of its cells, or by groups of that."""
    return _pairs(_sum_cells(present, part, groups or {}), _sum_cells(proposed, part, groups or {}), titles)


def _sum_cells(totals: SimulationTotals, part: str, groups: Mapping[str, str]) -> Mapping[str, int]:
    summed: defaultdict[str, int] = defaultdict(int)
    for cell, amount_fen in totals.by_place.items():
        key = getattr(cell, part)
        summed[groups.get(key, key)] += amount_fen
    return summed


def _pairs(
    present: Mapping[str, int], proposed: Mapping[str, int], titles: Mapping[str, str]
) -> tuple[FigurePair, ...]:
    return tuple(
        FigurePair(key, titles.get(key, ""), present.get(key, 0), proposed.get(key, 0))
        for key in sorted({*present, *proposed})
    )


def _largest_first(pairs: Iterable[FigurePair]) -> tuple[FigurePair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (-max(pair.proposed_fen, pair.present_fen), pair.key)))


def _bands(gains: Sequence[int], losses: Sequence[int]) -> Iterable[GainBand]:
    for above, up_to in zip(_BANDS_FEN, (*_BANDS_FEN[1:], None), strict=True):
        gainers, losers = (
            sum(above < fen and (up_to is None or fen <= up_to) for fen in changes)
            for changes in (gains, losses)
        )
        yield GainBand(above, up_to, gainers, losers)


def _funds(present: SimulationTotals, proposed: SimulationTotals) -> Iterable[FundUse]:
    """Return the budgets and places, those that run out first."""
    found = []
    for key in {*present.funds, *proposed.funds}:
        kind, _, rest = key.partition("/")
        name, _, period = rest.partition("/") if kind == "quota" else (rest, "", "")
        found.append(FundUse(kind, name, period, present.funds.get(key), proposed.funds.get(key)))
    return sorted(found, key=lambda fund: (not fund.runs_out, fund.kind, fund.name, fund.period))


def _hide_use(fund: FundUse) -> FundUse:
    uses = (fund.present, fund.proposed)
    ends = (FundUsage(None, 0, runs_out_on=None if use is None else use.runs_out_on) for use in uses)
    return FundUse(fund.kind, fund.name, fund.period, *ends)


def _drawings(totals: SimulationTotals, side: str) -> Iterable[PendingDraw]:
    for key, entries in sorted(totals.entries.items()):
        rule, _, period = key.removeprefix("quota/").partition("/")
        at_most_fen = min(entries.count, entries.size) * entries.amount_fen
        yield PendingDraw(rule, period, side, entries.count, entries.size, at_most_fen)
