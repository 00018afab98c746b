"""/photos/{number}: a photo of a station that an officer has looked at."""

from fastapi import APIRouter, Response

from yihui.http.body import RowNumber
from yihui.http.site import Site

_FOR_S = 600  # how long a phone shows a photo that was taken away


def router(site: Site) -> APIRouter:
    made = APIRouter(include_in_schema=False)

    @made.get("/photos/{number}")
    def photo(number: RowNumber) -> Response:
        """Show a photo; one that waits for a look is as unknown as one that isn't there."""
        from yihui.services.stations.desk import load_shown_picture

        picture = load_shown_picture(site.wiring, number)
        if picture is None:
            return Response(status_code=404)
        return Response(
            picture, media_type="image/jpeg", headers={"Cache-Control": f"public, max-age={_FOR_S}"}
        )

    return made
