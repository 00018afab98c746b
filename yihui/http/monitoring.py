"""For monitors: /healthz, whether the database is reachable and migrated; /metrics, for Prometheus."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from yihui.http.site import Site


@dataclass(frozen=True, slots=True)
class Health:
    status: str
    database: str
    revision: str
    migrated: bool
    runner: str  # "ok", or what keeps accepted events waiting: this site's own runner, or the relay


def health_router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/healthz")
    def healthz() -> Health:
        """Report the state of the database, its schema and the event runner. 503: the database can't be read."""
        from store import HEAD_REVISION
        from yihui.services.events.stream_state import find_dead_relay

        found = site.wiring.read_revision()
        migrated = found == HEAD_REVISION
        trouble = site.drain.trouble or (find_dead_relay(site.wiring) if migrated else None)
        status = "not migrated" if not migrated else "degraded" if trouble else "ok"
        return Health(status, "reachable", found or "-", migrated, trouble or "ok")

    return made


def metrics_router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Return the metrics, even while the database can't be reached; ``yihui_database_up`` reports that."""
        from yihui.runtime.observability.metrics import CONTENT_TYPE

        return Response(site.wiring.metrics.render_text(), media_type=CONTENT_TYPE)

    return made
