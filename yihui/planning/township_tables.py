"""Townships as the rows of a table: what the options may say together, and where the outlines come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring
    from yihui.planning.run import StudyArea
    from yihui.planning.townships import TownshipOutlines


TOWNSHIP_LEVEL = "township"
TOWNSHIP_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "townships_and_outlines": (
            N_("--townships and --outlines both say what the areas are"),
            N_("give one of them"),
        ),
        "not_by_township": (
            N_("--townships divides a table by township, not by {value}"),
            N_("add --by township"),
        ),
    },
)
TOWNSHIP_TABLE_FAULTS = FaultTable(
    "townships",
    {
        "no_townships": (
            N_("no outlines of townships are known in the area {value}"),
            N_(
                "give them (--townships FILE, or --outlines FILE with codes of 9 digits), "
                "or build those of an extract: yihui streets build"
            ),
        ),
    },
)


class TableOrder(Protocol):
    """What an order says of the rows of its table.

    ``by`` is the level, None for the usual one. ``outlines`` and ``townships`` are the user's files, in ``datum``: of
    areas that stand in place of the counties, and of townships that divide them.
    """

    @property
    def area(self) -> str: ...
    @property
    def by(self) -> str | None: ...
    @property
    def outlines(self) -> Path | None: ...
    @property
    def townships(self) -> Path | None: ...
    @property
    def datum(self) -> Datum | None: ...


def find_township_option_faults(order: TableOrder) -> Iterator[Fault]:
    """Yield a fault where a file of townships is not used, or is not the only one that says what the areas are."""
    if order.townships is None:
        return
    if order.outlines is not None:
        yield TOWNSHIP_OPTION_FAULTS.build(
            "townships_and_outlines", field="--townships", value=order.townships.name
        )
    elif order.by not in (None, TOWNSHIP_LEVEL):
        yield TOWNSHIP_OPTION_FAULTS.build("not_by_township", field="--townships", value=order.by)


def find_table_townships(
    wiring: "Wiring", order: TableOrder, ground: "StudyArea"
) -> "TownshipOutlines | None":
    """Find the townships of a table; None where it is by another level, or of the user's own outlines.

    *Raises*: FaultError for options that exclude each other, faulty outlines, or a table by township without any;
    OSError.
    """
    from yihui.planning.townships import find_township_outlines

    if faults := [*find_township_option_faults(order)]:
        raise FaultError(faults)
    if order.outlines is not None or (order.by != TOWNSHIP_LEVEL and order.townships is None):
        return None
    found = find_township_outlines(wiring, ground, order.townships, order.datum)
    if found is None:
        raise FaultError(TOWNSHIP_TABLE_FAULTS.build("no_townships", field="--by", value=order.area))
    return found
