"""/metrics: the figures that Prometheus scrapes."""

from fastapi import APIRouter, Response

from yihui.http.site import Site


def router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Answers while the database is away as well; ``yihui_database_up`` tells."""
        from yihui.runtime.observability.metrics import CONTENT_TYPE

        return Response(site.wiring.metrics.render_text(), media_type=CONTENT_TYPE)

    return made
