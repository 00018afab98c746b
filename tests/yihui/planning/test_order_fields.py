"""The fields of an order: files, instants and what few say; on a page, as an option, and in what is stored."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from core.faults import Fault, FaultError
from core.prompts import Prompt
from yihui.cli.order_options import name_options
from yihui.frame.fields import TypedFile, fields_of
from yihui.frame.typed import parse_values, read_typed
from yihui.frame.types import Instant, Number
from yihui.planning.analysis.forms import name_page_faults
from yihui.planning.analysis.question import word_value
from yihui.planning.file_fields import FileOf, Target
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language


class Order(BaseModel):
    """What a page and a command ask of a program that computes."""

    at: Annotated[Instant | None, Prompt("When")] = None
    reach_m: Annotated[Number, Field(ge=1, le=100), Prompt("Reach", option="--reach")] = 10.0
    places: Annotated[Path | None, FileOf("geojson", "csv"), Prompt("Places")] = None
    page: Annotated[Target | None, Prompt("As a page")] = None
    causes: Annotated[tuple[Literal["illness", "accident"], ...], Prompt("Causes")] = ()
    streets: Annotated[str | None, Field(exclude=True)] = None


def test_a_field_knows_what_it_begins_with_and_a_sentence_says_what_was_typed() -> None:
    at, reach_m, _, page, causes = fields_of(Order)
    assert reach_m.is_begun("10") and reach_m.is_begun(10.0) and not reach_m.is_begun("11")
    assert page.is_begun(None) and not page.is_begun(True)
    english = load_language("en")
    assert word_value(causes, "illness,accident", english) == "illness, accident"
    assert word_value(at, "2026-10-09T10:00", english) == "10/9/2026 10:00"
    assert word_value(page, "yes", english) == ""


def test_a_page_sends_a_clocks_time_and_a_file_that_the_model_knows_by_its_field() -> None:
    sent = {"at": ["2026-10-09T10:00"], "reach_m": ["20"], "page": ["yes"], "streets": ["/srv/streets"]}
    file = TypedFile("站点.CSV", b"a,b")
    order = parse_values(Order, read_typed(Order, sent, {"places": file}))
    assert order == Order(
        at=datetime(2026, 10, 9, 2, tzinfo=UTC), reach_m=20, places=Path("places.csv"), page=True
    )
    assert parse_values(Order, order.model_dump(mode="json", exclude_unset=True)) == order


def test_no_page_names_a_path_on_the_server() -> None:
    sent = {"places": ["/etc/hosts"], "page": ["/etc/cron.d/x"]}
    assert parse_values(Order, read_typed(Order, sent)) == Order(page=False)


@pytest.mark.parametrize(
    ("name", "content"), [("x.exe", b"MZ"), ("x.geojson", b"not JSON"), ("x.geojson", b"[1]")]
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(FaultError) as caught:
        parse_values(Order, {"places": TypedFile(name, content)})
    assert [fault.field for fault in caught.value.faults] == ["places"]


def test_a_fault_names_the_option_in_a_command_and_the_title_on_a_page() -> None:
    with pytest.raises(FaultError) as caught:
        parse_values(Order, {"at": "2026-10-09T10:00", "reach_m": "0"})
    english = load_language("en")
    in_command = [fault_line(one, english) for one in name_options(Order, caught.value.faults)]
    assert [line.field for line in in_command] == ["--at", "--reach"]
    assert "--reach must be at least 1" in in_command[1].message
    hint = Fault("no place is near", "raise {option_reach}", field="--reach", code="x.y")
    assert fault_line(hint, english).remedy == "raise --reach"
    (on_page,) = name_page_faults(Order, [hint], english)
    assert (on_page.field, fault_line(on_page, english).remedy) == ("reach_m", "raise “Reach”")
