"""Convert refusals of the ledger to faults in the reader's language."""

from collections.abc import Iterator
from contextlib import contextmanager

from benefits.model.move_refusals import MoveRefused
from core.faults import Fault, InputFaults
from yihui.runtime.language import Language
from yihui.runtime.ledger_texts import translate_ledger_params


@contextmanager
def translate_refusals(language: Language) -> Iterator[None]:
    """Translate a refusal of the ledger into InputFaults."""
    try:
        yield
    except MoveRefused as refused:
        raise InputFaults([refusal_fault(refused, language)]) from refused


def refusal_fault(refused: MoveRefused, language: Language) -> Fault:
    """Convert a refusal to a fault, with the ledger's terms in the reader's language."""
    return Fault(refused.message, refused.remedy, params=translate_ledger_params(refused.params, language))
