"""Faults of rule files: their tables, their error, and what the texts quote."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

DID_YOU_MEAN = N_("did you mean {suggestion}?")


class RuleFaults(FaultError):
    """Raised for rule files that can't be used, with every fault of every file."""


def rule_fault_table(texts: Mapping[str, tuple[str, str] | tuple[str, str, str]]) -> FaultTable:
    """Return a table of faults of rule files.

    Results show its codes. What follows a point in a code names a variant of the texts, which results don't
    show.
    """
    return FaultTable("rules", texts)


def build_unknown_name_fault(
    table: FaultTable,
    code: str,
    written: str,
    known: Iterable[str],
    *,
    meant: str = DID_YOU_MEAN,
    **params: str,
) -> Fault:
    """Build the fault of an unknown name; where a known name is like it, the remedy is to write that one."""
    close = suggest_name(written, known)
    fault = replace(table.build(code), params={**params, "suggestion": close})
    return replace(fault, remedy=meant, code=f"{fault.code}.suggested") if close else fault


def suggest_name(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return the known name that is most like a misspelt one; empty if none is like it."""
    return _suggest_name(name[:80], tuple(known), likeness)


@lru_cache(maxsize=256)  # a file may hold the same misspelt name a thousand times
def _suggest_name(name: str, known: tuple[str, ...], likeness: float) -> str:
    return next(iter(get_close_matches(name, known, 1, likeness)), "")
