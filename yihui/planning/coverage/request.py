"""What ``yihui plan coverage`` is to measure."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from core.prompts import Prompt
from core.text_marks import N_
from geo.datum import Datum
from geo.station import Access, Kind
from yihui.frame.types import Number, WholeNumber
from yihui.planning.demand.request import DATUM_LABELS, ShortText, further_prompt
from yihui.planning.file_fields import Target
from yihui.planning.order import LEVELS, Outlines, StreetOrder, Townships

if TYPE_CHECKING:
    from geo.nearest.filters import Filters

CELL_LEVEL = "cell"
USUAL_MINUTES = 15.0  # by street
_LowerKind = Annotated[
    Kind, BeforeValidator(lambda text: text.strip().lower() if isinstance(text, str) else text)
]


class CoverageOrder(StreetOrder):
    """What to measure; ``townships`` are used for the level of that name.

    Places that are open to all count, those for a ``member`` or an ``employer``'s staff besides, of all ``kinds`` if
    none is named.
    """

    by: Annotated[
        Literal["province", "city", "county", "township", "community", "cell"],
        Prompt(N_("Table by"), labels={**LEVELS, CELL_LEVEL: N_("cells of a grid")}),
    ] = "county"
    hours: Annotated[bool, Prompt(N_("for every hour of that week too"))] = False
    minutes: Annotated[
        Number | None, Field(ge=1, le=360), Prompt(N_("Minutes by street (nothing: 15)"), is_proposed=True)
    ] = None
    member: Annotated[bool, further_prompt(N_("places for members only count as well"))] = False
    employer: Annotated[ShortText, further_prompt(N_("An employer whose own places count as well"))] = ""
    kinds: Annotated[
        tuple[_LowerKind, ...],
        further_prompt(N_("Only places of these kinds"), option="--kind", metavar="KIND"),
    ] = ()
    resolution: Annotated[
        WholeNumber, Field(ge=0, le=15), further_prompt(N_("Size of the cells: 0 (coarse) to 15; 7 is 5 km²"))
    ] = 7
    outlines: Outlines = None
    townships: Townships = None
    datum: Annotated[
        Datum | None,
        further_prompt(N_("Datum of the outlines"), labels=DATUM_LABELS, option="--outlines-datum"),
    ] = None
    is_datum_of_demand = False
    csv: Annotated[Target | None, Prompt(N_("write the table to this file"), only="command")] = None

    @property
    def filters(self) -> "Filters":
        """Which places count."""
        from geo.coverage.reach import OPEN_TO_ALL

        accesses = OPEN_TO_ALL.accesses | ({Access.MEMBERS} if self.member else set())
        return replace(OPEN_TO_ALL, accesses=accesses, employer=self.employer, kinds=frozenset(self.kinds))
