"""An article of the knowledge base as its author writes it, and the terms by which it is found. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.faults import FaultError
from core.prompts import Prompt
from core.simplified import simplify_characters
from core.text_marks import N_
from members.hotline.faults import HOTLINE_FAULTS
from members.privacy import has_personal_number

ArticleKind = Literal["law", "question"]
KIND_TITLES = {"law": N_("article of law"), "question": N_("question with its answer")}
LONGEST_QUERY = 500
LONGEST_TITLE, LONGEST_TEXT = 200, 20_000
_MOST_TERMS = 64  # of a query; further ones would only make it slower
_TITLE_WEIGHT = 3
_HAN_CHARACTERS = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{_HAN_CHARACTERS}]")
_WORD = re.compile(rf"[{_HAN_CHARACTERS}]+|[^\W_{_HAN_CHARACTERS}]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _plain_day(value: object) -> object:
    """Let YAML's dates and texts of them through, and no instants and numbers."""
    if isinstance(value, datetime) or not isinstance(value, date | str | None):
        raise PydanticCustomError("date_parsing", N_("the day {value} can't be read"))
    return value


def _clean(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("article_control", N_("the text holds a character that can't be stored"))
    if has_personal_number(value):
        raise PydanticCustomError("article_personal", N_("an article holds an ID number or a phone number"))
    return value


_Text = BeforeValidator(lambda value: _clean(value) if isinstance(value, str) else value)
_Day = BeforeValidator(_plain_day)


class Article(BaseModel):
    """A law's clause or a question with its answer; ``valid_until`` is the last day, None until further notice."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [
                {
                    "kind": "question",
                    "title": "会员怎样申请法律援助",
                    "text": "向所在单位的工会提出，七个工作日内答复。",
                    "source": "示例工会办事指南",
                    "clause": "第三节",
                    "valid_from": "2026-01-01",
                    "valid_until": None,
                }
            ]
        },
    )
    kind: Annotated[ArticleKind, Prompt(N_("Kind"), labels=KIND_TITLES)]
    title: Annotated[
        str, Field(min_length=1, max_length=LONGEST_TITLE), _Text, Prompt(N_("Title, or the question"))
    ]
    text: Annotated[
        str, Field(min_length=1, max_length=LONGEST_TEXT), _Text, Prompt(N_("Text, or the answer"), rows=14)
    ]
    source: Annotated[str, Field(min_length=1, max_length=200), _Text, Prompt(N_("Source"))]
    clause: Annotated[
        str, Field(max_length=100), _Text, Prompt(N_("Clause"), hint=N_("An article of law names one."))
    ] = ""
    valid_from: Annotated[date, _Day, Prompt(N_("Valid from"))]
    valid_until: Annotated[
        date | None, _Day, Prompt(N_("Valid until"), hint=N_("Empty: until further notice."))
    ] = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise PydanticCustomError("article_days", N_("the article ends before it begins"))
        if self.kind == "law" and not self.clause:
            raise PydanticCustomError("article_clause", N_("an article of law names its clause"))
        return self

    @property
    def terms(self) -> str:
        """The terms by which the article is found, separated by blanks; those of the title count more."""
        title = list(split_terms(self.title))
        return " ".join([*title * _TITLE_WEIGHT, *split_terms(self.text), *split_terms(self.clause)])


def split_terms(text: str) -> Iterator[str]:
    """Yield what a text is found by: pairs of neighbouring Chinese characters, and other words whole.

    Traditional characters, full-width forms and capitals make no difference.

    >>> list(split_terms("法律援助 12351"))
    ['法律', '律援', '援助', '12351']
    """
    plain = unicodedata.normalize("NFKC", simplify_characters(text)).casefold()
    for found in _WORD.finditer(plain):
        word = found.group()
        if _HAN.match(word) is None or len(word) == 1:
            yield word
        else:
            yield from (word[start : start + 2] for start in range(len(word) - 1))


def parse_query(text: str) -> list[str]:
    """Return the terms of a search, each once. *Raises*: FaultError if there is none, or the text is too long."""
    if len(text) > LONGEST_QUERY:
        raise FaultError(HOTLINE_FAULTS.build("too_long", field="query", value=len(text), most=LONGEST_QUERY))
    found = list(dict.fromkeys(split_terms(text)))[:_MOST_TERMS]
    if not found:
        raise FaultError(HOTLINE_FAULTS.build("empty_search", field="query", value=text[:40]))
    return found
