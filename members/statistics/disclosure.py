"""Hide cells below five, and enough others that no difference of shown numbers gives them away. Pure.

The table has organisations as rows, in a tree, and a trait as columns, with totals on both sides. Such a table
is a network (Cox 1995): each cell is an edge, each sum a node. A hidden cell can't be determined if a cycle of
hidden cells passes through it along which numbers can be shifted while every shown number stays the same
(Gusfield 1988). For each small cell the cheapest such cycle is hidden (shortest paths: Kelly, Golden and Assad
1992; Castro 2007).

*Source*: D. Gusfield, "A graph theoretic approach to statistical data security", SIAM Journal on Computing
17(3), 1988; L. H. Cox, "Network models for complementary cell suppression", Journal of the American
Statistical Association 90, 1995; J. P. Kelly, B. L. Golden, A. A. Assad, "Cell suppression: disclosure
protection for sensitive tabular data", Networks 22, 1992; J. Castro, "A shortest-paths heuristic for
statistical data protection in positive tables", INFORMS Journal on Computing 19(4), 2007.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SMALLEST_CELL = 5
_HIDING = 10  # the cost of hiding any cell, beside the number that is lost with it
_GROUND = "ground"


class CannotHide(Exception):
    """No pattern was found in which a small cell stays undetermined: the table can't be shown."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The tree of a table's rows, node → parent; the root's parent is None.

    ``known`` are rows that the reader knows anyway, since they are her own.
    """

    parents: Mapping[str, str | None]
    known: frozenset[str] = frozenset()

    @property
    def inner(self) -> frozenset[str]:
        """The rows that are sums of others."""
        return frozenset(parent for parent in self.parents.values() if parent is not None)

    def add_up(self, rows: Collection[str]) -> frozenset[str]:
        """Return rows with all others that are sums of them: who knows the ones knows the others."""
        children: dict[str, list[str]] = defaultdict(list)
        for row, parent in self.parents.items():
            if parent is not None:
                children[parent].append(row)
        found, waiting = set(rows), list(rows)
        while waiting:
            parent = self.parents[waiting.pop()]
            if parent is not None and parent not in found and found.issuperset(children[parent]):
                found.add(parent)
                waiting.append(parent)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Shift:
    """Rows whose totals can all change by up to ``delta`` (up or down) while every shown total stays."""

    delta: int
    signs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HiddenTotals:
    """The rows whose totals are hidden, and for each small one a shift that keeps it undetermined."""

    rows: frozenset[str]
    shifts: tuple[Shift, ...]


@dataclass(slots=True)
class _Edge:
    """One cell: raising it flows from ``tail`` to ``head``. It can fall to ``floor``, which the reader knows."""

    tail: Hashable
    head: Hashable
    value: int
    floor: int = 0
    is_fixed: bool = False
    is_hidden: bool = False

    @property
    def cost(self) -> int:
        return 0 if self.is_hidden else _HIDING + self.value


@dataclass(slots=True)
class _Network:
    edges: dict[Hashable, _Edge]
    at: dict[Hashable, list[Hashable]] = field(init=False)

    def __post_init__(self) -> None:
        self.at = defaultdict(list)
        for key, edge in self.edges.items():
            self.at[edge.tail].append(key)
            self.at[edge.head].append(key)

    def protect(self, key: Hashable) -> Shift | None:
        """Hide the cheapest cycle through a cell, upwards to five if possible; return how it shifts."""
        edge = self.edges[key]
        most = max(1, SMALLEST_CELL - edge.value)
        tries = [(delta, 1) for delta in range(most, 0, -1)]
        tries += [(delta, -1) for delta in range(edge.value - edge.floor, 0, -1)]
        for delta, sign in tries:
            ends = (edge.head, edge.tail) if sign > 0 else (edge.tail, edge.head)
            path = self._cheapest_path(*ends, delta, key)
            if path is not None:
                signs = {key: sign, **path}
                for one in signs:
                    self.edges[one].is_hidden = True
                return Shift(delta, {str(one): way for one, way in signs.items()})
        return None

    def route(self, start: Hashable, goal: Hashable, most: int) -> set[Hashable] | None:
        """Hide the cheapest way by which up to ``most`` can be shifted between two nodes; return its cells."""
        for delta in range(most, 0, -1):
            path = self._cheapest_path(start, goal, delta, None)
            if path is not None:
                for one in path:
                    self.edges[one].is_hidden = True
                return set(path)
        return None

    def _cheapest_path(
        self, start: Hashable, goal: Hashable, delta: int, key: Hashable | None
    ) -> dict[Hashable, int] | None:
        """Return the cheapest way that doesn't use ``key``, by edge: +1 raised, −1 lowered."""
        best: dict[Hashable, float] = {start: 0}
        came: dict[Hashable, tuple[Hashable, Hashable, int]] = {}
        waiting: list[tuple[float, int, Hashable]] = [(0, 0, start)]
        count = 0
        while waiting:
            spent, _, node = heapq.heappop(waiting)
            if node == goal:
                return _walk_back(came, start, goal)
            if spent > best[node]:
                continue
            for other, to, way in self._steps(node, delta):
                total = spent + self.edges[other].cost + 0.001  # among free ways, the shortest
                if other != key and total < best.get(to, float("inf")):
                    best[to], came[to] = total, (node, other, way)
                    count += 1
                    heapq.heappush(waiting, (total, count, to))
        return None

    def _steps(self, node: Hashable, delta: int) -> Iterator[tuple[Hashable, Hashable, int]]:
        for key in self.at[node]:
            edge = self.edges[key]
            if edge.is_fixed or edge.tail == edge.head:
                continue
            if edge.tail == node:
                yield key, edge.head, 1
            elif edge.value - edge.floor >= delta:
                yield key, edge.tail, -1


def _walk_back(
    came: Mapping[Hashable, tuple[Hashable, Hashable, int]], start: Hashable, goal: Hashable
) -> dict[Hashable, int]:
    path: dict[Hashable, int] = {}
    node = goal
    while node != start:
        node, key, way = came[node]
        path[key] = way
    return path


def hide_totals(outline: Outline, totals: Mapping[str, int]) -> HiddenTotals:
    """Choose the totals to hide. A total of 0 is shown: nobody is there.

    *Raises*: CannotHide.
    """
    inner = outline.inner
    settled = outline.add_up({row for row, total in totals.items() if not total} | outline.known)
    edges: dict[Hashable, _Edge] = {}
    for row, parent in outline.parents.items():
        tail = ("sum", row) if row in inner else _GROUND
        head = _GROUND if parent is None else ("sum", parent)
        fixed = row in settled
        edges[row] = _Edge(tail, head, totals[row], 1, fixed, not fixed and totals[row] < SMALLEST_CELL)
    network = _Network(edges)
    shifts = []
    for key in _small(edges):
        shift = network.protect(key)
        if shift is None:
            raise CannotHide(str(key))
        shifts.append(shift)
    return HiddenTotals(frozenset(str(row) for row, edge in edges.items() if edge.is_hidden), tuple(shifts))


def _small(edges: Mapping[Hashable, _Edge]) -> list[Hashable]:
    found = [key for key, edge in edges.items() if edge.is_hidden and edge.value < SMALLEST_CELL]
    return sorted(found, key=lambda key: (edges[key].value, str(key)))


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """The cells of one trait, (row, column) → number.

    ``empty`` are cells that are 0 by what they mean, as a month to come; ``least`` is what the reader knows a
    column to hold in the whole table.
    """

    columns: Sequence[str]
    values: Mapping[tuple[str, str], int]
    empty: frozenset[tuple[str, str]] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)


def hide_columns(outline: Outline, hidden: HiddenTotals, cells: ColumnCells) -> frozenset[tuple[str, str]]:
    """Choose the cells of one trait to hide, beside the totals that are hidden already.

    The pattern stands by itself: tables by other traits have the same totals, and shift them the same way.

    *Raises*: CannotHide.
    """
    network = _Network(_column_edges(outline, cells))
    protected = set()
    for shift in hidden.shifts:
        protected |= _route_shift(network, outline, shift)
    for key in _small(network.edges):
        if key not in protected and network.protect(key) is None:
            raise CannotHide(str(key))
    return frozenset(key for key, edge in network.edges.items() if edge.is_hidden)  # type: ignore[misc]


def _column_edges(outline: Outline, cells: ColumnCells) -> dict[Hashable, _Edge]:
    inner = outline.inner
    empty = {
        row for row in outline.parents if not any(cells.values.get((row, one), 0) for one in cells.columns)
    }
    edges: dict[Hashable, _Edge] = {}
    for column in cells.columns:
        none = {row for row, other in cells.empty if other == column}
        settled = outline.add_up(empty | none | outline.known)
        for row, parent in outline.parents.items():
            value = cells.values.get((row, column), 0)
            tail = _GROUND if parent is None else ("sum", parent, column)
            head = ("sum", row, column) if row in inner else ("row", row)
            floor = cells.least.get(column, 0) if parent is None else 0
            fixed = row in settled
            edges[row, column] = _Edge(tail, head, value, floor, fixed, not fixed and value < SMALLEST_CELL)
    return edges


def _route_shift(network: _Network, outline: Outline, shift: Shift) -> set[Hashable]:
    """Hide the cells along which a shift of totals can happen; return them.

    A total is free to move only if the numbers of its row can move along, in every trait's table. A shift raises
    one lowest row and lowers another, or raises or lowers one together with the sum of all.
    """
    inner = outline.inner
    ends: dict[int, Hashable] = {1: _GROUND, -1: _GROUND}
    for row, sign in shift.signs.items():
        if row not in inner:
            ends[sign] = ("row", row)
    found = network.route(ends[-1], ends[1], shift.delta)
    if found is None:
        raise CannotHide(", ".join(shift.signs))
    return found
