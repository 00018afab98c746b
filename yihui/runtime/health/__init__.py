"""Check what is installed, reachable and migrated and what waits, and name the remedy for each defect."""

from collections.abc import Iterator

from yihui.bootstrap import Wiring
from yihui.runtime.errors import problem_of
from yihui.runtime.health import brokers as streamed
from yihui.runtime.health import database as kept
from yihui.runtime.health import installed
from yihui.runtime.health.check_result import HealthCheck, HealthCheckResult, HealthFinding
from yihui.runtime.health.joining import CONSENT_CHECK
from yihui.runtime.health.standby import STANDBY_CHECK


def run_health_checks(wiring: Wiring) -> Iterator[HealthCheckResult]:
    """Run all checks. A failed check stops no others, except those that need it."""
    well: set[str] = set()
    for look in (
        *installed.INSTALLATION_CHECKS,
        *kept.DATABASE_CHECKS,
        CONSENT_CHECK,
        STANDBY_CHECK,
        *streamed.BROKER_CHECKS,
    ):
        if (look.needs and look.needs not in well) or not look.is_meant(wiring):
            continue
        found = run_health_check(wiring, look)
        if found.state == "ok":
            well.add(look.id)
        yield found


def run_health_check(wiring: Wiring, look: HealthCheck) -> HealthCheckResult:
    """Run one check; an exception becomes its result."""
    try:
        found = look.run(wiring)
    except Exception as error:  # noqa: BLE001 any failure is a result of the check
        found = _trouble(error, wiring)
    return HealthCheckResult(look.id, wiring.render(look.name), found.state, found.detail, found.remedy)


def _trouble(error: Exception, wiring: Wiring) -> HealthFinding:
    problem = problem_of(error, wiring.language)
    lines = problem.errors if problem else ()
    detail = wiring.language.join_clauses(line.message for line in lines) or type(error).__name__
    return HealthFinding("broken", detail, wiring.language.join_clauses(line.remedy for line in lines))
