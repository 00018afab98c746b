"""Choose the worksheet or layer that holds the register; an ambiguous file is refused."""

from collections.abc import Mapping

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

_FAULTS = FaultTable(
    "layers",
    {
        "hidden_worksheet": (
            N_("the sheet “{value}” is hidden and was not read"),
            N_("name it with --layer if the stations are there"),
        ),
        "several_layers": (
            N_("the file has several sheets or layers; with their rows: {value}"),
            N_("say which one with --layer NAME, or import one after the other into registers of their own"),
        ),
        "no_such_layer": (
            N_("the file has no sheet or layer “{value}”; with their rows there are: {there}"),
            N_("write the name as it stands in the file"),
        ),
    },
)


def choose_layer(rows: Mapping[str, int], asked: str | None, file: str) -> str:
    """Return the layer named ``asked``, else the only one; ``rows`` has the row count of each layer.

    *Raises*: FaultError if there are several layers, or none with that name.
    """
    if asked is None and len(rows) == 1:
        return next(iter(rows))
    if asked in rows:
        return str(asked)
    there = "、".join(f"{name} ({count})" for name, count in rows.items())
    raise FaultError(
        _FAULTS.build("several_layers", file=file, field="--layer", value=there)
        if asked is None
        else _FAULTS.build("no_such_layer", file=file, field="--layer", value=asked, there=there)
    )


def hidden_worksheet_warning(file: str, name: str) -> Fault:
    """Return a warning that a hidden worksheet was not read, because it was not named."""
    return _FAULTS.build("hidden_worksheet", file=file, value=name, severity="warning")
