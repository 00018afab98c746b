"""Choose the worksheet or layer that holds the register; an ambiguous file is refused."""

from collections.abc import Mapping

from core.faults import Fault, FaultError
from core.text_marks import N_


def choose_layer(rows: Mapping[str, int], asked: str | None, file: str) -> str:
    """Return the layer named ``asked``, else the only one; ``rows`` has the row count of each layer.

    *Raises*: FaultError if there are several layers, or none with that name.
    """
    if asked is None and len(rows) == 1:
        return next(iter(rows))
    if asked in rows:
        return str(asked)
    there = "、".join(f"{name} ({count})" for name, count in rows.items())
    raise FaultError([_several(file, there) if asked is None else _no_such(file, asked, there)])


def hidden_worksheet_warning(file: str, name: str) -> Fault:
    """Return a warning that a hidden worksheet was not read, because it was not named."""
    return Fault(
        N_("the sheet “{value}” is hidden and was not read"),
        N_("name it with --layer if the stations are there"),
        file=file,
        value=name,
        severity="warning",
    )


def _several(file: str, there: str) -> Fault:
    return Fault(
        N_("the file has several sheets or layers; with their rows: {value}"),
        N_("say which one with --layer NAME, or import one after the other into registers of their own"),
        file=file,
        field="--layer",
        value=there,
    )


def _no_such(file: str, asked: str, there: str) -> Fault:
    return Fault(
        N_("the file has no sheet or layer “{value}”; with their rows there are: {there}"),
        N_("write the name as it stands in the file"),
        file=file,
        field="--layer",
        value=asked,
        params={"there": there},
    )
