"""The ways in which a siting task can end without a plan."""

from collections.abc import Sequence

from core.faults import Fault, FaultError


class InfeasibleLimits(FaultError):
    """Raised where no plan keeps all limits.

    ``limits`` names a minimal conflicting set: without any one of them, the others can be kept.
    """

    def __init__(self, faults: Sequence[Fault], limits: Sequence[str]) -> None:
        super().__init__(faults)
        self.limits = tuple(limits)


class NoPlanFound(Exception):
    """Raised where time or effort ended before a plan within the limits was found."""
