"""Which demand an analysis loads: one that is built in, a file, or a mixture: ``--demand population+orders.csv=20%+searches=10%``."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from core.faults import Fault, FaultTable, raise_faults
from core.text_marks import N_
from yihui.planning.demand.request import (
    BUILT_IN_DEMANDS,
    CENSUS_DEMAND,
    GROUND_DEMAND,
    DemandReadingForm,
    is_file,
)

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


_PLUS, _EQUALS = re.compile(r"\s*[+＋]\s*"), re.compile(r"\s*[=＝]\s*")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)\s*%")
PERCENT = 100.0
MIXTURE_FAULTS = FaultTable(
    "demand_mixture",
    {
        "ground": (
            N_("the first demand is ground, which has no weight beside riders"),
            N_("begin with residents, such as population+orders.csv=20%, or with a file"),
        ),
        "no_name": (N_("a part of the mixture names no demand"), N_("write such as population+searches=30%")),
        "no_share": (
            N_("nothing says how much of the demand “{value}” is to be"),
            N_("write its part of the whole in percent, such as {value}=30%"),
        ),
        "share": (
            N_("“{value}” is no part of the whole in percent"),
            N_("write a number above 0, at most 100, and the sign %, such as 30%"),
        ),
        "too_much": (
            N_("the parts sum to {value} %"),
            N_("write parts that sum to 100 % at most; the first demand has the rest"),
        ),
        "share_of_first": (
            N_("the first demand, “{value}”, has a part of its own"),
            N_("leave that out: it has what the others leave, such as population+searches=30%"),
        ),
        "no_weight": (N_("there is no demand of “{value}” in the area"), N_("leave it out, or choose another area")),
        "twice": (N_("“{value}” stands in the mixture twice"), N_("name each demand once, with its whole part")),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandMixture:
    """The names of demands, as ``--demand`` takes them, and the share of the whole of all but the first."""

    first: str
    others: tuple[tuple[str, float], ...]


def parse_mixture(what: str) -> DemandMixture | None:
    """Return the mixture that a text names; None where it names one demand, or an existing file.

    Full-width signs and digits count as plain ones. *Raises*: FaultError with all faults of the text.
    """
    from geo.coverage.demand import SHARE_SLACK  # here: the form of an analysis needs no pandas

    first, *shared = _PLUS.split(what.strip())
    is_meant = "=" in what or "＝" in what or DemandQuery(first, None).built_in is not None
    if not shared or not is_meant or is_file(what):
        return None
    faults, others = list[Fault](), list[tuple[str, float]]()

    def refuse(code: str, value: str) -> None:
        faults.append(MIXTURE_FAULTS.build(code, field="--demand", value=value))

    if _EQUALS.search(first):
        refuse("share_of_first", _EQUALS.split(first)[0])
    for part in shared:
        name, *said = _EQUALS.split(part)
        percent = _PERCENT.fullmatch(unicodedata.normalize("NFKC", "".join(said[-1:])).strip())
        share = float(percent[1]) / PERCENT if percent and len(said) == 1 else 0.0
        if not name:
            refuse("no_name", part[:40])
        elif not said:
            refuse("no_share", name)
        elif not 0 < share <= 1:
            refuse("share", "=".join(said)[:40])
        else:
            others.append((name, share))
    names = (first, *(name for name, _ in others))
    named = [DemandQuery(name, None).built_in or str(Path(name).absolute()) for name in names]
    if named[0] == GROUND_DEMAND:
        refuse("ground", first)
    for name in dict.fromkeys(one for one in named if named.count(one) > 1):
        refuse("twice", name)
    if (total := sum(share for _, share in others)) > 1 + SHARE_SLACK:
        refuse("too_much", f"{total * PERCENT:g}")
    raise_faults(faults)
    return DemandMixture(first, tuple(others))


def first_demand(what: str) -> str:
    """Return the first demand of a mixture, or the demand itself."""
    return _PLUS.split(what.strip())[0] if not is_file(what) else what


def is_spread_evenly(demand: str) -> bool:
    """Return whether ``--demand`` names the census, also beside riders' demand."""
    return DemandQuery(first_demand(demand), None).built_in == CENSUS_DEMAND
