"""Forms whose list may be a sheet: what becomes of its hidden rows, and which rows were left out."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BeforeValidator, PrivateAttr, ValidationInfo

from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.sheets.listed_rows import HiddenRows
from core.text_marks import N_
from yihui.files.tables import SheetReader
from yihui.frame.content import Advice
from yihui.frame.fields import FieldFaultError
from yihui.frame.types import Form
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

HiddenChoice = Annotated[
    Literal["refuse", "take", "leave"],
    Prompt(
        N_("What a workbook hides (rows, columns)"),
        labels={"refuse": N_("refuse the file"), "take": N_("take it"), "leave": N_("don't take it")},
    ),
]


class SheetForm(Form):
    """A form with a sheet; what is hidden in it is refused unless something else is chosen."""

    hidden_rows: HiddenChoice = "refuse"
    _notes: list[Fault] = PrivateAttr(default_factory=list)

    @property
    def notes(self) -> tuple[Fault, ...]:
        """Notes on rows of the sheet, to be shown before anything is written."""
        return tuple(self._notes)

    def list_notes(self, language: Language) -> list[Advice]:
        """Return the notes as parts of a preview, each with its row."""
        told = [(note.row, fault_line(note, language).message) for note in self._notes]
        return [
            Advice(language.render(N_("row {row}: {why}"), row=row, why=why) if row else why)
            for row, why in told
        ]

    def take_notes(self, notes: list[Fault]) -> None:
        """Take the notes of the reading of which the form comes."""
        self._notes = notes


def read_form_sheet(read: Callable[[object, SheetReader], object]) -> BeforeValidator:
    """Return the validator of a form's sheet, for a field that follows ``hidden_rows``; its faults stand beside others."""

    def validate(value: object, info: ValidationInfo) -> object:
        notes: list[Fault] = (info.context or {}).get("notes", [])
        hidden = HiddenRows(info.data.get("hidden_rows", HiddenRows.REFUSE))
        try:
            return read(value, SheetReader(hidden, notes.extend))
        except FaultError as error:
            raise FieldFaultError(error.faults) from error

    return BeforeValidator(validate)
