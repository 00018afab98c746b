"""The schema of a feed mapping file: how one app's records become events."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from core.sheets.listed_rows import HiddenRows
from rules.yaml.wording import NonEmptyText, SlugName, StrictFileModel

ValueKind = Literal[
    "text", "integer", "yes_no", "date", "yuan", "fen", "organisation", "district", "digest", "pseudonym"
]
"""How a value is read. ``digest`` and ``pseudonym`` are keyed hashes: what stands there never goes on."""
FeedFormat = Literal["jsonl", "json", "csv", "xlsx"]
FieldPath = Annotated[str, Field(min_length=1, max_length=200)]
"""A field of their record: the column of a table, or names with dots between them (用户.编号)."""
ConstantValue = str | int | bool | date
TABULAR_FORMATS: frozenset[FeedFormat] = frozenset({"csv", "xlsx"})


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _from(value: object) -> object:
    """Treat a bare path as a field that is read unchanged."""
    return {"from": value} if isinstance(value, str) else value


FieldPaths = Annotated[tuple[FieldPath, ...], BeforeValidator(_listed), Field(min_length=1, max_length=10)]
KindValues = Annotated[tuple[FieldPath, ...], BeforeValidator(_listed), Field(min_length=1, max_length=100)]


class FieldMapping(StrictFileModel):
    """One payload field: the app's field that it comes from, and how that is parsed.

    ``words`` is looked up before ``as`` applies; ``otherwise`` is the value if the app's field is empty.
    """

    path: FieldPath | None = Field(None, alias="from")
    value: ConstantValue | None = None
    words: Annotated[dict[str, ConstantValue], Field(max_length=2_000)] = Field(default_factory=dict)
    kind: ValueKind | None = Field(None, alias="as")
    format: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    split: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    otherwise: ConstantValue | None = None


class InstantMapping(StrictFileModel):
    """An instant: its field and its format. ``zone`` applies if the value names no time zone."""

    path: FieldPath = Field(alias="from")
    format: Annotated[str, Field(min_length=1, max_length=40)] = "iso"
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class SubjectMapping(StrictFileModel):
    """The fields that identify the person: the app's user id, the ID number, or both."""

    user: FieldPath | None = None
    id_number: FieldPath | None = None


class EventMapping(StrictFileModel):
    """One event type and the values of ``kind`` that select it."""

    when: KindValues | None = None
    type: Annotated[str, Field(min_length=1, max_length=100)]
    data: Annotated[dict[str, Annotated[FieldMapping, BeforeValidator(_from)]], Field(max_length=50)] = Field(
        default_factory=dict
    )


class FeedMapping(StrictFileModel):
    """One app's feed: its sender, where its records are, the events they become, and dropped fields."""

    feed: SlugName
    title: NonEmptyText
    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9/][^\s\x00-\x1f\x7f-\x9f]*$", max_length=200)]
    format: FeedFormat
    records: FieldPath | None = None
    sheet: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    hidden_rows: HiddenRows = HiddenRows.REFUSE
    id: FieldPaths
    version: FieldPaths | None = None
    about: SubjectMapping
    time: InstantMapping
    recorded: InstantMapping | None = None
    kind: FieldPath | None = None
    events: Annotated[tuple[EventMapping, ...], Field(min_length=1, max_length=50)]
    skip: KindValues | None = None
    drop: Annotated[tuple[FieldPath, ...], Field(max_length=500)] = ()

    def find_event_mapping(self, word: str | None) -> EventMapping | None:
        """Return the event mapping for a record of this kind, or None if there is none."""
        if self.kind is None:
            return self.events[0]
        return next((event for event in self.events if event.when and word in event.when), None)

    def has_district_names(self) -> bool:
        """Return whether a record may name a district by its name."""
        steps = [(name, step) for event in self.events for name, step in event.data.items()]
        return any(step.path and (step.kind or name) == "district" for name, step in steps)

    def used_paths(self) -> frozenset[str]:
        """Return all fields of the app's record that the mapping reads."""
        named = [*self.id, *(self.version or ()), self.about.user, self.about.id_number, self.kind]
        named += [self.time.path, self.recorded.path if self.recorded else None]
        named += [step.path for event in self.events for step in event.data.values()]
        return frozenset(path for path in named if path is not None)
