"""Labels of codes: every code has one."""

from geo.station import FACILITY_CODES
from yihui.views.labels import FACILITY_LABELS


def test_every_facility_code_has_a_label() -> None:
    assert tuple(FACILITY_LABELS) == FACILITY_CODES
