"""Townships as the rows of a table: what the options may say together."""

from collections.abc import Iterator

from core.faults import Fault, FaultTable
from core.text_marks import N_
from yihui.planning.order import AreaOrder

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


def find_township_option_faults(order: AreaOrder, by: str | None = None) -> Iterator[Fault]:
    """Yield a fault where a file of townships is not used, or is not the only one that says what the areas are.

    ``by`` is the level of the order's table, None for the usual one.
    """
    if order.townships is None:
        return
    if order.outlines is not None:
        yield TOWNSHIP_OPTION_FAULTS.build(
            "townships_and_outlines", field="--townships", value=order.townships.name
        )
    elif by not in (None, TOWNSHIP_LEVEL):
        yield TOWNSHIP_OPTION_FAULTS.build("not_by_township", field="--townships", value=by)
