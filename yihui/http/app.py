"""The web application: one FastAPI app, built from routers and middleware."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from os import PathLike, stat_result

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from yihui.bootstrap import Wiring
from yihui.http import errors, openapi
from yihui.http.drain import Drain
from yihui.http.face_routes import iter_routers, load_body_limits
from yihui.http.guard.allowances import Allowances
from yihui.http.guard.headers import DefaultHeadersMiddleware, HeadMiddleware
from yihui.http.guard.host import HostCheckMiddleware
from yihui.http.guard.limits import RateLimitMiddleware, RequestLimitsMiddleware
from yihui.http.guard.refusals import RefusalLogMiddleware
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.http.handover import HandoverMiddleware
from yihui.http.ingress_gate import build_ingress_gate
from yihui.http.reports.intake import ReportService
from yihui.http.reports.rest_counting import RestTally
from yihui.http.reports.subscriptions import UpdateNotifier
from yihui.http.route_rights import check_route_rights, guard_routes
from yihui.http.site import ActorFinder, Site
from yihui.http.snapshot import SnapshotCache
from yihui.http.stations.nearest import GZIP_LEVEL, MIN_GZIP_BYTES, NearestFastPath
from yihui.http.usage_counting import SearchTally
from yihui.runtime.assets import STATIC_FOLDER
from yihui.runtime.audiences import Audience

_FOR_EVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"^(built|vendor)/.+[-.][0-9A-Za-z]{8,}\.\w+$")
_PORT = re.compile(rb":\d*$")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
# FastAPI's own telemetry would send whole URLs (member ids, keepers' keys, positions) and error texts to a
# collector.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


class CachedStaticFiles(StaticFiles):
    """Static files with Starlette's ETags, compressed if the browser accepts it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Prevent granian from sending the file itself (pathsend), uncompressed and 3 times as long."""
        extensions = {k: v for k, v in scope.get("extensions", {}).items() if k != "http.response.pathsend"}
        await super().__call__({**scope, "extensions": extensions}, receive, send)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Set the cache lifetime: a changed file gets another URL, by a hash in its query or in its name."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        name = self.get_path(scope)
        if _HASHED.match(name) or scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = _FOR_EVER
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response


class FaceDispatcher:
    """Passes a request on to the app of its name, and all others to the main app, which refuses unknown names."""

    def __init__(self, apps: Mapping[str, ASGIApp], main: ASGIApp) -> None:
        self._apps, self._main = {name.encode(): app for name, app in apps.items()}, main

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._choose(scope)(scope, receive, send)

    def _choose(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._main
        names = [value.lower() for name, value in scope["headers"] if name == b"host"]
        if len(names) != 1:
            return self._main
        return self._apps.get(_PORT.sub(b"", names[0]), self._main)


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
    elsewhere = serving.find_members_address()
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
    app.state.audiences = serving.audiences
    errors.install_error_handlers(app, site)
    for router, audiences in iter_routers(serving.audiences):
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
    limits = load_body_limits(serving.audiences)
    app.add_middleware(RequestLimitsMiddleware, language=site.language, longer=limits)
    app.add_middleware(RateLimitMiddleware, site=site)
    app.add_middleware(HostCheckMiddleware, names=serving.host_names, language=site.language)
    app.add_middleware(
        RefusalLogMiddleware, count=lambda status, code: site.wiring.metrics.count_refused(status, code)
    )
    if serving.is_for(Audience.RIDERS):
        app.add_middleware(NearestFastPath, site=site, names=serving.host_names)
    find_more = site.snapshots.find_age_headers if serving.is_for(Audience.RIDERS) else None
    app.add_middleware(DefaultHeadersMiddleware, language=site.language, find_more=find_more)
    app.add_middleware(HandoverMiddleware)
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
        members_address="" if serving.is_for(Audience.MEMBERS) else serving.find_members_address(),
        actor_finder=actor_finder,
        is_local=not serving.public,
    )
