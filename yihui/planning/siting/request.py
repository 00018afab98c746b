"""The order of ``yihui plan sites``."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from core.faults import Fault, FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from geo.datum import Datum
from yihui.frame.fields import FieldKind
from yihui.frame.types import Number, WholeNumber, read_by
from yihui.planning.demand.request import DATUM_LABELS, ShortText
from yihui.planning.file_fields import FileOf, check_by
from yihui.planning.order import OUTLINE_FILES, TABLE_FILES, DemandGrid, Geojson, StreetOrder
from yihui.runtime.arguments import CANNOT_BE, parse_fen

if TYPE_CHECKING:
    from geo.siting.problem import SitingGoal
    from geo.siting.spacing import SpacingRule

GOAL_LABELS: Mapping[str, str] = {
    "mclp": N_("most demand served"),
    "lscp": N_("fewest sites that serve all who can be served"),
    "p-median": N_("least distance on the average"),
    "p-centre": N_("least distance for who has the farthest way"),
}
_DEFAULT_RULE = "1000,500,1500,4000"
SITING_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "spacing_rule": (
            CANNOT_BE,
            N_("write four figures such as 1000,500,1500,4000: the second no larger than the first, the last no smaller than the third"),
        ),
        "no_number": (
            N_("nothing says how much may be built"),
            N_("say how many sites ({option_p} 10) or how much money ({option_budget} 500000)"),
        ),
        "nothing_to_close": (
            N_("nothing stands that could be closed"),
            N_("leave out {option_fixed__none} or {option_closable}"),
        ),
        "none_closable": (
            N_("it is said how many stations may be closed, but none may be"),
            N_("add {option_closable}, or leave out {option_at_most_close}"),
        ),
        "no_number_of_new": (
            N_("stations may be closed, but nothing says how many are to be built"),
            N_("say how many more there may be in all: {option_p} 10"),
        ),
        "crossed_limits": (
            N_("at least {least} in each district, but at most {value}"),
            N_("write a maximum that is no smaller than the minimum"),
        ),
        "nothing_to_extend": (
            N_("where nothing stands, nothing can be opened longer"),
            N_("leave out {option_fixed__none} or {option_extended_hours}"),
        ),
    },
)  # fmt: skip

_Yuan = Annotated[int, read_by(lambda text: parse_fen(text, "yuan")), FieldKind.MONEY]
_Count = Annotated[WholeNumber, Field(ge=0, le=100_000)]
_Table = Annotated[Path | None, FileOf(*TABLE_FILES)]
_further, _yuan = partial(Prompt, is_further=True), partial(Prompt, metavar="YUAN")


class SitingOrder(StreetOrder):
    """What to plan: ``p`` new sites at most, or for ``budget_fen``, and the limits of the plan.

    Without ``candidates`` these form a grid of ``grid_m`` (None: by the size of the area, like the demand's grid). None
    stands for no limit, of ``at_most_close`` for ``p``. With ``streets`` a site serves by street, distances are lengths
    of ways, and ``radius_m`` is the straight line beside it. *Units*: metres, fen, seconds.
    """

    p: Annotated[WholeNumber | None, Field(ge=1, le=100_000), Prompt(N_("Number of sites"), option="-p")] = (
        None
    )
    goal_typed: Annotated[
        Literal["mclp", "lscp", "p-median", "p-centre"],
        Prompt(N_("Goal"), labels=GOAL_LABELS, option="--model"),
    ] = "mclp"
    budget_fen: Annotated[
        _Yuan | None, Field(le=2**60), _yuan(N_("What may be spent, in yuan"), option="--budget")
    ] = None
    cost_fen: Annotated[
        _Yuan | None,
        Field(le=2**50),
        _yuan(N_("What a site costs where the list doesn't say, in yuan"), option="--cost"),
    ] = None
    curve: Annotated[bool, Prompt(N_("what each further site buys"))] = False
    extended_hours: Annotated[bool, Prompt(N_("how many doors opened longer would serve as much"))] = False
    candidates: Annotated[
        Path | None,
        FileOf(*TABLE_FILES, *OUTLINE_FILES),
        Prompt(N_("List of possible sites, such as post offices or shops (otherwise a grid)")),
    ] = None
    datum: Annotated[Datum | None, Prompt(N_("Datum of the list"), labels=DATUM_LABELS)] = None
    partial: Annotated[bool, Prompt(N_("leave out rows of the list that can't be used"))] = False
    fixed: Annotated[
        Literal["existing", "none"],
        _further(N_("Places that stand today"), labels={"existing": N_("count"), "none": N_("don't count")}),
    ] = "existing"
    closable: Annotated[
        bool, _further(N_("places that stand may be closed: for each one that is, one more is built"))
    ] = False
    at_most_close: Annotated[
        _Count | None,
        _further(
            N_("At most so many are closed"),
            help=N_("with --closable: close no more than so many; otherwise no more than -p"),
        ),
    ] = None
    least: Annotated[_Count, _further(N_("At least in each district"), option="--min-per-district")] = 0
    most: Annotated[_Count | None, _further(N_("At most in each district"), option="--max-per-district")] = (
        None
    )
    district_limits: Annotated[
        _Table, _further(N_("Limits by district: a table with the columns 区县, 至少, 至多"))
    ] = None
    apart_m: Annotated[
        Number,
        Field(ge=0, le=100_000),
        _further(N_("Metres to any other station, at least"), option="--apart"),
    ] = 0.0
    spacing: Annotated[bool, _further(N_("in towns only sites near another station, as the rule says"))] = (
        False
    )
    spacing_rule: Annotated[
        ShortText,
        check_by(lambda text: parse_spacing_rule(text)),
        _further(
            N_("The rule: metres in towns, metres where dense, people per km² of a town, of a dense place"),
            metavar="M,M,N,N",
        ),
    ] = _DEFAULT_RULE
    stability: Annotated[
        Annotated[WholeNumber, Field(ge=20, le=1_000)] | None,  # fewer say little
        BeforeValidator(lambda runs: None if runs in ("0", 0) else runs),
        _further(N_("Runs that try how certain the sites are (20 or more)")),
    ] = None
    seed: Annotated[WholeNumber, Field(ge=0, le=999_999_999), _further(N_("Seed of these runs"))] = 20261120
    grid_m: Annotated[
        Number | None,
        Field(ge=50, le=100_000),
        _further(N_("Grid of possible sites, in metres"), option="--grid"),
    ] = None
    spacing_m: DemandGrid = None
    mapping: Annotated[
        Path | None,
        FileOf("yaml", "yml"),
        _further(N_("Mapping file: what the list's columns mean"), option="--columns"),
    ] = None
    time_limit_s: Annotated[
        Number,
        Field(ge=1, le=3_600),
        _further(
            N_("Seconds to compute, at most"),
            option="--time-limit",
            help=N_("seconds for the plan, and as many for each of the three questions besides"),
        ),
    ] = 30.0
    geojson: Geojson = None

    meant: ClassVar[Mapping[str, str]] = {"goal_typed": "goal", "fixed": "", "spacing_rule": "rule"}

    def list_terms(self) -> dict[str, object]:
        return {**super().list_terms(), "keep": self.counts_standing}

    @property
    def goal(self) -> "SitingGoal":
        """What the plan is to reach."""
        from geo.siting.problem import SitingGoal

        return SitingGoal(self.goal_typed.replace("-", "_"))

    @property
    def counts_standing(self) -> bool:
        """Whether existing stations count."""
        return self.fixed == "existing"

    @property
    def rule(self) -> "SpacingRule":
        """The spacing rule for towns."""
        return parse_spacing_rule(self.spacing_rule)

    @property
    def most_closed(self) -> int | None:
        """The maximum number of stations that the plan may close; None if it is unlimited.

        It is unlimited if neither ``p`` nor ``at_most_close`` is given.
        """
        if not self.closable:
            return 0
        return self.p if self.at_most_close is None else self.at_most_close

    def find_faults(self) -> Iterator[Fault]:
        yield from super().find_faults()
        needs_number = self.p is None and self.goal_typed != "lscp"
        contradictions = (
            ("no_number", "-p", needs_number and self.budget_fen is None),
            ("nothing_to_close", "--closable", self.closable and not self.counts_standing),
            ("none_closable", "--at-most-close", self.at_most_close is not None and not self.closable),
            ("no_number_of_new", "--closable", self.closable and needs_number),
            ("nothing_to_extend", "--extended-hours", self.extended_hours and not self.counts_standing),
        )
        for code, option, is_wrong in contradictions:
            if is_wrong:
                yield SITING_OPTION_FAULTS.build(code, field=option)
        if self.most is not None and self.most < self.least:
            yield SITING_OPTION_FAULTS.build(
                "crossed_limits", field="--max-per-district", value=self.most, least=self.least
            )


def parse_spacing_rule(text: str) -> "SpacingRule":
    """Parse the rule: metres, metres where dense, people per km² of a town and of a dense place. *Raises*: FaultError."""
    from geo.siting.spacing import SpacingRule

    try:
        most_m, most_dense_m, town, dense = (float(part) for part in text.replace("，", ",").split(","))
        return SpacingRule(most_m, most_dense_m, town, dense)
    except ValueError as error:
        fault = SITING_OPTION_FAULTS.build("spacing_rule", field="--spacing-rule", value=text)
        raise FaultError(fault) from error
