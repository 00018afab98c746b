"""Build the figures of a finished simulation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import accumulate

from rules.simulation.totals import FundUsage, GrantCost, SimulationTotals
from yihui.services.rules.simulation import SimulationRun
from yihui.services.rules.simulation_figures import (
    DraftFigures,
    FigurePair,
    FundUse,
    MemberGain,
    PendingDraw,
    SideTotals,
    SideUse,
    SimulationReport,
)


def build_simulation_report(done: SimulationRun) -> SimulationReport:
    """Build the report of a finished replay."""
    simulation, replay = done.simulation, done.replay
    present, proposed = simulation.present_totals, simulation.proposed_totals
    members = _members(present, proposed)
    names = done.start.names
    titles = {**present.titles, **proposed.titles}
    titles |= {  # a rule keeps its owner's title, not that of a city's adaptation
        rule.id: rule.definition.title
        for rule in (*done.present.rules, *done.drafts.rules)
        if rule.id in titles and not rule.is_merged
    }
    return SimulationReport(
        drafts=tuple(_drafts(done)),
        first=done.first,
        last=done.last,
        events=replay.handled,
        duplicates=replay.duplicates,
        faulty=replay.faulty,
        stations=replay.stations,
        unkept=done.unkept,
        untouched=tuple(_untouched(done)),
        present=_sums(present),
        proposed=_sums(proposed),
        months=_pairs(present, proposed, "month", {}),
        organisations=_pairs(present, proposed, "organisation", names),
        rules=_pairs(present, proposed, "rule", titles),
        gainers=sum(gain.difference_fen > 0 for gain in members),
        gained_fen=sum(max(0, gain.difference_fen) for gain in members),
        losers=sum(gain.difference_fen < 0 for gain in members),
        lost_fen=-sum(min(0, gain.difference_fen) for gain in members),
        members=members,
        funds=_funds(present, proposed),
        drawings=(*_drawings(present, "present"), *_drawings(proposed, "proposed")),
    )


def _drafts(done: SimulationRun) -> Iterable[DraftFigures]:
    for rule in done.drafts.rules:
        span = rule.definition.in_force
        older = (r for r in done.present.versions(rule.id) if r.definition.in_force.overlaps(span))
        yield DraftFigures(
            rule.id,
            rule.definition.title,
            rule.definition.owner,
            span.since,
            span.until,
            rule.definition.on,
            rule.hash,
            rule.file,
            tuple(version.hash for version in older),
        )


def _untouched(done: SimulationRun) -> Iterable[str]:
    for rule in done.drafts.rules:
        span = rule.definition.in_force
        if done.first is None or done.last is None:
            continue
        if done.last < span.since or (span.until is not None and span.until < done.first):
            yield rule.id


def _sums(totals: SimulationTotals) -> SideTotals:
    return SideTotals(totals.cost.count, totals.cost.amount_fen, totals.refusals, totals.waiting)


def _pairs(
    present: SimulationTotals, proposed: SimulationTotals, part: str, titles: Mapping[str, str]
) -> tuple[FigurePair, ...]:
    sides: list[defaultdict[str, GrantCost]] = []
    for totals in (present, proposed):
        summed: defaultdict[str, GrantCost] = defaultdict(GrantCost)
        for place, cost in totals.by_place.items():
            sum_ = summed[getattr(place, part)]
            sum_.count += cost.count
            sum_.amount_fen += cost.amount_fen
        sides.append(summed)
    a, b = sides
    nothing = GrantCost()
    return tuple(
        FigurePair(
            key,
            titles.get(key, ""),
            a.get(key, nothing).amount_fen,
            b.get(key, nothing).amount_fen,
            a.get(key, nothing).count,
            b.get(key, nothing).count,
        )
        for key in sorted({*a, *b})
    )


def _members(present: SimulationTotals, proposed: SimulationTotals) -> tuple[MemberGain, ...]:
    """Return the members whose worth changes, the largest change first."""
    found = []
    a, b = present.by_member, proposed.by_member
    for member in {*a, *b}:
        before, after = a.get(member, 0), b.get(member, 0)
        if before != after:
            found.append(MemberGain(member, before, after, after - before))
    return tuple(sorted(found, key=lambda gain: (-abs(gain.difference_fen), gain.member)))


def _funds(present: SimulationTotals, proposed: SimulationTotals) -> tuple[FundUse, ...]:
    found = []
    for key in sorted({*present.funds, *proposed.funds}):
        a, b = present.funds.get(key), proposed.funds.get(key)
        one = b or a
        assert one is not None
        kind, _, rest = key.partition("/")
        name, _, period = rest.partition("/") if kind == "quota" else (rest, "", "")
        found.append(FundUse(kind, name, period, one.size, one.before, _use(a), _use(b)))
    return tuple(sorted(found, key=_exhausted_first))


def _exhausted_first(fund: FundUse) -> tuple[bool, str, str, str]:
    ran_out = any(use is not None and use.runs_out_on for use in (fund.present, fund.proposed))
    return not ran_out, fund.kind, fund.name, fund.period


def _use(fund: FundUsage | None) -> SideUse | None:
    if fund is None:
        return None
    days = sorted(fund.by_day)
    sums = accumulate((fund.by_day[day] for day in days), initial=fund.before)
    curve = tuple(zip(days, list(sums)[1:], strict=True))
    return SideUse(fund.used, fund.remaining, fund.runs_out_on, fund.refused, curve)


def _drawings(totals: SimulationTotals, side: str) -> Iterable[PendingDraw]:
    for key, entries in sorted(totals.entries.items()):
        rule, _, period = key.removeprefix("quota/").partition("/")
        at_most_fen = min(entries.count, entries.size) * entries.amount_fen
        yield PendingDraw(rule, period, side, entries.count, entries.size, at_most_fen)
