"""Read the mapping file: YAML that states the meaning of a register's columns and the values of all rows.

register: nursing-rooms            # name of the register
source: Publisher, licence         # shown with every answer
datum: wgs84                       # wgs84 | cgcs2000 | gcj02 | bd09
columns:
  name: 場所名稱
  address: [縣市, 鄉/鎮/市/區, 路]   # several columns are joined
ignore: [备用坐标]                 # columns that are not read, whatever their header looks like
constants: {kind: mother_room, calendar: TW, access: public}
placed: false                      # only for a register without coordinates
layer: 历下区                       # worksheet of a workbook or layer of a GeoPackage, if there are several
"""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from core.yaml.loading import load_yaml
from geo.datum import Datum
from geo.formats.columns import COORDINATE_FIELDS, HEADER_SYNONYMS, ColumnMapping, guess_columns

UNKNOWN_FIELD = "unknown_field"
_FAULTS = FaultTable(
    "mapping_file",
    {
        UNKNOWN_FIELD: (N_("there is no field {value}"), N_("the fields are {known}")),
        "extra_forbidden": (N_("there is no key “{key}”"), N_("the keys are {known}")),
        "enum": (N_("“{value}” is no datum"), N_("write one of {known}")),
        "invalid": (
            N_("{value} can't be here: {detail}"),
            N_("see `yihui stations import --help` for what a mapping file may say"),
        ),
    },
)


class MappingFile(BaseModel):
    """The content of a mapping file; every field is optional, and missing columns are guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    register_name: str | None = Field(default=None, alias="register", min_length=1, max_length=64)
    source: str = ""
    datum: Datum | None = None
    columns: Mapping[str, str | list[str]] = Field(default_factory=dict)
    ignore: list[str] = Field(default_factory=list)
    constants: Mapping[str, str] = Field(default_factory=dict)
    placed: bool = True
    layer: str | None = Field(default=None, min_length=1)

    @field_validator("columns", "constants")
    @classmethod
    def _known(cls, named: Mapping[str, object]) -> Mapping[str, object]:
        unknown = sorted(set(named) - set(HEADER_SYNONYMS))
        if unknown:
            raise PydanticCustomError(UNKNOWN_FIELD, "{names}", {"names": ", ".join(unknown)})
        return named

    @field_validator("constants", mode="before")
    @classmethod
    def _as_text(cls, constants: object) -> object:
        if isinstance(constants, Mapping):
            return {name: str(value) for name, value in constants.items()}
        return constants

    def apply(
        self, headers: Sequence[str], wanted: Datum | None = None, ignored: Collection[str] = ()
    ) -> ColumnMapping:
        """Return the columns that the file names, and guess the others but for those to be ignored."""
        guessed = guess_columns(headers, wanted or self.datum, {*self.ignore, *ignored})
        said = {name: (h,) if isinstance(h, str) else tuple(h) for name, h in self.columns.items()}
        named = COORDINATE_FIELDS if self.has_coordinate_columns else ()
        unplaced = () if self.placed else ("datum", *COORDINATE_FIELDS)
        fields = {**{name: h for name, h in guessed.fields.items() if name not in named}, **said}
        fields = {name: h for name, h in fields.items() if name not in unplaced}
        used = {header for several in fields.values() for header in several}
        unused = tuple(h for h in headers if h and h not in used)
        named_by_headers = None if self.has_coordinate_columns else guessed.datum
        return ColumnMapping(
            fields, dict(self.constants), self.datum or named_by_headers, self.placed, unused
        )

    @property
    def has_coordinate_columns(self) -> bool:
        """Whether the mapping file names the columns of the coordinates."""
        return not self.columns.keys().isdisjoint(COORDINATE_FIELDS)


_KNOWN: Mapping[str, Sequence[str]] = {
    UNKNOWN_FIELD: tuple(HEADER_SYNONYMS),
    "extra_forbidden": [field.alias or name for name, field in MappingFile.model_fields.items()],
    "enum": tuple(Datum),
}


def read_mapping_file(content: bytes, file: str) -> MappingFile:
    """Read and check a mapping file. *Raises*: FaultError with all faults of the file."""
    parsed = load_yaml(content, file)
    try:
        return MappingFile.model_validate({} if parsed is None else parsed)
    except ValidationError as error:
        raise FaultError([_wrong(problem, file) for problem in error.errors()]) from error


def _wrong(problem: ErrorDetails, file: str) -> Fault:
    """Return the fault for one validation error."""
    field = ".".join(map(str, problem["loc"])) or None
    value = problem["msg"] if problem["type"] == UNKNOWN_FIELD else str(problem["input"])[:200]
    code = problem["type"] if problem["type"] in _KNOWN else "invalid"
    known = ", ".join(_KNOWN.get(code, ()))
    return _FAULTS.build(
        code, file=file, field=field, value=value, known=known, key=field or "", detail=problem["msg"]
    )
