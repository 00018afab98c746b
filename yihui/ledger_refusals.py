"""What the ledger refuses, told like every other fault, in the reader's language."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benefits.not_allowed import NotAllowed
from geo.faults import Fault, InputFaults
from yihui.language import Language


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


def in_words(params: Mapping[str, str], language: Language) -> dict[str, str]:
    """What fills a text in; ``what`` is a text itself, stages and kinds are words of ours."""
    return {
        name: language.text(value) if name in ("what", "kind", "stage") else value
        for name, value in params.items()
    }
