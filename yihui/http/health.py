"""/healthz: whether the database is reachable and migrated."""

from dataclasses import dataclass

from fastapi import APIRouter

from yihui.http.site import Site


@dataclass(frozen=True, slots=True)
class Health:
    status: str
    database: str
    revision: str
    migrated: bool
    runner: str  # "ok", or what keeps accepted events waiting


def router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/healthz")
    def healthz() -> Health:
        """*Raises*: StoreError, which becomes 503, where the database can't be read."""
        from store import HEAD_REVISION

        found = site.wiring.database_revision()
        migrated = found == HEAD_REVISION
        trouble = site.drain.trouble
        status = "not migrated" if not migrated else "degraded" if trouble else "ok"
        return Health(status, "reachable", str(found), migrated, trouble or "ok")

    return made
