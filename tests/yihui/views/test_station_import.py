"""What `--datum ask` concludes, and how faults of many rows are shown."""

import numpy as np
import pytest

from core.faults import Fault
from geo.datum_check import DATUM_HYPOTHESES, DatumCheck, DatumFit
from geo.formats.table import Table
from yihui.runtime.language import load_language
from yihui.services.stations.station_import import DatumComparison
from yihui.views.station_import import datum_comparison_lines, fault_lines

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


def test_faults_of_one_kind_are_one_entry_with_their_rows_and_values() -> None:
    faults = [
        Fault(
            "“{value}” is no date",
            "write it like 2026-03-01",
            file="a.csv",
            row=n,
            field="日期",
            value=f"v{n}",
        )
        for n in range(2, 689)
    ]
    (entry,) = fault_lines(faults, ZH)
    assert entry.startswith("a.csv:2 [日期]: “v2”")
    assert "还有 686 行" in entry
    assert "3 “v3”, 4 “v4”" in entry
    same = [
        Fault("the name is empty", "give the station a name", file="a.csv", row=n, value="") for n in (2, 3)
    ]
    assert next(iter(fault_lines(same, ZH))).endswith("也是：3")
