"""The fields of analyses that can go by street."""

from collections.abc import Mapping
from types import MappingProxyType

from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisField, AnalysisValues, FieldKind

_MODES: Mapping[str, str] = MappingProxyType({"walk": N_("on foot"), "ebike": N_("by e-bike")})
TRAVEL = AnalysisField("travel", N_("Ways by street instead of straight lines"), FieldKind.CHOICE, "", _MODES)
STREET_MINUTES = AnalysisField(
    "minutes",
    N_("Minutes by street (nothing: the reach in metres along the streets)"),
    FieldKind.NUMBER,
    least=1,
    most=360,
)


def check_street_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for minutes without a way of travelling."""
    from yihui.planning.street_reach import check_street_options

    check_street_options(values.optional("travel"), values.optional_number("minutes"), None)
