"""Each form of an analysis has a kind that computes it, and defaults that are accepted."""

from yihui.planning.analysis.fields import check_fields
from yihui.planning.analysis.forms import ANALYSIS_FORMS
from yihui.planning.analysis.kinds import ANALYSIS_KINDS


def test_the_defaults_of_the_fields_are_accepted() -> None:
    assert ANALYSIS_FORMS.keys() == ANALYSIS_KINDS.keys()
    for form in ANALYSIS_FORMS.values():
        check_fields(form.fields, {one.option: one.default for one in form.fields})
