"""The fields of an order that files fill: a file of some kinds that is read, and one that is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema, from_json

from core.faults import FaultTable
from core.text_marks import N_
from yihui.frame.fields import Endings, FieldFaultError, FieldKind, TypedFile
from yihui.frame.types import read_by

Target = Annotated[Path | bool, FieldKind.TARGET]
"""A file to write: its path, or that it is wanted."""
_FILE_FAULTS = FaultTable(
    "field",
    {
        "file": (
            N_("a file of the kind “{value}” can't be read"),
            N_("choose a file of these kinds: {known}"),
        ),
        "content": (
            N_("the file {value} is not what its name says"),
            N_("save it anew, and choose it again"),
        ),
    },
)
_BEGINNINGS = {
    "gpkg": b"SQLite format 3\x00",
    "parquet": b"PAR1",
    "xlsx": b"PK\x03\x04",
    "zip": b"PK\x03\x04",
}


class FileOf(Endings):
    """Makes a path the field of a file of these kinds; one that a page sends is called as the field.

    A GeoJSON file has to be JSON and a GeoPackage a database: GDAL goes by the content, and some of its formats name
    other files to read.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._read, handler(source))

    def _read(self, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, TypedFile):
            return value
        ending = value.name.rpartition(".")[2].lower()
        if ending not in self.known:
            known = "、".join(self.known)
            raise FieldFaultError([_FILE_FAULTS.build("file", value=ending[:20], known=known)])
        if not _is_what_it_says(ending, value.content):
            raise FieldFaultError([_FILE_FAULTS.build("content", value=value.name[-80:])])
        return Path(f"{info.field_name}.{ending}")


def _is_what_it_says(ending: str, content: bytes) -> bool:
    if ending not in ("json", "geojson"):
        return content.startswith(_BEGINNINGS.get(ending, b""))
    try:
        return isinstance(from_json(content), dict)
    except ValueError:
        return False


def check_by(parse: Callable[[str], object]) -> BeforeValidator:
    """Return what refuses a typed text that a function can't read; the text itself is kept."""

    def check(text: str) -> str:
        parse(text)
        return text

    return read_by(check)
