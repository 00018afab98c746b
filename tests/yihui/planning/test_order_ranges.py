"""Every analysis takes the same instants and radii, from a page, a program or a command, and says all faults at once."""

from datetime import datetime

import pytest

from core.civil_time import CIVIL_TIME
from core.faults import FaultError
from yihui.frame.typed import parse_values
from yihui.planning.analysis.forms import ANALYSIS_FORMS, find_form


@pytest.mark.parametrize("kind", sorted(ANALYSIS_FORMS.keys() - {"searches"}))  # it asks about neither
@pytest.mark.parametrize("at", ["1926-09-30T10:00:00+08:00", datetime(2036, 1, 1, tzinfo=CIVIL_TIME)])
def test_an_order_names_each_value_out_of_its_range(kind: str, at: object) -> None:
    for radius in ("abc", "5", "500000"):
        typed = {"area": "370102", "at": at, "radius_m": radius}
        with pytest.raises(FaultError) as refused:
            parse_values(find_form(kind).order, typed)
        assert [one.field for one in refused.value.faults] == ["at", "radius_m"]
