"""Represent an answer: its media type, how long it may be cached, and whether the client has it already.

*Source*: RFC 9110 (12.5.1 Accept, 13.1.2 If-None-Match), RFC 9111 (Cache-Control), RFC 7946 (GeoJSON).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from fastapi import Request, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.datum import Datum, is_same_datum

JSON = "application/json"
GEOJSON = "application/geo+json"
_BOTH = (JSON, GEOJSON)
# Stations change at any moment, so cached answers must be revalidated, which costs a 304.
CACHE_PUBLIC = "public, no-cache"
CACHE_PRIVATE = (
    "private, no-cache"  # the URL contains a position or typed text: shared caches must not store it
)
VARY = "Accept, Accept-Language"


REPRESENTATION_FAULTS = FaultTable(
    "representation",
    {
        "none_fits": (N_("an answer as “{value}” can't be had"), N_("ask for one of {expected}")),
        "wgs84_only": (
            N_("GeoJSON is always in WGS84, never in {value}"),
            N_("ask with datum=wgs84, or for application/json"),
        ),
    },
)


class NotAcceptable(FaultError):
    """The answer is available in none of the media types that the client accepts."""


@dataclass(frozen=True, slots=True)
class _Range:
    """One entry of an Accept header."""

    kind: str
    weight: float

    def fits(self, media_type: str) -> int:
        """Return how closely the entry matches; 0 means not at all."""
        if self.kind == media_type:
            return 3
        if self.kind == media_type.partition("/")[0] + "/*":
            return 2
        return 1 if self.kind == "*/*" else 0


def negotiate_media_type(request: Request, datum: Datum | None = None, offered: Sequence[str] = _BOTH) -> str:
    """Return the media type of the answer: of those offered, the first that the client prefers.

    *Raises*: NotAcceptable if the client accepts none of them, or if it wants GeoJSON, which is always
    WGS84, in another ``datum``.
    """
    best = preferred_media_type(",".join(request.headers.getlist("accept")), tuple(offered))
    if best is None:
        expected = " ".join(f"'{one}'" for one in offered)
        accept = request.headers.get("accept", "")[:80]
        raise NotAcceptable(
            REPRESENTATION_FAULTS.build("none_fits", field="Accept", value=accept, expected=expected)
        )
    if best == GEOJSON and datum is not None and not is_same_datum(datum, Datum.WGS84):
        raise NotAcceptable(REPRESENTATION_FAULTS.build("wgs84_only", field="datum", value=datum.value))
    return best


@lru_cache(maxsize=256)  # browsers send one of a few dozen values
def preferred_media_type(accept: str, offered: tuple[str, ...] = _BOTH) -> str | None:
    """Return the first offered media type that an Accept header prefers; None if it accepts none."""
    ranges = list(_ranges(accept))
    weights = {one: _weight(one, ranges) for one in offered}
    best = max(offered, key=lambda one: weights[one])  # the first of equal ones
    return best if weights[best] else None


def conditional_response(
    request: Request, content: bytes, media_type: str = JSON, cache: str = CACHE_PUBLIC
) -> Response:
    """Return the answer, or 304 if the client has the same one already."""
    tag = entity_tag(content)
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": VARY}
    if _holds(request.headers.getlist("if-none-match"), tag):
        return Response(None, 304, headers)
    return Response(content, 200, headers, media_type)


def entity_tag(content: bytes) -> str:
    """Return the entity tag of an answer (RFC 9110, 8.8.3): a checksum, which detects changes well enough.

    It is weak, because it is the same with and without compression.
    """
    return f'W/"{crc32(content):08x}-{len(content):x}"'


def _holds(sent: Sequence[str], tag: str) -> bool:
    """Return whether a list of tags contains this one, by weak comparison (RFC 9110, 13.1.2)."""
    held = {one.strip().removeprefix("W/") for one in ",".join(sent).split(",")}
    return "*" in held or tag.removeprefix("W/") in held


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        kind, *params = (piece.strip().lower() for piece in part.split(";"))
        weight = next((one[2:] for one in params if one.startswith("q=")), "1")
        try:
            yield _Range(kind, min(max(float(weight), 0.0), 1.0))
        except ValueError:  # an invalid weight counts as absent
            yield _Range(kind, 1.0)


def _weight(media_type: str, ranges: Sequence[_Range]) -> float:
    """Return the weight of the entry that matches most closely."""
    fitting = max(ranges, key=lambda one: one.fits(media_type))
    return fitting.weight if fitting.fits(media_type) else 0.0
