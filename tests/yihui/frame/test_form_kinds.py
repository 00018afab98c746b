"""Fields of a form that take several values, files or instants: on a page, as an option, and in what is stored."""

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
    name_fields,
    parse_values,
    read_typed,
    typed_values,
)
from yihui.frame.types import Fen, OrganisationCode, Picture
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


def test_a_table_has_rows_down_to_the_last_in_which_something_was_typed() -> None:
    others = fields_of(Household)[1]
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
