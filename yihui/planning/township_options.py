"""Townships as the rows of a table: what the options may say together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.crs import Datum

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
