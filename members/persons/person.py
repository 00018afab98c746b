"""What the vault holds of a person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

PersonField = Literal["name", "phone", "id_number"]
PERSON_FIELDS: tuple[PersonField, ...] = ("name", "phone", "id_number")


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A person's name, phone number and ID number, parsed; None is unknown. Its ``repr`` shows nothing."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)

    def items(self) -> Iterator[tuple[PersonField, str]]:
        """Yield the fields that are known, with their values."""
        for name in PERSON_FIELDS:
            value: str | None = getattr(self, name)
            if value is not None:
                yield name, value

    def updated_by(self, other: "PersonalData") -> "PersonalData":
        """Return this data with the other's known fields in place of its own."""
        return PersonalData(**{**dict(self.items()), **dict(other.items())})

    def __bool__(self) -> bool:
        return any(True for _ in self.items())
