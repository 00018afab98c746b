"""An analysis that runs: its order, and where its files go."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_folder, check_output_not_input, check_output_path
from yihui.planning.demand.request import is_file
from yihui.planning.order import AreaOrder
from yihui.runtime.routing_faults import RoutingUnavailable

if TYPE_CHECKING:
    from yihui.planning.street_reach import StreetReach
    from yihui.runtime.language import Language

OrderT_co = TypeVar("OrderT_co", bound=AreaOrder, covariant=True)
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
class AnalysisRun(Generic[OrderT_co]):
    """An analysis that runs: its order, and a folder for its files.

    A command has no folder: its options name the files.
    """

    wiring: Wiring
    order: OrderT_co
    folder: Path | None = None

    @property
    def language(self) -> "Language":
        return self.wiring.language

    @property
    def now(self) -> datetime:
        return self.wiring.now()

    @property
    def area(self) -> str:
        return self.order.area

    def output(self, wanted: Path | bool | None, name: str) -> Path | None:
        """Return where to write a file: as the option of the command says, else into the folder if it is wanted.

        *Raises*: OSError, FaultError for an option's path that can't be written.
        """
        if self.folder is not None:
            return self.folder / name if wanted else None
        if not isinstance(wanted, Path):
            return None
        check_output_path(wanted)
        others = [value for _, value in self.order if isinstance(value, Path) and value is not wanted]
        demand = self.order.demand
        check_output_not_input(wanted, *others, Path(demand) if is_file(demand) else None)
        return wanted

    def output_always(self, wanted: Path | bool | None, name: str) -> Path | None:
        """Return where to write a file that a page gives with every result, as `output` does."""
        return self.output(wanted or self.folder is not None, name)

    def output_folder(self, wanted: Path | bool | None) -> Path | None:
        """Return the folder for the files of an option, as `output` does for one file."""
        if self.folder is not None:
            return self.folder if wanted else None
        if not isinstance(wanted, Path):
            return None
        check_output_folder(wanted)
        return wanted

    def name_of(self, file: Path | str) -> str:
        """Return a file as its user knows it: without the folder of the analysis."""
        return str(file) if self.folder is None else str(file).removeprefix(f"{self.folder}/")

    def open_reach(self, radius_m: float | None = None, minutes: float | None = None) -> "StreetReach | None":
        """Open the reach by street that was chosen; None for straight lines. A limit here stands for that of the order.

        *Raises*: FaultError, RoutingUnavailable for a command, where no streets are built.
        """
        from geo.nearest.travel import Travel
        from yihui.planning.street_reach import open_street_reach

        order = self.order
        travel = Travel.by_mode(order.travel)
        if travel is None:
            return None
        try:
            return open_street_reach(
                self.wiring, travel, minutes or order.minutes, radius_m or order.radius_m, order.routing
            )
        except RoutingUnavailable as error:
            if self.folder is None:
                raise
            raise FaultError(ANALYSIS_STREET_FAULTS.build("no_streets", field="--travel")) from error

    def order_by_street(self, radius_m: float | None = None, minutes: float | None = None) -> OrderT_co:
        """Return the order with its reach by street, as `open_reach` opens it."""
        return self.order.model_copy(update={"streets": self.open_reach(radius_m, minutes)})
