"""Which demand an analysis loads: one that is built in, a file that was uploaded, or a path."""

import unicodedata
from dataclasses import dataclass

from yihui.planning.demand.fields import DemandReadingForm
from yihui.planning.demand.request import BUILT_IN_DEMANDS, CENSUS_DEMAND

_CENSUS_ALIAS = "census"


@dataclass(frozen=True, slots=True)
class DemandQuery:
    """Which demand to load. ``what`` is one of `BUILT_IN_DEMANDS`, a file that was uploaded, or a path.

    ``file`` says how to read the file. *Units*: metres.
    """

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandReadingForm | None = None

    @property
    def built_in(self) -> str | None:
        """The built-in demand that ``what`` names; None for a file."""
        meant = "".join(unicodedata.normalize("NFKC", self.what).lower().split())
        word = CENSUS_DEMAND if meant == _CENSUS_ALIAS else meant
        return word if word in BUILT_IN_DEMANDS else None

    @property
    def uploaded(self) -> str | None:
        """The id of the uploaded file that ``what`` names; None for any other demand."""
        from geo.registry.planning import UPLOADED_DEMAND  # here: the help of a command needs no database

        return self.what.removeprefix(UPLOADED_DEMAND) if self.what.startswith(UPLOADED_DEMAND) else None
