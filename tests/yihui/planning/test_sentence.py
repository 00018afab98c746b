"""A form's question as a sentence whose parts ask again."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel

from core.prompts import Prompt
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.types import WholeNumber
from yihui.planning.analysis.question import build_part
from yihui.planning.file_fields import FileOf
from yihui.runtime.language import load_language

ENGLISH = load_language("en")


class Question(BaseModel):
    """A form with a field of each kind that a sentence treats by itself."""

    count: Annotated[WholeNumber | None, Prompt("Sites (nothing: five)")] = None
    by: Annotated[Literal["city", "county"] | None, Prompt("Table by", labels={"city": "cities"})] = None
    list: Annotated[Path | None, FileOf("csv"), Prompt("List")] = None
    hours: Annotated[bool, Prompt("each hour")] = False


def field(name: str) -> FormField:
    return next(one for one in fields_of(Question) if one.name == name)


def test_a_number_says_what_it_counts_and_a_tick_only_its_title() -> None:
    assert build_part(field("count"), "5", ENGLISH, is_named=True).text == "Sites: 5"
    tick = build_part(field("hours"), "yes", ENGLISH, is_named=True)
    assert (tick.text, tick.kind) == ("each hour", "kept")


def test_a_choice_that_is_gone_stays_and_none_has_a_name() -> None:
    part = build_part(field("by"), "village", ENGLISH, nothing="all of them")
    assert [*part.choices] == ["", "village", "city", "county"] and part.choices[""] == "all of them"


def test_a_file_is_asked_for_again_and_is_no_choice_of_endings() -> None:
    part = build_part(replace(field("list"), kind=FieldKind.FILE), "list.csv", ENGLISH)
    assert (part.kind, part.choices, part.text) == ("file", {}, "")
