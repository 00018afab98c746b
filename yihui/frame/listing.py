"""A listing: rows under filters, page by page. HTML, JSON, CSV, a workbook and a command's table follow from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from pydantic import BaseModel

from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.content import Section, TableColumn

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from yihui.access.actor import Actor
    from yihui.services.access.officer_scope import OfficerScope

FilterT = TypeVar("FilterT", bound=BaseModel)
RowT = TypeVar("RowT")
OtherT = TypeVar("OtherT")
PAGE_ROWS = 50
MOST_ROWS = 100_000  # of a file
MOST_COUNTED = 1_000  # of a list: to count a million takes up to a second


class NoFilter(BaseModel):
    """The filter of a listing that leaves nothing out, and of a page of one thing."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a list are wanted."""

    offset: int = 0
    limit: int = PAGE_ROWS


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class Looking(Generic[FilterT]):
    """Who looks at what: the filters, and the rows that are wanted. The connection reads alone."""

    wiring: Wiring
    connection: "Connection"
    actor: "Actor"
    now: datetime
    filter: FilterT
    slice: Slice = Slice()

    def holds(self, right: Right) -> bool:
        """Return whether the actor holds a right anywhere."""
        from core.civil_time import civil_date
        from yihui.access.decide import subtrees

        return subtrees(self.actor, right, civil_date(self.now)) != frozenset()

    def scope(self, right: Right) -> "OfficerScope":
        """Return the subtrees for which the actor holds a right today."""
        from core.civil_time import civil_date
        from yihui.access.decide import subtrees
        from yihui.services.access.officer_scope import OfficerScope

        today = civil_date(self.now)
        return OfficerScope(subtrees(self.actor, right, today), today)

    def cut(self, rows: Sequence[RowT]) -> "RowSlice[RowT]":
        """Return the slice of rows that are all at hand."""
        return RowSlice(rows[self.slice.offset : self.slice.offset + self.slice.limit], len(rows))


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class RowSlice(Generic[RowT]):
    """The rows of a slice, and how many there are in all; more than ``MOST_COUNTED`` stand for many.

    ``above`` and ``below`` are what every door shows with them, such as their sums and charts.
    """

    rows: Sequence[RowT]
    total: int
    above: Sequence[Section] = ()
    below: Sequence[Section] = ()

    @classmethod
    def build(cls, rows: Sequence[RowT], part: Slice, count: Callable[[int], int]) -> Self:
        """Return a slice that was found; ``count`` counts all rows, at most so many, unless these are the last."""
        total = part.offset + len(rows)
        if len(rows) == part.limit or (part.offset and not rows):
            total = count(max(MOST_COUNTED, total) + 1)
        return cls(rows, total)

    def map(self, build: "Callable[[RowT], OtherT]") -> "RowSlice[OtherT]":
        """Return the slice with something built of each row."""
        return RowSlice([build(one) for one in self.rows], self.total)

    @property
    def sections(self) -> Sequence[Section]:
        return (*self.above, *self.below)

    @property
    def total_text(self) -> str:
        return str(self.total) if self.total <= MOST_COUNTED else f"{MOST_COUNTED}+"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How many things for which a list is opened wait in another one: a text with ``{count}``, and its address."""

    text: str
    path: str
    count: int


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class Listing(Generic[FilterT, RowT]):
    """One listing. ``empty`` says what no rows mean and what to do next.

    ``reads`` returns whose data some rows show, as kind, id and organisation: the audit log records that first. ``map`` is
    the address that marks all rows of a filter in a part of a map: the page then has a map. ``elsewhere`` returns what
    stands in another list, which the page and the command then name.
    """

    title: str
    filter: type[FilterT]
    find: Callable[[Looking[FilterT]], RowSlice[RowT]]
    columns: Sequence[TableColumn[RowT]]
    empty: str
    reads: "Callable[[Looking[FilterT], Sequence[RowT]], Sequence[tuple[str, str, str | None]]] | None" = None
    map: str = ""
    elsewhere: Callable[[Looking[Any]], Elsewhere | None] | None = None


def find_selected(
    look: Looking[Any],
    selected: "Select[Any]",
    build: Callable[[Any], RowT],
    scope: "ColumnElement[str] | None" = None,
    right: Right | None = None,
) -> RowSlice[RowT]:
    """Return a slice of what a statement selects, in its order, and the number of all that it selects.

    ``scope`` is the column of the organisations, of which only those are selected for which the actor holds ``right``.
    """
    from sqlalchemy import func, select

    from store import in_json_array, json_array

    if scope is not None:
        assert right is not None, "a scope is that of a right"
        reach = look.scope(right)
        if not reach.is_everywhere:
            known = look.connection.execute(select(scope).where(scope.is_not(None)).distinct()).scalars()
            codes = json_array(sorted(reach.find_covered(look.connection, known)))
            selected = selected.where(in_json_array(scope, "codes")).params(codes=codes)

    def count(most: int) -> int:
        some = selected.order_by(None).limit(most).subquery()
        return int(look.connection.execute(select(func.count()).select_from(some)).scalar_one())

    rows = look.connection.execute(selected.limit(look.slice.limit).offset(look.slice.offset)).all()
    return RowSlice.build([build(row) for row in rows], look.slice, count)
