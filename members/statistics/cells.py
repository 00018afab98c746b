"""Put counted members and movements into the cells of a table, by the tree of one day. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from members.organisation_codes import organisation_level
from members.statistics.movements import CountedColumns, ListedMember, MovementGroup

Dimension = Literal["organisation", "level", "trade", "employment_form", "month"]
UNKNOWN = "unknown"
ALL = ""  # the key of a table's only row or column
Cell = tuple[str, str]
Chain = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class TableForm:
    """What a table's rows and columns are, and the organisation at its head; None: all organisations."""

    root: str | None
    rows: Dimension
    columns: Dimension | None = None

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return (self.rows,) if self.columns is None else (self.rows, self.columns)

    @property
    def counted(self) -> CountedColumns:
        """The columns by which the database has to tell groups apart."""
        used = self.dimensions
        return CountedColumns("trade" in used, "employment_form" in used, "month" in used)


def _trait_key(text: str | None) -> str:
    """Return a trade or employment form as a key: without full-width forms and outer blanks."""
    return unicodedata.normalize("NFKC", text or "").strip() or UNKNOWN


def _level_key(code: str) -> str:
    """Return the level of a member's own organisation as a key."""
    return organisation_level(code).name.lower()


def organisation_key(chain: Sequence[str], root: str | None) -> str | None:
    """Return the organisation directly below the root; the root for itself; None for one outside its subtree."""
    if root is None:
        return chain[0]
    if root not in chain:
        return None
    return chain[min(chain.index(root) + 1, len(chain) - 1)]


def find_cell(group: MovementGroup | ListedMember, form: TableForm, chain: Chain, month: str) -> Cell | None:
    """Return the cell to which a group or a listed member belongs; None outside the subtree.

    ``month`` is that of the group's day.
    """
    own = organisation_key(chain(group.organisation), form.root)
    if own is None:
        return None
    keys = {
        "organisation": own,
        "level": _level_key(group.organisation),
        "trade": _trait_key(group.trade),
        "employment_form": _trait_key(group.employment_form),
        "month": month,
    }
    return keys[form.rows], ALL if form.columns is None else keys[form.columns]


def count_cells(
    groups: Iterable[MovementGroup], form: TableForm, chain: Chain, month: str = ""
) -> Counter[Cell]:
    """Add groups up to cells; ``month`` is that of groups without one."""
    found: Counter[Cell] = Counter()
    for group in groups:
        cell = find_cell(group, form, chain, group.month or month)
        if cell is not None:
            found[cell] += group.count
    return found
