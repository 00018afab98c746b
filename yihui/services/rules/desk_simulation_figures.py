"""Build the figures of a simulation for one subtree, without whatever tells of a single member."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from members import load_lineages
from rules.simulation.totals import SimulationTotals
from yihui.bootstrap import Wiring
from yihui.services.rules.simulation import SimulationRun
from yihui.services.rules.simulation_figures import (
    CapHeadroom,
    FigurePair,
    MonthlyCost,
    RefusalPair,
    SimulationReport,
)
from yihui.services.rules.simulation_report import build_simulation_report

_BANDS_FEN = (0, 5_000, 10_000, 20_000, 50_000, 100_000)
_SAFE_PARAMS = frozenset({"size", "cap", "allowed", "budget", "rule", "group", "times", "days"})


@dataclass(frozen=True, slots=True)
class GainBand:
    """The members whose benefits change by more than ``above_fen`` and at most ``up_to_fen``; None: any amount."""

    above_fen: int
    up_to_fen: int | None
    gainers: int
    losers: int


@dataclass(frozen=True, slots=True)
class ValueGains:
    """Who gains and who loses against the rules in force if a parameter has a value."""

    value: int
    gainers: int
    gained_fen: int
    losers: int
    lost_fen: int


@dataclass(frozen=True, slots=True)
class RuleSimulationFigures:
    """The figures of a simulation for one place. They name no member and quote none of a member's values.

    ``report.organisations`` and ``report.cells`` are summed by what lies directly below the place. Budgets and
    places are given only for the whole union, since others use them up too.
    """

    place: str
    report: SimulationReport
    bands: tuple[GainBand, ...]
    gains: tuple[ValueGains, ...]


def build_rule_simulation_figures(wiring: Wiring, done: SimulationRun, place: str) -> RuleSimulationFigures:
    """Build the figures of a replay for a place, and leave out whatever tells of a single member."""
    report = build_simulation_report(done)
    codes = {pair.key for pair in report.organisations}
    with wiring.database.read() as connection:
        above = load_lineages(connection, codes - {""})
    children = {code: _child_of(place, above.lineage(code, done.today) if code else ()) for code in codes}
    if done.order.place is not None:  # how many events others had is not shown either
        counted = done.simulation.counted
        report = replace(report, events=counted, duplicates=0, faulty=0, stations=0, unkept=0, funds=())
    anonymous = replace(
        report,
        organisations=_sum_pairs(report.organisations, children, done.start.names),
        cells=_sum_cells(report.cells, children),
        members=(),
        edges=(),
        caps=tuple(_without_member(cap) for cap in report.caps),
        refusals=tuple(_without_example(refusal) for refusal in report.refusals),
    )
    present = done.simulation.present_totals.by_member
    gains = [
        _value_gains(value, present, totals)
        for value, totals in zip(done.drafts.values, done.simulation.variant_totals, strict=True)
    ]
    differences = [gain.difference_fen for gain in report.members]
    return RuleSimulationFigures(place, anonymous, tuple(_bands(differences)), tuple(gains))


def _child_of(place: str, lineage: Sequence[str]) -> str:
    """Return what lies directly below a place on the way to it, or the place itself."""
    if place not in lineage:
        return lineage[0] if lineage else ""
    at = lineage.index(place)
    return lineage[at - 1] if at else place


def _sum_pairs(
    pairs: Iterable[FigurePair], children: Mapping[str, str], names: Mapping[str, str]
) -> tuple[FigurePair, ...]:
    summed: dict[str, FigurePair] = {}
    for pair in pairs:
        key = children[pair.key]
        so_far = summed.get(key, FigurePair(key, names.get(key, ""), 0, 0, 0, 0))
        summed[key] = replace(
            so_far,
            present_fen=so_far.present_fen + pair.present_fen,
            proposed_fen=so_far.proposed_fen + pair.proposed_fen,
            present_count=so_far.present_count + pair.present_count,
            proposed_count=so_far.proposed_count + pair.proposed_count,
        )
    return tuple(
        sorted(summed.values(), key=lambda pair: (-max(pair.proposed_fen, pair.present_fen), pair.key))
    )


def _sum_cells(cells: Iterable[MonthlyCost], children: Mapping[str, str]) -> tuple[MonthlyCost, ...]:
    summed: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for cell in cells:
        sums = summed[cell.month, children[cell.organisation]]
        sums[0] += cell.present_fen
        sums[1] += cell.proposed_fen
    return tuple(MonthlyCost(*key, *sums) for key, sums in sorted(summed.items()))


def _without_member(cap: CapHeadroom) -> CapHeadroom:
    return replace(cap, member="")


def _without_example(refusal: RefusalPair) -> RefusalPair:
    """Return a refusal without its example: neither the member nor the values that were the member's."""
    params = {name: text if name in _SAFE_PARAMS else "…" for name, text in refusal.params.items()}
    return replace(refusal, example="", params=params)


def _bands(differences: Sequence[int]) -> Iterable[GainBand]:
    for above, up_to in zip(_BANDS_FEN, (*_BANDS_FEN[1:], None), strict=True):
        inside = [one for one in differences if above < abs(one) and (up_to is None or abs(one) <= up_to)]
        gainers = sum(one > 0 for one in inside)
        yield GainBand(above, up_to, gainers, len(inside) - gainers)


def _value_gains(value: int, present: Mapping[str, int], totals: SimulationTotals) -> ValueGains:
    by_member = totals.by_member
    changes = [by_member.get(member, 0) - present.get(member, 0) for member in {*present, *by_member}]
    gains, losses = [one for one in changes if one > 0], [one for one in changes if one < 0]
    return ValueGains(value, len(gains), sum(gains), len(losses), -sum(losses))
