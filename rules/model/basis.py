"""Source of a figure."""

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.yaml.wording import NonEmptyText, StrictFileModel


class Basis(StrictFileModel):
    """Source of a figure: a document with its clause, a report, or an example of ours."""

    kind: Literal["document", "reported", "example"]
    document: NonEmptyText | None = None
    clause: NonEmptyText | None = None
    source: NonEmptyText | None = None
    note: NonEmptyText | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.kind == "document" and not (self.document and self.clause):
            raise PydanticCustomError(
                "basis", N_("a basis of kind document names document: and clause:, this is {value}")
            )
        if self.kind == "reported" and not self.source:
            raise PydanticCustomError(
                "basis", N_("a basis of kind reported names its source:, this is {value}")
            )
        return self
