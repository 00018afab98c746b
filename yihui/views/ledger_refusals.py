"""What the ledger refuses, told like every other fault, in the reader's language."""

from collections.abc import Iterator
from contextlib import contextmanager

from benefits.model.move_refusals import NotAllowed
from core.faults import Fault, InputFaults
from yihui.runtime.language import Language
from yihui.views.ledger_texts import in_words


@contextmanager
def refusals_told(language: Language) -> Iterator[None]:
    """What the ledger refuses, told like every other fault."""
    try:
        yield
    except NotAllowed as refused:
        raise InputFaults([fault_of(refused, language)]) from refused


def fault_of(refused: NotAllowed, language: Language) -> Fault:
    """A refusal as a fault; words of the ledger within it are put into the reader's language."""
    return Fault(refused.message, refused.remedy, params=in_words(refused.params, language))
