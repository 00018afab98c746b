"""Hours as cafés, museums and maps write them; the files lie beside the checkout, labelled by reading them.

A label gives the states that a reader of the text may say: o open, c closed, u unknown.
"""

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from core.calendars import Calendar
from geo.hours import Schedules, parse_hours

FIELD = Path(__file__).parents[3].parent / "shared" / "field" / "round2"
pytestmark = pytest.mark.needs("shared")


@pytest.mark.parametrize(
    ("file", "understood"), [("45_cafe_forms", 36), ("46_amap_museum", 10), ("50_exceptions", 6)]
)
def test_forms_of_the_field_are_understood_and_never_mistaken(file: str, understood: int) -> None:
    labels = json.loads((FIELD / "hours_expect.json").read_text(encoding="utf-8"))
    with (FIELD / f"{file}.csv").open(encoding="utf-8-sig", newline="") as opened:
        texts = {row["编号"]: row["开放时间"] for row in csv.DictReader(opened)}
    wrong = []
    for number, text in texts.items():
        schedules = Schedules.compile([(text, Calendar.CN)])
        for instant, letters in labels.get(number, []):
            at = datetime.fromisoformat(f"{instant}+08:00")
            if (found := "cou"[int(schedules.states(schedules.ids, at)[0])]) not in letters:
                wrong.append((text, instant, letters, found))
    assert wrong == []
    assert sum(parse_hours(text).understood for text in texts.values()) >= understood
