"""What is installed, reachable and migrated, what waits and how long, and how to mend what is not as it should be."""

from collections.abc import Iterator

from yihui.bootstrap import Wiring
from yihui.runtime.errors import problem_of
from yihui.runtime.health import brokers as streamed
from yihui.runtime.health import database as kept
from yihui.runtime.health import installed
from yihui.runtime.health.check_result import Check, Found, Look


def examine(wiring: Wiring) -> Iterator[Check]:
    """Look at everything; a check that fails stops none of the others, save those that need it."""
    well: set[str] = set()
    for look in (*installed.LOOKS, *kept.LOOKS, *streamed.LOOKS):
        if look.needs and look.needs not in well:
            continue
        found = check(wiring, look)
        if found.state == "ok":
            well.add(look.id)
        yield found


def check(wiring: Wiring, look: Look) -> Check:
    """Look at one thing; what fails is what was found."""
    try:
        found = look.at(wiring)
    except Exception as error:  # noqa: BLE001 whatever is broken is what we are asked to tell
        found = _trouble(error, wiring)
    return Check(look.id, wiring.say(look.name), found.state, found.detail, found.remedy)


def _trouble(error: Exception, wiring: Wiring) -> Found:
    problem = problem_of(error, wiring.language)
    lines = problem.errors if problem else ()
    detail = wiring.language.clauses(line.message for line in lines) or type(error).__name__
    return Found("broken", detail, wiring.language.clauses(line.remedy for line in lines))
