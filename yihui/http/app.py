"""The web site: one app, made of routers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware

from yihui.bootstrap import Wiring
from yihui.http import errors, events, feeds, health, members, metrics, openapi, vouchers
from yihui.http.drain import Drain
from yihui.http.fast_path import PACKED, WORTH_PACKING, Direct
from yihui.http.guard.admission import Admission
from yihui.http.guard.allowances import Allowances
from yihui.http.guard.headers import Headers
from yihui.http.guard.heads import Heads
from yihui.http.guard.host import Hosts
from yihui.http.guard.limits import Limits
from yihui.http.guard.serving import HERE_ONLY, Serving
from yihui.http.ingress_gate import gate_of
from yihui.http.keeper import api as keep_api
from yihui.http.keeper import page as keep_page
from yihui.http.ogc import router as ogc
from yihui.http.reports import api as reports_api
from yihui.http.reports import news, rests
from yihui.http.reports import page as reports_page
from yihui.http.reports.intake import ReportService
from yihui.http.reports.rest_counting import RestTally
from yihui.http.reports.subscriptions import UpdateNotifier
from yihui.http.rider import base_map, worker
from yihui.http.rider import page as rider_page
from yihui.http.search_counting import Searching
from yihui.http.site import Site
from yihui.http.snapshot import Snapshots
from yihui.http.static import Static
from yihui.http.stations import along, changes, nearest, regions, search, within
from yihui.http.stations import fast_path as at_once
from yihui.http.stations import listing as listed
from yihui.runtime.assets import STATIC_FOLDER

# One line for each router: a function of the site. What riders and keepers need; all of it may be public.
ROUTERS = (
    nearest.router,  # asked most often, so it is the first to be looked at
    along.router,
    base_map.router,
    changes.router,
    health.router,
    keep_api.router,
    keep_page.router,
    news.router,
    regions.router,
    reports_api.router,
    reports_page.router,
    rests.router,
    rider_page.router,
    search.router,
    within.router,
    worker.router,
    listed.router,  # last, for it takes any address below /stations as an id
)
# For this machine alone, as long as there are no roles.
OFFICERS = (
    events.router,
    feeds.router,
    members.router,
    metrics.router,
    ogc.router,
    vouchers.router,
)

# FastAPI's own would send whole addresses (members' ids, keepers' keys, positions) and errors' words to the
# collector; what we trace of requests is in yihui/runtime/observability/traces.py.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}

# What is longer than usual, by the beginning of its address; their routers say how long exactly.
LONGER = {
    "/api/v1/events": events.MAX_BODY_BYTES,
    "/api/v1/feeds/": events.MAX_BODY_BYTES,
    "/api/v1/vouchers/batch": vouchers.MAX_BATCH_BYTES,
}


def create_app(wiring: Wiring, serving: Serving = HERE_ONLY) -> FastAPI:
    """The app for one wiring; nothing is opened until the first request."""
    # The interactive documents would load scripts from elsewhere; /openapi.json stays.
    site = site_of(wiring, serving)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # What was counted is told before the last draining.
        async with (
            site.drain.lifespan(app),
            site.searching.lifespan(),
            site.resting.lifespan(),
            site.listening.lifespan(),
        ):
            yield

    app = FastAPI(
        title="Yihui 驿惠",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.name_of,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    app.state.finding = site.finding
    errors.install(app, site)
    for router in ROUTERS if serving.public else (*ROUTERS, *OFFICERS):
        app.include_router(router(site))
    app.mount("/static", Static(directory=STATIC_FOLDER), name="static")
    # The last one added is the first to be asked.
    app.add_middleware(GZipMiddleware, minimum_size=WORTH_PACKING, compresslevel=PACKED)
    app.add_middleware(Heads)
    app.add_middleware(Direct, answers={at_once.ADDRESS: at_once.at_once(site)}, headers=at_once.HEADERS)
    app.add_middleware(Limits, language=site.language, longer=LONGER)
    app.add_middleware(Admission, site=site)
    app.add_middleware(Hosts, names=serving.names, language=site.language)
    app.add_middleware(Headers, language=site.language)
    openapi.describe(app)
    return app


def site_of(wiring: Wiring, serving: Serving) -> Site:
    """The one wiring of what pages and answers need."""
    gate, snapshots, drain = gate_of(wiring), Snapshots(wiring), Drain(wiring)
    return Site(
        wiring,
        snapshots,
        drain,
        gate,
        Searching(wiring, gate),
        RestTally(wiring, gate),
        ReportService(wiring, drain),
        UpdateNotifier(wiring, snapshots, drain),
        allowances=Allowances(serving.per_client),
    )
