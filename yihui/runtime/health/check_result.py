"""Types of the health checks and of their results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from yihui.bootstrap import Wiring

HealthState = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """The finding of one check. *missing* is optional and absent, *broken* must be repaired."""

    state: HealthState
    detail: str
    remedy: str = ""


def build_finding(
    wiring: Wiring, state: HealthState, detail: str, remedy: str = "", /, **params: object
) -> HealthFinding:
    """Build a finding from templates, which the same params fill."""
    return HealthFinding(state, wiring.render(detail, **params), wiring.render(remedy, **params))


@dataclass(frozen=True, slots=True)
class HealthCheckResult:
    """The result of one check. ``id`` is for programs: it is the same in every language and version."""

    id: str
    name: str
    state: HealthState
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One check; ``needs`` is the id of the check that must pass before, ``is_meant`` which installations it is for."""

    id: str
    name: str
    run: Callable[[Wiring], HealthFinding]
    needs: str | None = None
    is_meant: Callable[[Wiring], bool] = lambda _: True
