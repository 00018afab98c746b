"""What a run prints of its grants."""

import pytest

from events.run_tally import GrantTally, RunTally
from yihui.runtime.language import load_language
from yihui.views.outcomes import print_tally


def test_money_is_summed_up_and_points_are_not_called_money(capsys: pytest.CaptureFixture[str]) -> None:
    tally = RunTally()
    tally.granted["生日送蛋糕"] = GrantTally(2, 40_000)
    tally.granted["问卷积分"] = GrantTally(3, 0)
    print_tally(load_language("zh"), tally, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["  ✓ 准予 2 项 生日送蛋糕，合 400 元", "  ✓ 准予 3 项 问卷积分"]
