"""Fields of a form that take several values, files or instants: on a page, as an option, and in what is stored."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from core.faults import Fault, FaultError
from core.prompts import Prompt
from yihui.files.pictures import PicturedFile
from yihui.frame.api import read_form
from yihui.frame.doing import build_digest
from yihui.frame.fields import FieldKind, TypedFile, fields_of
from yihui.frame.forms import FormView
from yihui.frame.typed import (
    list_option_words,
    name_fields,
    name_options,
    parse_values,
    read_typed,
    typed_values,
)
from yihui.frame.types import Fen, FileOf, Instant, Number, OrganisationCode, Picture, Target
from yihui.runtime.errors import fault_line
from yihui.runtime.language import load_language


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    relation: Annotated[Literal["spouse", "child"], Prompt("Relation")]
    income: Annotated[Fen, Prompt("Income")] = 0
    name: Annotated[str | None, Field(repr=False, max_length=5), Prompt("Name")] = None


class Household(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    causes: Annotated[tuple[Literal["illness", "accident"], ...], Field(min_length=1), Prompt("Causes")]
    others: Annotated[tuple[Row, ...], Field(max_length=8), Prompt("Others")] = ()


class Founding(BaseModel):
    code: Annotated[OrganisationCode, FieldKind.TEXT, Prompt("Code")]


class Photo(BaseModel):
    picture: Annotated[Picture, Prompt("Picture")]


class Order(BaseModel):
    """What a page and a command ask of a program that computes."""

    at: Annotated[Instant | None, Prompt("When")] = None
    reach_m: Annotated[Number, Field(ge=1, le=100), Prompt("Reach", option="--reach")] = 10.0
    places: Annotated[Path | None, FileOf("geojson", "csv"), Prompt("Places")] = None
    page: Annotated[Target | None, Prompt("As a page")] = None
    streets: Annotated[str | None, Field(exclude=True)] = None


TYPED = {
    "causes": ["illness", "accident"],
    "others.0.relation": [""],
    "others.2.relation": ["spouse"],
    "others.2.income": ["24.50"],
    "others.3.name": ["a long name"],
}


def test_a_page_sends_rows_and_choices_and_empty_rows_count_for_nothing() -> None:
    typed = {name: values for name, values in TYPED.items() if name != "others.3.name"}
    form = parse_values(Household, read_typed(Household, typed))
    assert form == Household(causes=("illness", "accident"), others=(Row(relation="spouse", income=2450),))
    commanded = parse_values(Household, {"causes": "illness,accident", "others": [{"relation": "spouse", "income": "24.50"}]})  # fmt: skip
    assert commanded == form, "a command types the codes with commas"
    sent = read_form(
        Household,
        b'{"causes": ["illness", "accident"], "others": [{"relation": "spouse", "income_fen": 2450}]}',
    )
    assert sent == form


def test_a_fault_in_a_row_stands_at_its_field_and_quotes_nothing_hidden() -> None:
    with pytest.raises(FaultError) as refused:
        parse_values(Household, read_typed(Household, TYPED))
    faults = refused.value.faults
    assert [(one.field, one.terms["field"]) for one in faults] == [
        ("others.1.relation", "Relation"),
        ("others.1.name", "Name"),
    ]
    assert "a long name" not in repr(faults)
    language = load_language("en")
    lines = [fault_line(one, language) for one in faults]
    shown = "".join(FormView(fields_of(Household), language, typed_values(Household, TYPED), lines, "open"))
    assert 'name="others.0.income" type="text" value="24.50"' in shown.replace("\n", " ")
    assert 'id="open-others.1.name-error"' in shown and 'name="others.4.relation"' in shown
    assert 'name="others.5.relation"' not in shown, "five rows, of which three are empty"
    assert shown.count("checked") == 2
    empty = shown.partition('name="others.4.relation"')[2].partition("</select>")[0]
    assert empty.index('value=""') < empty.index('value="spouse"'), "an empty row sends nothing"
    with pytest.raises(FaultError) as in_yuan:
        read_form(Household, b'{"causes": ["illness"], "others": [{"relation": "spouse", "income": "24"}]}')
    assert [one.field for one in in_yuan.value.faults] == ["others.0.income_fen"]


def test_a_field_knows_what_it_begins_with_and_how_a_sentence_says_what_was_typed() -> None:
    causes, others = fields_of(Household)
    at, reach_m, _, page = fields_of(Order)
    assert reach_m.is_begun("10") and reach_m.is_begun(10.0) and not reach_m.is_begun("11")
    assert page.is_begun(None) and not page.is_begun(True)
    english = load_language("en")
    assert causes.word_value("illness,accident", english) == "illness, accident"
    assert (
        at.word_value("2026-10-09T10:00", english) == "10/9/2026 10:00"
        and page.word_value("yes", english) == ""
    )
    assert others.count_rows({"others.2.name", "others.0.relation"}) == 3 and others.count_rows(()) == 0


def test_a_form_says_its_own_kind_of_field_and_an_act_names_the_field_by_its_title() -> None:
    assert fields_of(Founding)[0].kind is FieldKind.TEXT, "no organisation that exists is offered"
    [named] = name_fields(Founding, [Fault("{field}: no", "", field="code")])
    assert fault_line(named, load_language("en")).message == "Code: no"


def test_what_a_row_hides_is_not_digested() -> None:
    def digest(name: str, income: int) -> str:
        row = Row(relation="spouse", name=name, income=income)
        return build_digest("open", Household(causes=("illness",), others=(row,)))

    assert digest("a", 1) == digest("b", 1) != digest("b", 2)


def test_another_picture_under_the_same_key_is_another_wish() -> None:
    drawn = PicturedFile("image/jpeg", b"", ())
    one, same, other = (
        TypedFile(name, content, drawn) for name, content in (("a", b"\xff"), ("b", b"\xff"), ("a", b"\xfe"))
    )
    assert digest_of(one) == digest_of(same) != digest_of(other)


def digest_of(file: TypedFile) -> str:
    return build_digest("photo", Photo(picture=file))


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
    (on_page,) = name_fields(Order, [hint], list_option_words(Order, english))
    assert (on_page.field, fault_line(on_page, english).remedy) == ("reach_m", "raise “Reach”")
