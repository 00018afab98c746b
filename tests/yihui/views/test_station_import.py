"""What `--datum ask` concludes, and how faults of many rows are shown."""

import numpy as np
import pytest

from geo.datum_check import DATUM_HYPOTHESES, DatumCheck, DatumFit
from geo.formats.table import Table
from yihui.runtime.language import load_language
from yihui.services.stations.station_import import DatumComparison
from yihui.views.station_import import datum_comparison_lines

ZH = load_language("zh")


def comparison(gain: float, cells: int, rows: int) -> DatumComparison:
    """WGS84 is better than the others by ``gain`` (natural logarithm) in each of some cells."""
    logs = np.zeros((3, 40))
    logs[1:, :cells] = -gain
    fits = tuple(DatumFit(datum, 0.99, 200.0) for datum in DATUM_HYPOTHESES)
    return DatumComparison(Table("x.csv", (), (), ""), (), DatumCheck(rows, 40, fits, logs))


@pytest.mark.parametrize(
    ("asked", "verdict", "asks_for_rows"),
    [
        (comparison(np.log(2735) / 2, 2, 1_284), "按胜算 wgs84 最吻合", False),
        (comparison(0.01, 2, 1_284), "1284 行也分不出", False),
        (comparison(0.01, 2, 40), "一般要 1,000 行", True),
        (comparison(1.0, 40, 40), "明显最吻合", False),
    ],
)
def test_more_rows_are_asked_for_only_where_they_would_help(
    asked: DatumComparison, verdict: str, asks_for_rows: bool
) -> None:
    last = list(datum_comparison_lines(asked, ZH))[-1]
    assert verdict in last
    assert ("1,000" in last) == asks_for_rows
