"""The moves behind a figure of the report: one by one, with the member and the benefit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import func, select

from benefits.reporting.figures import list_moves_within, select_moves
from benefits.tables.decisions import grants
from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.cells import Choice, Link, Money, Person
from yihui.frame.content import Fact, Facts, TableColumn
from yihui.frame.fields import FieldKind
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import OrganisationCode
from yihui.money.report.figures import FIGURE_TITLES, PeriodFilter, find_within, read_period
from yihui.money.tabs import MONEY_TABS
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.organisations import find_member_organisations
from yihui.services.operation.kept_figures import read_as_of
from yihui.views.grants import STEP_TEXTS

MOVES_PATH, RIGHT = "money/reports/moves", Right.READ_BENEFITS


class MoveFilter(PeriodFilter):
    """The figure whose moves are listed, of one rule or of all, and of one county where the report is by organisation."""

    figure: Annotated[
        Literal["granted", "issued", "redeemed", "settled", "expired", "reversed"],
        Prompt(N_("Figure of the report"), labels=FIGURE_TITLES),
    ] = "granted"
    rule: Annotated[str | None, Field(max_length=100), Prompt(N_("Rule")), FieldKind.HIDDEN] = None
    county: Annotated[OrganisationCode | None, Prompt(N_("County")), FieldKind.HIDDEN] = None


def find_moves(look: Looking[MoveFilter]) -> RowSlice[Any]:
    """Find the moves that a figure sums, of members of the officer's unions on the day of the grant, the newest first."""
    asked, within = look.filter, find_within(look, RIGHT)
    query = select_moves(asked.figure, read_period(look), asked.rule)
    if within is None and asked.county is None:
        found: RowSlice[Any] = find_selected(look, query, lambda row: row)
        rows = query.order_by(None).subquery()
        fen = look.connection.execute(select(func.sum(rows.c.fen))).scalar_one() or 0
    else:
        heads = within if asked.county is None else frozenset({asked.county})
        # Of a large ledger only members who are, or ever were, there.
        if read_as_of(look.connection) is not None:
            scope = OfficerScope(heads, civil_date(look.now))
            query = query.where(scope.member_condition(look.connection, grants.c.member_id))
        moves = list_moves_within(look.connection, query, within, asked.county)
        found, fen = look.cut(moves), sum(move.fen for move in moves)
    sums = Fact("sum_fen", FIGURE_TITLES[asked.figure], Money(int(fen)))
    return replace(found, above=[Facts("", [sums])])


def _list_readings(look: Looking[MoveFilter], rows: Sequence[Any]) -> list[tuple[str, str, str | None]]:
    """Return whose data a list shows, each member once."""
    members = list(dict.fromkeys(row.member_id for row in rows))
    places = find_member_organisations(look.connection, members, civil_date(look.now))
    return [("member", member, places.get(member)) for member in members]


_column = TableColumn[Any]
NOUN = Noun(
    MOVES_PATH,
    N_("What a figure counts"),
    None,
    Listing(
        N_("List the moves that a figure of the report sums, the newest first"),
        MoveFilter,
        find_moves,
        (
            _column("person", N_("Member"), lambda one: Link(f"/desk/members/grants/{one.grant_id}", Person(one.member_id))),
            _column("grant", N_("Grant"), lambda one: one.grant_id, is_on_page=False),
            _column("title", N_("Benefit"), lambda one: one.title),
            _column("occurred_on", N_("Day"), lambda one: one.occurred_on),
            _column("step", N_("Move"), lambda one: Choice(one.kind, STEP_TEXTS[one.kind])),
            _column("fen", N_("Amount"), lambda one: Money(int(one.fen))),
        ),
        N_("No move of your members is in this figure."),
        _list_readings,
    ),
    None,
    RIGHT,
    tabs=MONEY_TABS,
)  # fmt: skip
