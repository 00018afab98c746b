"""The web application: one FastAPI app, built from routers and middleware."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from yihui.bootstrap import Wiring
from yihui.http import (
    api_page,
    audit,
    cards,
    duties,
    errors,
    events,
    feeds,
    hardship,
    hotline,
    join,
    joins,
    lottery,
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
from yihui.http.desk import audit as desk_audit
from yihui.http.desk import (
    member_batch,
    oidc,
    payouts,
    planning_analyses,
    planning_demand,
    reconciliation,
    station_import,
)
from yihui.http.desk import router as desk_router
from yihui.http.desk.files import MAX_FILE_FORM_BYTES
from yihui.http.drain import Drain
from yihui.http.faces import FaceDispatcher
from yihui.http.guard.admission import RateLimitMiddleware
from yihui.http.guard.allowances import Allowances
from yihui.http.guard.headers import DefaultHeadersMiddleware, HeadMiddleware
from yihui.http.guard.host import HostCheckMiddleware
from yihui.http.guard.limits import RequestLimitsMiddleware
from yihui.http.guard.refusals import RefusalLogMiddleware
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.http.ingress_gate import build_ingress_gate
from yihui.http.keeper import api as keep_api
from yihui.http.keeper import page as keep_page
from yihui.http.login import account as login_account
from yihui.http.login import device as login_device
from yihui.http.login import login
from yihui.http.me import handover
from yihui.http.me import router as me_router
from yihui.http.me.uploads import MAX_PART_BYTES
from yihui.http.ogc import router as ogc
from yihui.http.reports import api as reports_api
from yihui.http.reports import news, rests
from yihui.http.reports import page as reports_page
from yihui.http.reports.intake import ReportService
from yihui.http.reports.rest_counting import RestTally
from yihui.http.reports.subscriptions import UpdateNotifier
from yihui.http.rider import base_map, worker
from yihui.http.rider import page as rider_page
from yihui.http.route_guard import guard_routes
from yihui.http.route_rights import check_route_rights
from yihui.http.search_counting import SearchTally
from yihui.http.site import ActorFinder, Site
from yihui.http.snapshot import OutdatedAnswersMiddleware, SnapshotCache
from yihui.http.static import CachedStaticFiles
from yihui.http.stations import along, changes, nearest, readings, regions, search, within
from yihui.http.stations import listing as listed
from yihui.http.stations.fast_path import GZIP_LEVEL, MIN_GZIP_BYTES, NearestFastPath
from yihui.runtime.assets import STATIC_FOLDER
from yihui.runtime.audiences import ALL_AUDIENCES, Audience

Router = Callable[[Site], APIRouter]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_RIDERS, _MERCHANTS = frozenset({Audience.RIDERS}), frozenset({Audience.MERCHANTS})
_OFFICERS, _SENDERS = frozenset({Audience.OFFICERS}), frozenset({Audience.SENDERS})
_MEMBERS = frozenset({Audience.MEMBERS})
# For whom each router is. Each is built from the site; the order is that in which paths are matched.
ROUTERS: Sequence[tuple[Router, frozenset[Audience]]] = (
    (join.members_router, _MEMBERS),  # before those of other sites, which have the same path
    (join.private_router, _OFFICERS),  # before the public page of a scanned code, which has the same path
    (nearest.router, _RIDERS),  # the most frequent request, so it is matched first
    (
        events.router,
        _SENDERS,
    ),  # in a rush each member's claim is a request: the other paths cost 1.4 ms to compare
    (along.router, _RIDERS),
    (base_map.router, _RIDERS),
    (changes.router, _RIDERS),
    (api_page.router, ALL_AUDIENCES),
    (cards.keys_router, _RIDERS | _MERCHANTS),
    (join.router, _RIDERS),
    (monitoring.health_router, ALL_AUDIENCES),
    (keep_api.router, _RIDERS),
    (keep_page.router, _RIDERS),
    (lottery.router, _RIDERS | _MEMBERS),  # members are led to the proof of their draws
    (news.router, _RIDERS),
    (organisation_pages.public_router, _RIDERS),
    (regions.router, _RIDERS),
    (reports_api.router, _RIDERS),
    (reports_page.router, _RIDERS),
    (readings.router, _RIDERS),
    (rests.router, _RIDERS),
    (rider_page.router, _RIDERS),
    (search.router, _RIDERS),
    (sessions.public_router, _RIDERS),
    (within.router, _RIDERS),
    (worker.router, _RIDERS),
    (listed.router, _RIDERS),  # last of these, because it matches any path below /stations as an id
    (cards.members_router, _OFFICERS),
    (cards.merchants_router, _MERCHANTS),
    (audit.router, _OFFICERS),
    (desk_router.router, _OFFICERS),
    (login.router, _OFFICERS),
    (login_account.router, _OFFICERS),
    (login_device.router, _OFFICERS),
    (oidc.router, _OFFICERS),
    (duties.router, _OFFICERS),
    (feeds.router, _SENDERS),
    (hardship.router, _OFFICERS),
    (hotline.router, _OFFICERS),
    (joins.router, _OFFICERS),
    (handover.backend_router, _MEMBERS),
    (me_router.router, _MEMBERS),
    (members.router, _OFFICERS),
    (memberships.router, _OFFICERS),
    (monitoring.metrics_router, _OFFICERS),
    (ogc.router, _OFFICERS | _SENDERS | {Audience.GIS}),
    (organisation_pages.router, _OFFICERS),
    (organisations.router, _OFFICERS),
    (points.router, _OFFICERS),
    (polls.router, _OFFICERS),
    (sessions.router, _OFFICERS),
    (statistics.router, _OFFICERS),
    (vouchers.merchants_router, _MERCHANTS),
    (vouchers.members_router, _OFFICERS),
)

# FastAPI's own telemetry would send whole URLs (member ids, keepers' keys, positions) and error texts to the
# collector; what we trace of requests is in yihui/runtime/observability/traces.py.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}

# Path prefix → largest body in bytes, where the default is too small; the routers set the limits.
BODY_LIMITS_BY_PATH = {
    "/api/v1/events": events.MAX_EVENTS_BODY_BYTES,
    "/api/v1/feeds/": events.MAX_EVENTS_BODY_BYTES,
    "/api/v1/vouchers/batch": vouchers.MAX_OFFLINE_BATCH_BYTES,
    "/desk/applications/": MAX_FILE_FORM_BYTES,
    "/desk/audit/verify": desk_audit.MAX_HEADS_BYTES,
    "/desk/hardship/": MAX_FILE_FORM_BYTES,
    "/desk/members/batch": member_batch.MAX_UPLOAD_BYTES,
    "/desk/members/": MAX_FILE_FORM_BYTES,
    "/desk/planning/analyses/new/": planning_analyses.MAX_ANALYSIS_FORM_BYTES,
    "/desk/planning/demand": planning_demand.MAX_UPLOAD_BYTES,
    "/desk/stations/inspections/": MAX_FILE_FORM_BYTES,
    "/desk/stations/import": station_import.MAX_UPLOAD_BYTES,
    "/desk/money/reconciliation": reconciliation.MAX_INVOICE_BYTES,
    "/desk/money/payouts": payouts.MAX_UPLOAD_BYTES,
    "/me/applications/": MAX_FILE_FORM_BYTES,
    "/me/apply/": MAX_FILE_FORM_BYTES,
    "/me/certificates": MAX_FILE_FORM_BYTES,
    "/me/decisions/": MAX_FILE_FORM_BYTES,
    "/me/uploads/": MAX_PART_BYTES,
}


def create_app(
    wiring: Wiring, serving: ServingOptions = LOCAL_ONLY, actor_finder: ActorFinder | None = None
) -> FastAPI:
    """Build the app for one wiring; it opens nothing until the first request.

    ``actor_finder`` says who sent a request, in place of sessions and keys (``Site.actor_finder``).
    """
    site = build_site(wiring, serving, actor_finder)
    return _build_app(site, serving, _build_lifespan(site))


def create_faces(wiring: Wiring, serving: ServingOptions) -> tuple[FastAPI, ASGIApp]:
    """Build one app for each set of faces that have the same names, and one without faces for this machine.

    Return the latter, which runs what runs beside the requests, and what chooses among them by the name.
    """
    if not serving.own_names:
        app = create_app(wiring, serving)
        return app, app
    by_name = serving.split_by_name()
    of_members = [name for one in by_name if one.is_for(Audience.MEMBERS) for name in sorted(one.public)]
    elsewhere = f"https://{of_members[0]}" if of_members else None
    site = build_site(wiring, serving)

    def build_face(one: ServingOptions, lifespan: Lifespan | None = None) -> FastAPI:
        face = site.for_face(
            wiring.for_audiences(one.audiences),
            Allowances(one.reads_per_s),
            serves_officers=one.is_for(Audience.OFFICERS),
            members_address="" if one.is_for(Audience.MEMBERS) else elsewhere,
        )
        return _build_app(face, one, lifespan)

    main = build_face(serving.without_faces(), _build_lifespan(site))
    return main, FaceDispatcher(
        {name: app for one in by_name for app in [build_face(one)] for name in one.public}, main
    )


def _build_lifespan(site: Site) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.loop = asyncio.get_running_loop()
        # The tallies publish their counts before the drain runs for the last time.
        async with (
            site.drain.lifespan(app),
            site.search_tally.lifespan(),
            site.rest_tally.lifespan(),
            site.update_notifier.lifespan(),
            site.job_runner.lifespan() if site.serves_officers else nullcontext(),
        ):
            yield

    return lifespan


def _build_app(site: Site, serving: ServingOptions, lifespan: Lifespan | None = None) -> FastAPI:
    """Build the app of a site with the routes of its audiences; only a process's main app has a lifespan."""
    app = FastAPI(
        title="Yihui 驿惠",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    app.state.finding, app.state.site = site.place_index_cache, site
    errors.install_error_handlers(app, site)
    for router, audiences in ROUTERS:
        if audiences == ALL_AUDIENCES or serving.is_for(*audiences):  # a site without a face is healthy, too
            # Riders' routers are public, and asked too often for a look into the table of rights.
            guards = [] if Audience.RIDERS in audiences else [guard_routes(site)]
            made = router(site)
            check_route_rights(made.routes)
            app.include_router(made, dependencies=guards)
    app.mount("/static", CachedStaticFiles(directory=STATIC_FOLDER), name="static")
    check_route_rights(app.routes[-1:])
    # The middleware that is added last runs first.
    app.add_middleware(GZipMiddleware, minimum_size=MIN_GZIP_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(HeadMiddleware)
    if serving.is_for(Audience.RIDERS):
        app.add_middleware(NearestFastPath, site=site)
        app.add_middleware(OutdatedAnswersMiddleware, snapshots=site.snapshots, now=site.wiring.now)
    app.add_middleware(RequestLimitsMiddleware, language=site.language, longer=BODY_LIMITS_BY_PATH)
    app.add_middleware(RateLimitMiddleware, site=site)
    app.add_middleware(HostCheckMiddleware, names=serving.host_names, language=site.language)
    app.add_middleware(
        RefusalLogMiddleware, count=lambda status, code: site.wiring.metrics.count_refused(status, code)
    )
    app.add_middleware(DefaultHeadersMiddleware, language=site.language)
    openapi.install_openapi(app)
    return app


def build_site(wiring: Wiring, serving: ServingOptions, actor_finder: ActorFinder | None = None) -> Site:
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
        allowances=Allowances(serving.reads_per_s),
        serves_officers=serving.is_for(Audience.OFFICERS),
        members_address="" if serving.is_for(Audience.MEMBERS) else None,
        actor_finder=actor_finder,
        is_local=not serving.public,
    )
