"""The forms of the planner's analyses: each is the model of an order, asked for by a page and by a command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.views.labels import STATION_KIND_LABELS

if TYPE_CHECKING:
    from pydantic import BaseModel

    from yihui.frame.fields import FormField
    from yihui.planning.order import AreaOrder
    from yihui.runtime.language import Language

FORM_FAULTS = FaultTable(
    "analysis",
    {
        "choice": (N_("“{value}” is no choice for {field}"), N_("choose one of the list")),
        "no_target": (N_("no file is chosen"), N_("choose in which form you want it")),
    },
)
_WANTED = "yes"
# The pages of planning, each a tab of the others: path and title.
PLANNING_TABS = (
    ("/desk/planning", N_("Analyses")),
    ("/desk/planning/demand", N_("Files of demand")),
    ("/desk/planning/scenarios", N_("Scenarios")),
)


@cache
def _load_orders() -> "Mapping[str, type[AreaOrder]]":
    """Return the models of orders by command."""
    from yihui.planning.access.request import AccessOrder
    from yihui.planning.comparison.request import CompareOrder
    from yihui.planning.coverage.request import CoverageOrder
    from yihui.planning.gaps.request import GapOrder
    from yihui.planning.map.request import CoverageMapOrder
    from yihui.planning.order import LayersOrder, ReportOrder
    from yihui.planning.searches.request import SearchesOrder
    from yihui.planning.siting.request import SitingOrder

    return {
        "report coverage": ReportOrder,
        "plan coverage": CoverageOrder,
        "plan gaps": GapOrder,
        "plan searches": SearchesOrder,
        "plan access": AccessOrder,
        "plan sites": SitingOrder,
        "plan compare": CompareOrder,
        "map": CoverageMapOrder,
        "plan export": LayersOrder,
    }


@dataclass(frozen=True, slots=True)
class AnalysisForm:
    """One kind of analysis: the command that does the same, and what its page begins with.

    ``needs_searches``: it is about riders' searches, whatever is asked.
    """

    command: str
    label: str
    about: str
    begin: Mapping[str, str] = field(default_factory=dict)
    needs_searches: bool = False

    @property
    def order(self) -> "type[AreaOrder]":
        """The model of its order, which is loaded for it: a list of the analyses needs none."""
        return _load_orders()[self.command]

    @property
    def page_fields(self) -> "Sequence[FormField]":
        """The fields of its page, on which a file of demand is one that was uploaded."""
        own, _ = self._list_fields("command")
        return own

    @property
    def command_fields(self) -> "Sequence[FormField]":
        """The fields of its command; how a file of demand is read comes last, where a demand is asked for."""
        own, of_files = self._list_fields("page")
        return [*own, *of_files] if any(one.name == "demand" for one in own) else own

    def _list_fields(self, but: str) -> "tuple[list[FormField], list[FormField]]":
        """Return the fields but those of one door alone; those that say how a file of demand is read by themselves."""
        from yihui.frame.fields import fields_of
        from yihui.planning.demand.request import DemandFileForm

        asked = [one for one in fields_of(self.order) if one.prompt.only != but]
        asked = [replace(one, choices=STATION_KIND_LABELS) if one.name == "kinds" else one for one in asked]
        of_files = [one for one in asked if one.name in DemandFileForm.model_fields]
        return [one for one in asked if one not in of_files], of_files

    def choose_begun(self, one: "FormField") -> str:
        """Return what stands in a field of its page at first."""
        return self.begin.get(one.name) or one.begin(one.default)

    def check_targets(self, order: "AreaOrder") -> None:
        """*Raises*: FaultError where a page offers files alone and none is wanted."""
        from yihui.frame.fields import FieldKind

        targets = [one.name for one in self.page_fields if one.kind is FieldKind.TARGET]
        if targets and not any(getattr(order, one) for one in targets):
            raise FaultError(FORM_FAULTS.build("no_target", field=targets[0]))


ANALYSIS_FORMS: Mapping[str, AnalysisForm] = {
    "report": AnalysisForm(
        "report coverage",
        N_("Coverage report"),
        N_("Who is served when, where places are missing and where to build: as a PDF, workbook or page."),
        dict.fromkeys(("pdf", "xlsx", "html"), _WANTED),
    ),
    "coverage": AnalysisForm(
        "plan coverage",
        N_("Coverage"),
        N_(
            "Who has an open place within reach, by area, by cell and by the hour; also by street and minutes."
        ),
    ),
    "gaps": AnalysisForm(
        "plan gaps",
        N_("Gaps"),
        N_("Where nobody has an open place within reach, how many people that concerns, and at which hours."),
    ),
    "searches": AnalysisForm(
        "plan searches",
        N_("Searches that found nothing"),
        N_(
            "Where riders searched and found nothing open within 1 km, at which hours, how often, and since when."
        ),
        needs_searches=True,
    ),
    "access": AnalysisForm(
        "plan access",
        N_("Access"),
        N_("How much of the open places falls to each, with their capacities, and how evenly."),
    ),
    "sites": AnalysisForm(
        "plan sites",
        N_("Further sites"),
        N_("The best sites of a list or a grid, with a goal, a budget and limits, and what each one gains."),
        {"p": "5"},
    ),
    "comparison": AnalysisForm(
        "plan compare",
        N_("Comparison of registers or days"),
        N_("Which places changed between two days or registers, and who gained or lost one within reach."),
    ),
    "map": AnalysisForm(
        "map",
        N_("Map"),
        N_("One HTML file with places and coverage by the hour, that opens without a network."),
    ),
    "layers": AnalysisForm(
        "plan export",
        N_("Layers for GIS programs"),
        N_("Stations, coverage, gaps and proposed sites with their styles, as QGIS draws them."),
        {"gpkg": _WANTED},
    ),
}


def find_form(code: str) -> AnalysisForm:
    """Return the form of a kind of analysis. *Raises*: FaultError."""
    if code not in ANALYSIS_FORMS:
        raise FaultError(FORM_FAULTS.build("choice", field="analysis", value=code[:40]))
    return ANALYSIS_FORMS[code]


def name_page_faults(model: "type[BaseModel]", faults: Sequence[Fault], language: "Language") -> list[Fault]:
    """Return faults with the titles of a form's fields in place of the command's options."""
    from yihui.frame.typed import name_fields

    words = {"command_plan_demand": f"“{language.translate(N_('this form'))}”"}
    words |= list_option_words(model, language)
    return name_fields(model, [replace(one, params={**one.params, **words}) for one in faults])


def list_option_words(model: "type[BaseModel]", language: "Language") -> dict[str, str]:
    """Return what a page says where a text has the placeholder of an option: the field's title, and the choice's."""
    from yihui.frame.fields import fields_of

    words: dict[str, str] = {}
    for one in reversed(fields_of(model)):
        name, title = one.option.lstrip("-").replace("-", "_"), language.translate(one.prompt.title)
        words[f"option_{name}"] = f"“{title}”"
        for value, choice in (one.choices or {}).items():
            named = language.render(N_("{name}: {detail}"), name=title, detail=language.title(choice))
            words[f"option_{name}__{value}"] = f"“{named}”"
    return words
