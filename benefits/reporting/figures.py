"""Sums of postings to the fen, and head-counts: granted, issued, redeemed, settled, expired and reversed.

Three figures are kept apart: *issued* (handed out to the member), *redeemed* (used, or sent to the
bank) and *settled* (paid, as the bank or an invoice confirms).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from benefits.model.accounts import FEN, STAGES, Stage, stage_account
from benefits.model.chunks import chunks
from benefits.reporting.report_sums import (
    ReportLine,
    iter_kept_lines,
    list_organisations,
    organisation_of,
)
from benefits.reporting.rule_versions import load_stored_rules
from benefits.tables.appeals import rule_contents
from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import transactions
from members import load_lineages, organisation_names, read_member_changes

FigureGrouping = Literal["programme", "organisation", "month"]
Figure = Literal["granted", "issued", "redeemed", "settled", "expired", "reversed"]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a figure sums: the fen that transactions of some kinds (none: of any) move at a stage.

    ``sign`` is −1 where they take from the figure. Each transaction counts ``heads``: a benefit that a member gets
    counts once, one that the bank sends back doesn't any more, and a refund is of a use that stays one.
    """

    stage: Stage
    kinds: tuple[str, ...] = ()
    sign: int = 1
    heads: int = 1


_PARTS: Mapping[Figure, Sequence[_Part]] = {
    "granted": (_Part("promised", ("promise",)),),
    "issued": (_Part("issued", ("issue",)),),
    "redeemed": (
        _Part("redeemed", ("redeem", "pay")),
        _Part("redeemed", ("refund",), heads=0),
        _Part("issued", ("bounce",), sign=-1, heads=-1),
    ),
    "settled": (_Part("settled", ("settle",)), _Part("settled", ("bounce",), heads=-1)),
    "expired": (_Part("expired"),),
    "reversed": (_Part("reversed"),),
}
_PART_OF: Mapping[tuple[str, str], tuple[Figure, _Part]] = {
    (kind, part.stage): (figure, part)
    for figure, parts in _PARTS.items()
    for part in parts
    for kind in part.kinds or ("",)
}


@dataclass(slots=True)
class BenefitFigures:
    """Sums in fen, and head-counts: how many times members got, used or were paid something of worth.

    The first twelve are what moved in the period, less what was undone. The ``at_…`` fields are
    the stages, at the period's end, of all that was ever granted until then; together they sum to that
    total.
    """

    granted_fen: int = 0
    issued_fen: int = 0
    redeemed_fen: int = 0
    settled_fen: int = 0
    expired_fen: int = 0
    reversed_fen: int = 0
    granted_heads: int = 0
    issued_heads: int = 0
    redeemed_heads: int = 0
    settled_heads: int = 0
    expired_heads: int = 0
    reversed_heads: int = 0
    at_promised_fen: int = 0
    at_issued_fen: int = 0
    at_redeemed_fen: int = 0
    at_settled_fen: int = 0
    at_expired_fen: int = 0
    at_reversed_fen: int = 0

    def add(self, other: "BenefitFigures") -> None:
        """Add the sums of another object to these."""
        for one in fields(self):
            self.raise_by(one.name, getattr(other, one.name))

    def raise_by(self, name: str, number: int) -> None:
        """Add a number to the sum of a name."""
        setattr(self, name, getattr(self, name) + number)


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """The figures of a rule, of a county's organisations, or of a month."""

    key: str
    title: str
    figures: BenefitFigures


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A period of civil days, both included; ``first=None`` means from the beginning."""

    first: date | None
    last: date

    def contains(self, day: date) -> bool:
        """Return whether a day lies in the period."""
        return (self.first is None or self.first <= day) and day <= self.last


def compute_figures(
    connection: Connection,
    by: FigureGrouping,
    period: ReportPeriod,
    within: frozenset[str] | None = None,
    *,
    from_sums: bool = False,
) -> list[FigureGroup]:
    """Return the figures by programme (rule), organisation (county) or month, ordered by key.

    By month, the ``at_…`` figures are those at the month's end, of all that was granted before. ``within``
    names organisations: only what was granted to members of them, or of those below them, counts, by the
    tree of the day of the grant. None counts everything. ``from_sums`` reads what was summed before, where
    ``covers_all`` says that this can be.
    """
    titles: Mapping[str, str] = {}
    by_county = by == "organisation"
    if from_sums:
        lines = iter_kept_lines(connection, period.first, period.last, within, by_county=by_county)
    elif within is None and not by_county:
        lines = _lines(connection, period)
    else:
        lines = _lines_of_members(connection, period, within, "organisation" if by_county else "programme")
    found = _by_month(lines, period) if by == "month" else _summed(lines, period)
    if by_county:
        titles = organisation_names(connection, found)
    elif by == "programme":
        titles = titles_of_rules(connection, found)
    return [FigureGroup(key, titles.get(key, key), found[key]) for key in sorted(found)]


def _by_month(lines: Iterable[ReportLine], period: ReportPeriod) -> dict[str, BenefitFigures]:
    flows: defaultdict[str, BenefitFigures] = defaultdict(BenefitFigures)
    total = BenefitFigures()
    for line in sorted(lines, key=lambda line: line.on):
        _stand(total, line)
        month = f"{line.on:%Y-%m}"
        if period.contains(line.on):
            _flow(flows[month], line)
            for stage in STAGES:
                name = f"at_{stage}_fen"
                setattr(flows[month], name, getattr(total, name))
    return flows


def _lines_of_members(
    connection: Connection, period: ReportPeriod, within: frozenset[str] | None, by: FigureGrouping
) -> Iterator[ReportLine]:
    """Yield lines by rule, or by county of the organisation to which the member belonged."""
    for row, lineage in _iter_lineages(connection, connection.execute(_per_grant(period)).all()):
        stage, _, rule = row.account.partition("/")
        if stage not in STAGES or (within is not None and within.isdisjoint(lineage)):
            continue
        key = _county_of(lineage) if by == "organisation" else rule
        yield ReportLine(key, row.occurred_on, row.kind, stage, int(row.fen), row.heads)


def _iter_lineages(connection: Connection, rows: Sequence[Any]) -> Iterator[tuple[Any, Sequence[str]]]:
    """Yield rows of grants, each with the organisations above its member, by the tree of the day of the grant."""
    for some in chunks(rows, 2_000):
        histories = read_member_changes(connection, {row.member_id for row in some})
        lineages = load_lineages(connection, list_organisations(histories.values()))
        for row in some:
            code = organisation_of(histories[row.member_id], row.granted_on)
            yield row, lineages.lineage(code, row.granted_on)


def select_moves(figure: Figure, period: ReportPeriod, rule: str | None = None) -> "Select[Any]":
    """Select what a figure sums, the newest first: each move with its day, kind, grant, member, title and fen."""
    account, amount, kind = postings.c.account, postings.c.amount, transactions.c.kind

    def is_of(part: _Part) -> ColumnElement[bool]:
        name = stage_account(part.stage, rule or "")
        at_stage = account.startswith(name, autoescape=True) if rule is None else account == name
        return at_stage & kind.in_(part.kinds) if part.kinds else at_stage

    parts = _PARTS[figure]
    taken = [is_of(part) for part in parts if part.sign < 0]
    fen = case((or_(*taken), -amount), else_=amount) if taken else amount
    query = (
        select(
            transactions.c.occurred_on,
            kind,
            transactions.c.grant_id,
            grants.c.member_id,
            grants.c.granted_on,
            grants.c.title,
            fen.label("fen"),
        )
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(postings.c.unit == FEN, transactions.c.occurred_on <= period.last, or_(*map(is_of, parts)))
        .order_by(transactions.c.occurred_on.desc(), postings.c.sequence.desc())
    )
    return query if period.first is None else query.where(transactions.c.occurred_on >= period.first)


def list_moves_within(
    connection: Connection, query: "Select[Any]", within: frozenset[str] | None, county: str | None = None
) -> list[Any]:
    """Return those moves of members of some organisations, or of those below them, on the day of the grant.

    ``county`` restricts them to those that a report by organisation counts for it: a city has members of its own.
    """
    return [
        row
        for row, lineage in _iter_lineages(connection, connection.execute(query).all())
        if (within is None or not within.isdisjoint(lineage)) and county in (None, _county_of(lineage))
    ]


def _county_of(lineage: Sequence[str]) -> str:
    """Return the county, or else the city or province, in which an organisation lies; empty if none is known."""
    return next((one for one in lineage if len(one) == 6), "")


def _summed(lines: Iterable[ReportLine], period: ReportPeriod) -> dict[str, BenefitFigures]:
    found: defaultdict[str, BenefitFigures] = defaultdict(BenefitFigures)
    for line in lines:
        _stand(found[line.key], line)
        if period.contains(line.on):
            _flow(found[line.key], line)
    return found


def _stand(figures: BenefitFigures, line: ReportLine) -> None:
    figures.raise_by(f"at_{line.stage}_fen", line.fen)


def _flow(figures: BenefitFigures, line: ReportLine) -> None:
    """Add a line to the flows. A refund or a returned payment is subtracted where it was counted before."""
    found = _PART_OF.get((line.kind, line.stage)) or _PART_OF.get(("", line.stage))
    if found is not None:
        figure, part = found
        figures.raise_by(f"{figure}_fen", part.sign * line.fen)
        figures.raise_by(f"{figure}_heads", part.heads * line.heads)


def _lines(connection: Connection, period: ReportPeriod) -> Iterator[ReportLine]:
    query = (
        select(
            postings.c.account,
            transactions.c.occurred_on,
            transactions.c.kind,
            func.sum(postings.c.amount).label("fen"),
            func.count().label("heads"),
        )
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .where(postings.c.unit == FEN, transactions.c.occurred_on <= period.last)
        .group_by(postings.c.account, transactions.c.occurred_on, transactions.c.kind)
    )
    for row in connection.execute(query):
        stage, _, rule = row.account.partition("/")
        if stage in STAGES:
            yield ReportLine(rule, row.occurred_on, row.kind, stage, int(row.fen), row.heads)


def _per_grant(period: ReportPeriod) -> "Select[*tuple[object, ...]]":
    columns = (grants.c.member_id, grants.c.granted_on, transactions.c.occurred_on, transactions.c.kind)
    sums = (func.sum(postings.c.amount).label("fen"), func.count().label("heads"))
    return (
        select(*columns, postings.c.account, *sums)
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(postings.c.unit == FEN, transactions.c.occurred_on <= period.last)
        .group_by(*columns, postings.c.account)
    )


def titles_of_rules(connection: Connection, rule_ids: Iterable[str]) -> dict[str, str]:
    """Return the latest title of each rule."""
    hashes: list[str] = []
    for some in chunks(sorted(rule_ids)):
        query = select(rule_contents.c.hash).where(rule_contents.c.rule_id.in_(some))
        hashes += connection.execute(query).scalars()
    kept = sorted(load_stored_rules(connection, hashes).values(), key=lambda rule: rule.since)
    return {rule.rule_id: rule.title for rule in kept}
