"""An analysis that runs: what was typed as an order, and where its files go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_folder, check_output_not_input, check_output_path
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.forms import ANALYSIS_FORMS
from yihui.planning.demand.fields import read_file_options
from yihui.planning.demand.request import DemandFileOptions, is_file
from yihui.planning.order import AreaOrder
from yihui.runtime.routing_faults import RoutingUnavailable

if TYPE_CHECKING:
    from yihui.planning.street_reach import StreetReach
    from yihui.runtime.language import Language

OrderT = TypeVar("OrderT", bound=AreaOrder)
ANALYSIS_STREET_FAULTS = FaultTable(
    "analysis",
    {
        "no_streets": (
            N_("times by street can't be computed here: no streets are installed"),
            N_("choose straight lines; whoever runs the site can install streets"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class AnalysisRun:
    """An analysis that runs: what was typed, and a folder for its files.

    A command has no folder: its options name the files.
    """

    wiring: Wiring
    values: AnalysisValues
    folder: Path | None = None

    @property
    def language(self) -> "Language":
        return self.wiring.language

    @property
    def now(self) -> datetime:
        return self.values.now

    @property
    def area(self) -> str:
        return self.values.text("area")

    def output(self, option: str, name: str, is_wanted: bool = True) -> Path | None:
        """Return where to write a file: as the option of the command says, else into the folder if it is wanted.

        *Raises*: OSError, FaultError for an option's path that can't be written.
        """
        if self.folder is not None:
            return self.folder / name if is_wanted else None
        if (path := self.values.file(option)) is not None:
            check_output_path(path)
            others = [file for one, file in self.values.files.items() if one != option]
            demand = self.values.text("demand")
            check_output_not_input(path, *others, Path(demand) if is_file(demand) else None)
        return path

    def output_folder(self, option: str) -> Path | None:
        """Return the folder for the files of an option, as `output` does for one file."""
        if self.folder is not None:
            return self.folder if self.values.is_ticked(option) else None
        if (folder := self.values.file(option)) is not None:
            check_output_folder(folder)
        return folder

    def name_of(self, file: Path | str) -> str:
        """Return a file as its user knows it: without the folder of the analysis."""
        return str(file) if self.folder is None else str(file).removeprefix(f"{self.folder}/")

    def open_reach(self, radius_m: float, minutes: float | None = None) -> "StreetReach | None":
        """Open the reach by street that was chosen; None for straight lines. ``minutes``: instead of those typed.

        *Raises*: FaultError, RoutingUnavailable for a command, where no streets are built.
        """
        from geo.nearest.travel import Travel
        from yihui.planning.street_reach import open_street_reach

        travel = Travel.by_mode(self.values.optional("travel"))
        if travel is None:
            return None
        minutes = minutes or self.values.optional_number("minutes")
        try:
            return open_street_reach(self.wiring, travel, minutes, radius_m, self.values.file("routing"))
        except RoutingUnavailable as error:
            if self.folder is None:
                raise
            raise FaultError(ANALYSIS_STREET_FAULTS.build("no_streets", field="--travel")) from error


def read_order(order: type[OrderT], kind: str, values: AnalysisValues, **own: object) -> OrderT:
    """Build the order of an analysis, without the streets: each field of its form is the attribute of its name.

    ``own`` are attributes that are read in a way of their own; what nobody typed has the order's default.
    *Raises*: FaultError.
    """
    form, known = ANALYSIS_FORMS[kind], {one.name for one in fields(order)}
    typed = {
        one.attribute: values.value(one)
        for one in (*form.fields, *form.options)
        if one.attribute in known - own.keys() and not one.of
    }
    said = {name: value for name, value in typed.items() if value is not None}
    return order(**{**said, "demand_file": read_demand_options(values), **own})  # type: ignore[arg-type]


def read_demand_options(values: AnalysisValues) -> DemandFileOptions | None:
    """Return how the options of a command read a file of demand; None where they say nothing of it.

    Its datum is its own, or else that of all files.
    """
    what = values.text("demand")
    names = (part.partition("=")[0].strip() for part in re.split("[+＋]", what.replace("＝", "=")))
    datum = values.datum("demand-datum")
    if datum is None and (is_file(what) or any(map(is_file, names))):
        datum = values.datum()
    said = replace(read_file_options(values, Path(what)), datum=datum)
    return None if said == DemandFileOptions(Path(what)) else said


def require_target(values: AnalysisValues, options: Sequence[str]) -> None:
    """*Raises*: FaultError unless a file is to be written."""
    if not any(values.is_ticked(one) for one in options):
        raise FaultError(TARGET_FAULTS.build("no_target", field=f"--{options[0]}"))


TARGET_FAULTS = FaultTable(
    "analysis", {"no_target": (N_("no file is chosen"), N_("choose in which form you want it"))}
)
