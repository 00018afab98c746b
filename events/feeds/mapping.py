"""What a mapping file may say: how one app's records become our events."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from rules.yaml.wording import Document, Name, Text

Kind = Literal[
    "text", "integer", "yes_no", "date", "yuan", "fen", "organisation", "district", "digest", "pseudonym"
]
"""How a value is read. ``digest`` and ``pseudonym`` are keyed hashes: what stands there never goes on."""
Format = Literal["jsonl", "json", "csv", "xlsx"]
Path = Annotated[str, Field(min_length=1, max_length=200)]
"""A field of their record: the column of a table, or names with dots between them (用户.编号)."""
Word = str | int | bool | date
TABULAR: frozenset[Format] = frozenset({"csv", "xlsx"})


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _from(value: object) -> object:
    """A path alone stands for a field that is read as it is."""
    return {"from": value} if isinstance(value, str) else value


Paths = Annotated[tuple[Path, ...], BeforeValidator(_listed), Field(min_length=1, max_length=10)]
Words = Annotated[tuple[Path, ...], BeforeValidator(_listed), Field(min_length=1, max_length=100)]


class Step(Document):
    """One field of ours: where it comes from and how it is read.

    ``words`` comes before ``as``; ``otherwise`` stands in where theirs is empty.
    """

    path: Path | None = Field(None, alias="from")
    value: Word | None = None
    words: Annotated[dict[str, Word], Field(max_length=2_000)] = Field(default_factory=dict)
    kind: Kind | None = Field(None, alias="as")
    format: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    split: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    otherwise: Word | None = None


class Moment(Document):
    """An instant: where it stands and how it is written. ``zone`` holds where theirs names none."""

    path: Path = Field(alias="from")
    format: Annotated[str, Field(min_length=1, max_length=40)] = "iso"
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class About(Document):
    """Whom a record is about: by their id of the person, by the ID number, or by both."""

    user: Path | None = None
    id_number: Path | None = None


class Rendering(Document):
    """One type of ours and the words of ``kind`` by which it is known."""

    when: Words | None = None
    type: Annotated[str, Field(min_length=1, max_length=100)]
    data: Annotated[dict[str, Annotated[Step, BeforeValidator(_from)]], Field(max_length=50)] = Field(
        default_factory=dict
    )


class Mapping(Document):
    """One app's feed: who sends it, where its records stand, what they become, what is left out."""

    feed: Name
    title: Text
    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9/][^\s\x00-\x1f\x7f-\x9f]*$", max_length=200)]
    format: Format
    records: Path | None = None
    sheet: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    id: Paths
    version: Paths | None = None
    about: About
    time: Moment
    recorded: Moment | None = None
    kind: Path | None = None
    events: Annotated[tuple[Rendering, ...], Field(min_length=1, max_length=50)]
    skip: Words | None = None
    drop: Annotated[tuple[Path, ...], Field(max_length=500)] = ()

    def rendering(self, word: str | None) -> Rendering | None:
        """What a record of this kind becomes; None where nobody says."""
        if self.kind is None:
            return self.events[0]
        return next((event for event in self.events if event.when and word in event.when), None)

    def names_districts(self) -> bool:
        """Whether a record may name a district by its name."""
        steps = [(name, step) for event in self.events for name, step in event.data.items()]
        return any(step.path and (step.kind or name) == "district" for name, step in steps)

    def paths(self) -> frozenset[str]:
        """All fields of theirs that are read."""
        named = [*self.id, *(self.version or ()), self.about.user, self.about.id_number, self.kind]
        named += [self.time.path, self.recorded.path if self.recorded else None]
        named += [step.path for event in self.events for step in event.data.values()]
        return frozenset(path for path in named if path is not None)
