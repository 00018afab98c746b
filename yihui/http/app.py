"""The web site: one app, made of routers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig

from yihui.assets import STATIC
from yihui.bootstrap import Wiring
from yihui.http import (
    errors,
    events,
    feeds,
    health,
    keeping,
    members,
    metrics,
    ogc,
    rider,
    stations,
    stations_within,
    vouchers,
)
from yihui.http.drain import Drain
from yihui.http.gate import gate_of
from yihui.http.searching import Searching
from yihui.http.site import Site
from yihui.http.snapshot import Snapshots
from yihui.language import language, wanted_by_header

# One line for each router: a function of the site.
ROUTERS = (
    events.router,
    feeds.router,
    health.router,
    keeping.router,
    members.router,
    metrics.router,
    ogc.router,
    rider.router,
    stations.router,
    stations_within.router,
    vouchers.router,
)

OUR_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})

# FastAPI's own would send whole addresses (members' ids, keepers' keys, positions) and errors' words to the
# collector; what we trace of requests is in yihui/observing/traces.py.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Referrer-Policy": "no-referrer",  # an address holds a position
    "X-Content-Type-Options": "nosniff",
}


def create_app(wiring: Wiring) -> FastAPI:
    """The app for one wiring; nothing is opened until the first request."""
    # The interactive documents would load scripts from elsewhere; /openapi.json stays.
    gate = gate_of(wiring)
    site = Site(wiring, Snapshots(wiring), Drain(wiring), gate, Searching(wiring, gate))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with site.drain.lifespan(app), site.searching.lifespan():  # told before the last draining
            yield

    app = FastAPI(
        title="Yihui 驿惠",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    errors.install(app, site)
    for router in ROUTERS:
        app.include_router(router(site))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_with_headers)
    return app


def _asked_from_here(request: Request) -> bool:
    """Whether the address is ours and, where a page asks, that page is ours as well.

    Until roles exist, being on this machine is all that protects it: a page of another site that a
    browser shows (or a name that was made to point here) must not use that.
    """
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    origin = request.headers.get("origin")
    return host in OUR_NAMES and (
        origin is None or origin == f"{request.url.scheme}://{request.headers['host']}"
    )


async def _with_headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    if not _asked_from_here(request):
        return Response("foreign host or origin\n", 403, media_type="text/plain")
    try:
        response = await call(request)
    except Exception as error:  # noqa: BLE001 told as a problem and logged by name: its text may name a person
        response = errors.respond(
            errors.problem_for(error, language(wanted_by_header(request.headers.get("accept-language", ""))))
        )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    is_hashed = request.url.path.startswith(("/static/built/", "/static/vendor/"))
    if is_hashed or ("v" in request.query_params and request.url.path.startswith("/static/")):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
