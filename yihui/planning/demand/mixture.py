"""Residents and riders beside each other: ``--demand population+orders.csv=20%+searches=10%``."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.demand.request import BUILT_IN_DEMANDS, DemandQuery

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring
    from yihui.planning.demand.run import ChosenDemand

_PLUS, _EQUALS = re.compile(r"\s*[+＋]\s*"), re.compile(r"\s*[=＝]\s*")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)\s*%")
_WHOLE = 100.0
MIXTURE_FAULTS = FaultTable(
    "demand_mixture",
    {
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
        "no_weight": (
            N_("there is no demand of “{value}” in the area"),
            N_("leave it out, or choose another area"),
        ),
        "same_unit": (
            N_("“{value}” stands in the mixture twice"),
            N_("name each demand once, with its whole part"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class DemandMixture:
    """The names of demands, as ``--demand`` takes them, and the share of the whole of all but the first."""

    first: str
    others: tuple[tuple[str, float], ...]


def parse_mixture(what: str) -> DemandMixture | None:
    """Return the mixture that a text names; None where it names one demand, or an existing file.

    Full-width signs and digits count as plain ones. *Raises*: FaultError with all faults of the text.
    """
    parts = _PLUS.split(what.strip())
    is_meant = len(parts) > 1 and ("=" in what or "＝" in what or parts[0] in BUILT_IN_DEMANDS)
    if not is_meant or Path(what).is_file():
        return None
    faults: list[Fault] = []
    first, *shared = parts
    if _EQUALS.search(first):
        faults.append(MIXTURE_FAULTS.build("share_of_first", field="--demand", value=_EQUALS.split(first)[0]))
    others = [found for part in shared if (found := _parse_part(part, faults)) is not None]
    names = [first, *(name for name, _ in others)]
    faults += [
        MIXTURE_FAULTS.build("same_unit", field="--demand", value=name)
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    total = sum(share for _, share in others)
    if total > 1 + 1e-9:
        faults.append(MIXTURE_FAULTS.build("too_much", field="--demand", value=f"{total * _WHOLE:g}"))
    if faults:
        raise FaultError(faults)
    return DemandMixture(first, tuple(others))


def first_demand(what: str) -> str:
    """Return the first demand of a mixture, or the demand itself."""
    return _PLUS.split(what.strip())[0] if not Path(what).is_file() else what


def _parse_part(part: str, faults: list[Fault]) -> tuple[str, float] | None:
    name, *said = _EQUALS.split(part)
    if not name or not said:
        faults.append(MIXTURE_FAULTS.build("no_share", field="--demand", value=name))
        return None
    percent = _PERCENT.fullmatch(unicodedata.normalize("NFKC", said[-1]).strip())
    share = float(percent[1]) / _WHOLE if percent and len(said) == 1 else 0.0
    if not 0 < share <= 1:
        faults.append(MIXTURE_FAULTS.build("share", field="--demand", value="=".join(said)[:40]))
        return None
    return name, share


def load_mixture(
    wiring: "Wiring",
    wanted: DemandQuery,
    mixture: DemandMixture,
    load: Callable[[DemandQuery], "ChosenDemand"],
) -> "ChosenDemand":
    """Load all demands of a mixture by ``load``, and mix them; riders keep the hours of their orders and searches.

    *Raises*: FaultError with the faults of all of them; OSError for a missing file.
    """
    from dataclasses import replace

    from geo.coverage.mixture import mix_demands
    from yihui.planning.demand.run import ChosenDemand

    faults: list[Fault] = []
    loaded: list[tuple[ChosenDemand, float]] = []
    for name, share in ((mixture.first, 0.0), *mixture.others):
        try:
            chosen = load(replace(wanted, what=name))
        except FaultError as error:
            faults += error.faults
            continue
        if not chosen.demand.total > 0:
            faults.append(MIXTURE_FAULTS.build("no_weight", field="--demand", value=name))
        loaded.append((chosen, share))
    if faults:
        raise FaultError(faults)
    (first, _), *riders = loaded
    demand = mix_demands(first.demand, [(chosen.demand, share) for chosen, share in riders])
    titles = [f"{share * _WHOLE:g} % {chosen.title}" for chosen, share in riders]
    told = wiring.render(
        N_("{first}, and beside them {others}"), first=first.title, others=wiring.language.format_list(titles)
    )
    return ChosenDemand(demand, told, tuple(note for chosen, _ in loaded for note in chosen.notes))
