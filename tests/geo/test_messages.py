"""Payloads of station events: minimal, sensible, and without a person in them."""

import pytest
from pydantic import BaseModel, ValidationError

from geo.messages import ClosedToday, ExceptionSet, Inspected, Reported, Searched

GOOD: list[tuple[type[BaseModel], dict[str, object]]] = [
    (Reported, {"station": "A", "observation": "locked"}),
    (Reported, {"station": "A", "observation": "broken", "facility": "water", "reporter": "0" * 16}),
    (Reported, {"station": "A", "observation": "fine", "facility": "water"}),  # works again
    (Reported, {"station": "A", "observation": "fine", "keeper": "abcdefg2"}),
    (Searched, {"cell": "8931aa4d673ffff", "hour": 167}),
    (ClosedToday, {"station": "A", "on": "2026-10-03"}),
    (ExceptionSet, {"station": "A", "first": "2027-02-05", "last": "2027-02-05"}),
    (Inspected, {"station": "A", "on": "2026-10-03", "meets_standard": False, "missing": ["微波炉"]}),
]
BAD: list[tuple[type[BaseModel], dict[str, object]]] = [
    (Reported, {"station": "A", "observation": "nice"}),  # no such observation
    (Reported, {"station": "A", "observation": "broken"}),  # what is broken?
    (Reported, {"station": "A", "observation": "locked", "facility": "water"}),  # doors are no facility
    (Reported, {"station": "A", "observation": "fine", "keeper": "abcdefg2", "reporter": "0" * 16}),
    (Reported, {"station": "A", "observation": "fine", "keeper": "abcdefg2-k5ql"}),  # a whole key
    (Reported, {"station": "A", "observation": "fine", "reporter": "王五"}),  # a person's name
    (Searched, {"cell": "8931aa4d673ffff", "hour": 168}),  # a week has 168 hours, from 0
    (Searched, {"cell": "117.02,36.66", "hour": 1}),  # a position
    (Searched, {"cell": "8931aa4d673ffff", "hour": 1, "member": "m1"}),  # cell and hour only
    (ClosedToday, {"station": "", "on": "2026-10-03"}),  # no station
    (ClosedToday, {"station": "A", "on": "2026-10-03", "reason": "停电\x1b[2J"}),  # what a terminal obeys
    (ExceptionSet, {"station": "A", "first": "2027-02-05", "last": "2027-02-04"}),  # backwards
    (ExceptionSet, {"station": "A", "first": "2027-02-05", "last": "2028-02-06"}),  # more than a year
    (Inspected, {"station": "A", "on": "2026-10-03", "meets_standard": True, "missing": ["微波炉"]}),
]


@pytest.mark.parametrize(("payload", "data"), GOOD)
def test_what_is_sensible_is_accepted(payload: type[BaseModel], data: dict[str, object]) -> None:
    assert payload.model_validate(data).model_dump(mode="json", exclude_defaults=True).keys() == data.keys()


@pytest.mark.parametrize(("payload", "data"), BAD)
def test_what_is_not_is_refused(payload: type[BaseModel], data: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        payload.model_validate(data)
