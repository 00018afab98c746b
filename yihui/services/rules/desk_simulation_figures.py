"""Build the figures of a simulation for one subtree, without whatever tells of a single member."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from members import load_lineages
from yihui.bootstrap import Wiring
from yihui.services.rules.simulation import SimulationRun
from yihui.services.rules.simulation_figures import FigurePair, FundUse, SimulationReport
from yihui.services.rules.simulation_report import build_simulation_report

_BANDS_FEN = (0, 5_000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class GainBand:
    """The members whose benefits change by more than ``above_fen`` and at most ``up_to_fen``; None: any amount."""

    above_fen: int
    up_to_fen: int | None
    gainers: int
    losers: int


@dataclass(frozen=True, slots=True)
class FundEnd:
    """The day on which a budget, or a rule's places in one period, runs out; None: it doesn't."""

    kind: str  # budget, quota
    name: str
    period: str
    present: date | None
    proposed: date | None


@dataclass(frozen=True, slots=True)
class RuleSimulationFigures:
    """The figures of a simulation for one place. They name no member.

    ``report.organisations`` is summed by what lies directly below the place. How much of budgets and places is
    used is given only for the whole union, since others use them up too; for a part of it, ``ends`` says when they
    run out.
    """

    place: str
    report: SimulationReport
    bands: tuple[GainBand, ...]
    ends: tuple[FundEnd, ...]


def build_rule_simulation_figures(wiring: Wiring, done: SimulationRun, place: str) -> RuleSimulationFigures:
    """Build the figures of a replay for a place, and leave out whatever tells of a single member."""
    report = build_simulation_report(done)
    codes = {pair.key for pair in report.organisations}
    with wiring.database.read() as connection:
        above = load_lineages(connection, codes - {""})
    children = {code: _child_of(place, above.lineage(code, done.today) if code else ()) for code in codes}
    ends: tuple[FundEnd, ...] = ()
    if done.order.place is not None:  # how many events others had is not shown either
        counted = done.simulation.counted
        ends = tuple(_end(fund) for fund in report.funds if fund.is_telling)
        report = replace(report, events=counted, duplicates=0, faulty=0, stations=0, unkept=0, funds=())
    anonymous = replace(
        report,
        organisations=_sum_pairs(report.organisations, children, done.start.names),
        members=(),
    )
    differences = [gain.difference_fen for gain in report.members]
    return RuleSimulationFigures(place, anonymous, tuple(_bands(differences)), ends)


def _end(fund: FundUse) -> FundEnd:
    days = (use.runs_out_on if use else None for use in (fund.present, fund.proposed))
    return FundEnd(fund.kind, fund.name, fund.period, *days)


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


def _bands(differences: Sequence[int]) -> Iterable[GainBand]:
    for above, up_to in zip(_BANDS_FEN, (*_BANDS_FEN[1:], None), strict=True):
        inside = [one for one in differences if above < abs(one) and (up_to is None or abs(one) <= up_to)]
        gainers = sum(one > 0 for one in inside)
        yield GainBand(above, up_to, gainers, len(inside) - gainers)
