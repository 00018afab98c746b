"""For which faults an act is refused, and what several who act at the same moment get."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest

from core.faults import Fault, FaultError

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def faults_of(act: Callable[..., object], *arguments: Any, **named: Any) -> Sequence[Fault]:
    with pytest.raises(FaultError) as error:
        act(*arguments, **named)
    return error.value.faults


def codes(act: Callable[..., object], *arguments: Any, **named: Any) -> list[str]:
    """Return the codes of the faults, with their areas."""
    return [fault.code for fault in faults_of(act, *arguments, **named)]


def refused(act: Callable[..., object], *arguments: Any, **named: Any) -> list[str]:
    """Return the codes of the faults, without their areas."""
    return [fault.short_code for fault in faults_of(act, *arguments, **named)]


def do_at_once(act: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result | str]:
    """Do an act with each argument, in threads that wait for each other; return each result, or the code of the refusal."""
    together = Barrier(len(arguments))

    def begin(argument: Argument) -> Result | str:
        together.wait(60)
        try:
            return act(argument)
        except FaultError as error:
            return error.faults[0].code

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(begin, arguments))
