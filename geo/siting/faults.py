"""Limits that can't be kept together, by name."""

from collections.abc import Sequence

from core.faults import Fault, InputFaults


class Infeasible(InputFaults):
    """No plan keeps all limits. ``limits`` are some that can't be kept together, none of them needless:
    without any one of them the others can be kept.
    """

    def __init__(self, faults: Sequence[Fault], limits: Sequence[str]) -> None:
        super().__init__(faults)
        self.limits = tuple(limits)


class Unsolved(Exception):
    """Time or effort ended before any plan that keeps the limits was found."""
