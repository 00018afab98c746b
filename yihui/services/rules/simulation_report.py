"""Build the figures of a finished simulation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from rules.expressions.syntax import Literal
from rules.simulation.edges import EdgeMember, RuleThreshold
from rules.simulation.totals import CapPeak, FundUsage, GrantCost, RefusingBound, SimulationTotals
from yihui.services.rules.simulation import SimulationRun
from yihui.services.rules.simulation_figures import (
    BoundFigures,
    CapHeadroom,
    DraftFigures,
    FigurePair,
    FundUse,
    MemberGain,
    MonthlyCost,
    PendingDraw,
    RefusalPair,
    SideTotals,
    SideUse,
    SimulationReport,
    ThresholdEdges,
    ThresholdExample,
    WhatIfFigures,
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
    types = {rule.id: rule.definition.on for rule in (*done.present.rules, *done.drafts.rules)}
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
        cells=_cells(present, proposed),
        rules=_rules(present, proposed, titles),
        gainers=sum(gain.difference_fen > 0 for gain in members),
        gained_fen=sum(max(0, gain.difference_fen) for gain in members),
        losers=sum(gain.difference_fen < 0 for gain in members),
        lost_fen=-sum(min(0, gain.difference_fen) for gain in members),
        members=members,
        funds=_funds(present, proposed),
        caps=(*_rooms(present, "present"), *_rooms(proposed, "proposed")),
        drawings=(*_drawings(present, "present"), *_drawings(proposed, "proposed")),
        edges=tuple(_edge(threshold) for threshold in simulation.edges.thresholds),
        refusals=_refusals(present, proposed, titles, types),
        parameter=done.drafts.parameter,
        unit=done.drafts.unit,
        tried=tuple(
            _tried(value, totals, done)
            for value, totals in zip(done.drafts.values, simulation.variant_totals, strict=True)
        ),
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


def _rules(
    present: SimulationTotals, proposed: SimulationTotals, titles: Mapping[str, str]
) -> tuple[FigurePair, ...]:
    """Return the figures of every rule that decided anything, including those that only refuse."""
    nothing, a, b = GrantCost(), present.by_rule, proposed.by_rule
    return tuple(
        FigurePair(
            rule,
            titles[rule],
            a.get(rule, nothing).amount_fen,
            b.get(rule, nothing).amount_fen,
            a.get(rule, nothing).count,
            b.get(rule, nothing).count,
            present.refused_by_rule.get(rule, 0),
            proposed.refused_by_rule.get(rule, 0),
        )
        for rule in sorted(titles)
    )


def _cells(present: SimulationTotals, proposed: SimulationTotals) -> tuple[MonthlyCost, ...]:
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for side, totals in enumerate((present, proposed)):
        for place, cost in totals.by_place.items():
            sums[place.month, place.organisation][side] += cost.amount_fen
    return tuple(MonthlyCost(*key, *sums[key]) for key in sorted(sums))


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


def _rooms(totals: SimulationTotals, side: str) -> Iterable[CapHeadroom]:
    return [_room(cap, room, side) for cap, room in sorted(totals.caps.items())]


def _room(cap: str, room: CapPeak, side: str) -> CapHeadroom:
    left = room.allowed_fen - room.highest_fen
    return CapHeadroom(
        cap, room.title, room.allowed_fen, room.highest_fen, left, room.member, room.refused, side
    )


def _drawings(totals: SimulationTotals, side: str) -> Iterable[PendingDraw]:
    for key, entries in sorted(totals.entries.items()):
        rule, _, period = key.removeprefix("quota/").partition("/")
        at_most_fen = min(entries.count, entries.size) * entries.amount_fen
        yield PendingDraw(rule, period, side, entries.count, entries.size, at_most_fen)


def _edge(threshold: RuleThreshold) -> ThresholdEdges:
    def examples(edges: Sequence[EdgeMember]) -> tuple[ThresholdExample, ...]:
        return tuple(
            ThresholdExample(e.member, e.day, str(e.value), str(e.bound), e.distance, e.lacking)
            for e in edges
        )

    # The constant is the bound, on either side of the comparison.
    flipped = isinstance(threshold.compare.left, Literal)
    inside, outside = examples(threshold.inside), examples(threshold.outside)
    if flipped:
        inside, outside = tuple(map(_flipped, inside)), tuple(map(_flipped, outside))
    return ThresholdEdges(threshold.rule, threshold.condition, inside, outside)


def _flipped(example: ThresholdExample) -> ThresholdExample:
    return ThresholdExample(
        example.member, example.day, example.bound, example.value, example.distance, example.lacking
    )


def _refusals(
    present: SimulationTotals,
    proposed: SimulationTotals,
    titles: Mapping[str, str],
    types: Mapping[str, str],
) -> tuple[RefusalPair, ...]:
    found = []
    for key in {*present.refused, *proposed.refused}:
        a, b = present.refused.get(key), proposed.refused.get(key)
        one = b or a
        assert one is not None
        pair = RefusalPair(
            key.rule,
            titles[key.rule],
            key.code,
            key.text,
            one.params,
            a.count if a else 0,
            b.count if b else 0,
            one.example,
            _bound(key.bound),
            types.get(key.rule, ""),
        )
        found.append(pair)
    return tuple(
        sorted(
            found,
            key=lambda r: (-abs(r.proposed - r.present), -r.proposed, r.rule, r.code, r.text, str(r.bound)),
        )
    )


def _bound(bound: RefusingBound) -> BoundFigures | None:
    if not bound.kind:
        return None
    if bound.kind == "limit":
        return BoundFigures("limit", bound.number, bound.size, tuple(bound.name.split("&")))
    return BoundFigures(bound.kind, bound.name, bound.size)


def _own_funds(done: SimulationRun) -> tuple[str, ...]:
    """Return the key prefixes of the drafts' own places and budgets."""
    places = [f"quota/{rule.id}/" for rule in done.drafts.rules]
    budgets = [f"budget/{part.budget}" for rule in done.drafts.rules for part in rule.parts if part.budget]
    return (*places, *budgets)


def _tried(value: int, totals: SimulationTotals, done: SimulationRun) -> WhatIfFigures:
    own = _own_funds(done)
    rules, by_rule = {rule.id for rule in done.drafts.rules}, totals.by_rule
    days = [
        fund.runs_out_on
        for key, fund in totals.funds.items()
        if fund.runs_out_on is not None and key.startswith(own)
    ]
    return WhatIfFigures(
        value=value,
        amount_fen=sum(cost.amount_fen for rule, cost in by_rule.items() if rule in rules),
        total_fen=totals.cost.amount_fen,
        granted=sum(cost.count for rule, cost in by_rule.items() if rule in rules),
        members=totals.count_members(rules),
        refused=sum(totals.refused_by_rule.get(rule, 0) for rule in rules),
        runs_out_on=min(days, default=None),
    )
