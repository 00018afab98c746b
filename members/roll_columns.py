"""The columns of rolls and the words in them: data of this room, to which a province adds its own."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.faults import Fault, FaultError
from core.sheets.table import TableHeader, find_header, list_headers, plain_cell
from core.validation import fault_from_pydantic
from core.yaml.loading import load_yaml
from members.persons import PersonField

RollField = Literal[
    "id_number",
    "organisation",
    "joined_on",
    "district",
    "trade",
    "employer",
    "employment_form",
    "skill_level",
    "hardship_level",
    "household",
    "birthday_calendar",
    "id_type",
    "sex",
    "birthday",
    "change",
]
RollWord = Literal["solar", "lunar", "id_card", "male", "female", "unsaid", "member", "left"]
_K = TypeVar("_K")
COMPARED_FIELDS: frozenset[RollField] = frozenset({"id_type", "sex", "birthday", "change"})
_CODE_AND_WORD = re.compile(r"\(?([0-9]{1,3})[)\-.:、_]*(\D+)")
_FILE = Path(__file__).with_suffix(".yaml")


class RollColumns(BaseModel):
    """Names of a roll's columns, and words and codes in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: Mapping[RollField, tuple[str, ...]] = {}
    persons: Mapping[PersonField, tuple[str, ...]] = {}
    words: Mapping[RollField, Mapping[str, RollWord]] = {}

    def find_headers(self, table: TableHeader) -> dict[RollField, list[str]]:
        """Return the table's headers of each field."""
        return {name: list_headers(table.headers, known) for name, known in self.columns.items()}

    def find_personal(self, table: TableHeader) -> dict[PersonField, str]:
        """Return the headers of the columns with names and phone numbers."""
        found = {name: find_header(table.headers, known) for name, known in self.persons.items()}
        return {name: header for name, header in found.items() if header is not None}

    def find_word(self, field: RollField, text: str) -> RollWord | None:
        """Return what a word or a code means in a column, or both (1-居民身份证); None if it is not known there."""
        known = {plain_cell(one): word for one, word in self.words.get(field, {}).items()}
        plain = plain_cell(text)
        if plain in known or (both := _CODE_AND_WORD.fullmatch(plain)) is None:
            return known.get(plain)
        code, word = map(known.get, both.groups())
        return word if code in (word, None) else None

    def extended_by(self, further: "RollColumns") -> "RollColumns":
        """Return these columns with further ones; a word that stands in both means what the further ones say."""
        return RollColumns(
            columns=_joined(self.columns, further.columns),
            persons=_joined(self.persons, further.persons),
            words={
                field: {**self.words.get(field, {}), **further.words.get(field, {})}
                for field in {**self.words, **further.words}
            },
        )


def _joined(
    own: Mapping[_K, tuple[str, ...]], further: Mapping[_K, tuple[str, ...]]
) -> dict[_K, tuple[str, ...]]:
    return {name: (*own.get(name, ()), *further.get(name, ())) for name in {**own, **further}}


@cache
def usual_columns() -> RollColumns:
    """Return the columns that come with Yihui."""
    return read_roll_columns(_FILE)


def read_roll_columns(file: Path) -> RollColumns:
    """Read a file of columns. *Raises*: FaultError with all of its faults; OSError."""
    try:
        return RollColumns.model_validate(load_yaml(file.read_bytes(), file.name) or {})
    except ValidationError as error:
        raise FaultError([_fault(found, file.name) for found in error.errors()]) from error


def _fault(found: Mapping[str, object], file: str) -> Fault:
    place = ".".join(map(str, found["loc"]))  # type: ignore[call-overload]
    return fault_from_pydantic(found, place, str(found["input"])[:80]).at(file=file)  # type: ignore[arg-type]
