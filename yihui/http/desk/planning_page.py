"""What the planners' pages share: the areas to choose from, and faults in the words of a form."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from yihui.http.body import FormFields
from yihui.http.desk.pages import FormFeedback, OfficerPages
from yihui.planning.analysis.fields import AnalysisField
from yihui.services.access.officer_scope import OfficerScope
from yihui.views.form_terms import fault_in_form_terms

if TYPE_CHECKING:
    from yihui.runtime.language import Language


def list_areas(pages: OfficerPages, scope: OfficerScope) -> Mapping[str, str]:
    """Return the areas that an officer may plan by code: those of the subtrees and all below, in the province."""
    from yihui.bootstrap import PROVINCE_CODE

    names = pages.site.place_names()
    prefix = PROVINCE_CODE[:2]
    inside = sorted(code for code in names if code.startswith(prefix) and scope.covers_district(code))
    return {code: _full_name(code, names) for code in inside}


def _full_name(code: str, names: Mapping[str, str]) -> str:
    city = names.get(f"{code[:4]}00", "")
    return names[code] if code.endswith("00") else f"{city}{names[code]}"


def use_form_terms(feedback: FormFeedback, labels: Mapping[str, str], language: "Language") -> FormFeedback:
    """Return a refused form's feedback with the labels of its fields in place of the commands' options."""
    return replace(
        feedback, problems=[fault_in_form_terms(one, labels, language) for one in feedback.problems]
    )


def read_typed(fields: Sequence[AnalysisField], sent: FormFields) -> dict[str, str]:
    """Return what was typed into the fields, or chosen there with commas between; empty fields are left out."""
    return {one.option: value for one in fields if (value := ",".join(sent.get(one.option, [])))}
