"""The web application: one FastAPI app, built from routers and middleware."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware

from yihui.bootstrap import Wiring
from yihui.http import (
    api_page,
    cards,
    duties,
    errors,
    events,
    feeds,
    join,
    joins,
    members,
    memberships,
    monitoring,
    openapi,
    organisation_pages,
    organisations,
    points,
    polls,
    sessions,
    statistics,
    vouchers,
)
from yihui.http.drain import Drain
from yihui.http.guard.admission import RateLimitMiddleware
from yihui.http.guard.allowances import Allowances
from yihui.http.guard.headers import DefaultHeadersMiddleware, HeadMiddleware
from yihui.http.guard.host import HostCheckMiddleware
from yihui.http.guard.limits import RequestLimitsMiddleware
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.http.ingress_gate import build_ingress_gate
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
from yihui.http.search_counting import SearchTally
from yihui.http.site import Site
from yihui.http.snapshot import SnapshotCache
from yihui.http.static import CachedStaticFiles
from yihui.http.stations import along, changes, nearest, readings, regions, search, within
from yihui.http.stations import listing as listed
from yihui.http.stations.fast_path import GZIP_LEVEL, MIN_GZIP_BYTES, NearestFastPath
from yihui.runtime.assets import STATIC_FOLDER

# Routers for riders and keepers, all of which may be public. Each is built from the site.
PUBLIC_ROUTERS = (
    nearest.router,  # the most frequent request, so it is matched first
    along.router,
    base_map.router,
    changes.router,
    api_page.router,
    cards.keys_router,
    join.router,
    monitoring.health_router,
    keep_api.router,
    keep_page.router,
    news.router,
    organisation_pages.public_router,
    regions.router,
    reports_api.router,
    reports_page.router,
    readings.router,
    rests.router,
    rider_page.router,
    search.router,
    sessions.public_router,
    within.router,
    worker.router,
    listed.router,  # last, because it matches any path below /stations as an id
)
# Routers for officers, served to this machine only as long as there are no roles.
OFFICER_ROUTERS = (
    cards.router,
    duties.router,
    events.router,
    feeds.router,
    joins.router,
    members.router,
    memberships.router,
    monitoring.metrics_router,
    ogc.router,
    organisation_pages.router,
    organisations.router,
    points.router,
    polls.router,
    sessions.router,
    statistics.router,
    vouchers.router,
)

# FastAPI's own telemetry would send whole URLs (member ids, keepers' keys, positions) and error texts to the
# collector; what we trace of requests is in yihui/runtime/observability/traces.py.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}

# Path prefix → largest body in bytes, where the default is too small; the routers set the limits.
BODY_LIMITS_BY_PATH = {
    "/api/v1/events": events.MAX_EVENTS_BODY_BYTES,
    "/api/v1/feeds/": events.MAX_EVENTS_BODY_BYTES,
    "/api/v1/vouchers/batch": vouchers.MAX_OFFLINE_BATCH_BYTES,
}


def create_app(wiring: Wiring, serving: ServingOptions = LOCAL_ONLY) -> FastAPI:
    """Build the app for one wiring; it opens nothing until the first request."""
    site = build_site(wiring, serving)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # The tallies publish their counts before the drain runs for the last time.
        async with (
            site.drain.lifespan(app),
            site.search_tally.lifespan(),
            site.rest_tally.lifespan(),
            site.update_notifier.lifespan(),
        ):
            yield

    app = FastAPI(
        title="Yihui 驿惠",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    app.state.finding = site.place_index_cache
    errors.install_error_handlers(app, site)
    # The page of a scanned code comes first, since the public one has the same path.
    private = (join.private_router, *PUBLIC_ROUTERS, *OFFICER_ROUTERS)
    for router in PUBLIC_ROUTERS if serving.public else private:
        app.include_router(router(site))
    app.mount("/static", CachedStaticFiles(directory=STATIC_FOLDER), name="static")
    # The middleware that is added last runs first.
    app.add_middleware(GZipMiddleware, minimum_size=MIN_GZIP_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(NearestFastPath, site=site)
    app.add_middleware(RequestLimitsMiddleware, language=site.language, longer=BODY_LIMITS_BY_PATH)
    app.add_middleware(RateLimitMiddleware, site=site)
    app.add_middleware(HostCheckMiddleware, names=serving.host_names, language=site.language)
    app.add_middleware(DefaultHeadersMiddleware, language=site.language)
    openapi.install_openapi(app)
    return app


def build_site(wiring: Wiring, serving: ServingOptions) -> Site:
    """Build the objects that pages and API answers share."""
    gate, snapshots, drain = build_ingress_gate(wiring), SnapshotCache(wiring), Drain(wiring)
    return Site(
        wiring,
        snapshots,
        drain,
        gate,
        SearchTally(wiring, gate),
        RestTally(wiring, gate),
        ReportService(wiring, drain),
        UpdateNotifier(wiring, snapshots, drain),
        allowances=Allowances(serving.per_client),
        serves_officers=not serving.public,
    )
