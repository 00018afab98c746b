"""What an answer looks like on the wire: in which media type, until when it holds, and whether it is news.

*Source*: RFC 9110 (12.5.1 Accept, 13.1.2 If-None-Match), RFC 9111 (Cache-Control), RFC 7946 (GeoJSON).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from fastapi import Request, Response

from core.faults import Fault, InputFaults
from geo.crs import Datum, is_same_datum

N_ = str  # marks a text for the message catalogue

JSON = "application/json"
GEOJSON = "application/geo+json"
_BOTH = (JSON, GEOJSON)
# Stations change at any moment, so that whatever is kept must be asked after, which costs a 304.
ASK_AGAIN = "public, no-cache"
OWN = "private, no-cache"  # the address holds a position or what somebody typed: no shared cache keeps it
VARY = "Accept, Accept-Language"


class NotAcceptable(InputFaults):
    """Nothing that the sender accepts can be made."""

    status = 406


@dataclass(frozen=True, slots=True)
class _Range:
    """One entry of an Accept header."""

    kind: str
    weight: float

    def fits(self, media_type: str) -> int:
        """How closely; 0 not at all."""
        if self.kind == media_type:
            return 3
        if self.kind == media_type.partition("/")[0] + "/*":
            return 2
        return 1 if self.kind == "*/*" else 0


def media_type_for(request: Request, datum: Datum | None = None, offered: Sequence[str] = _BOTH) -> str:
    """The media type of the answer: the first of those offered that is accepted best.

    *Raises*: NotAcceptable where none is; and where GeoJSON, which is WGS84 always, is wanted in another
    ``datum``.
    """
    best = preferred(",".join(request.headers.getlist("accept")), tuple(offered))
    if best is None:
        raise NotAcceptable([_none_fits(request.headers.get("accept", ""), offered)])
    if best == GEOJSON and datum is not None and not is_same_datum(datum, Datum.WGS84):
        raise NotAcceptable([_wgs84_only(datum)])
    return best


@lru_cache(maxsize=256)  # browsers say one of a few dozen things
def preferred(accept: str, offered: tuple[str, ...] = _BOTH) -> str | None:
    """The first of those offered that an Accept header likes best; None where it likes none."""
    ranges = list(_ranges(accept))
    weights = {one: _weight(one, ranges) for one in offered}
    best = max(offered, key=lambda one: weights[one])  # the first of equals
    return best if weights[best] else None


def shown(request: Request, content: bytes, media_type: str = JSON, cache: str = ASK_AGAIN) -> Response:
    """The answer, or 304 where the sender holds the same already."""
    tag = tag_of(content)
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": VARY}
    if _holds(request.headers.getlist("if-none-match"), tag):
        return Response(None, 304, headers)
    return Response(content, 200, headers, media_type)


def tag_of(content: bytes) -> str:
    """The entity tag of what is shown (RFC 9110, 8.8.3), weak: packed or not, it is the same; a checksum tells news well enough."""
    return f'W/"{crc32(content):08x}-{len(content):x}"'


def _holds(sent: Sequence[str], tag: str) -> bool:
    """Whether a list of tags names this one, by weak comparison (RFC 9110, 13.1.2)."""
    held = {one.strip().removeprefix("W/") for one in ",".join(sent).split(",")}
    return "*" in held or tag.removeprefix("W/") in held


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        kind, *params = (piece.strip().lower() for piece in part.split(";"))
        weight = next((one[2:] for one in params if one.startswith("q=")), "1")
        try:
            yield _Range(kind, min(max(float(weight), 0.0), 1.0))
        except ValueError:  # as if nothing were said
            yield _Range(kind, 1.0)


def _weight(media_type: str, ranges: Sequence[_Range]) -> float:
    """What the entry that fits most closely says."""
    fitting = max(ranges, key=lambda one: one.fits(media_type))
    return fitting.weight if fitting.fits(media_type) else 0.0


def _none_fits(accept: str, offered: Sequence[str]) -> Fault:
    return Fault(
        N_("an answer as “{value}” can't be had"),
        N_("ask for one of {expected}"),
        field="Accept",
        value=accept[:80],
        params={"expected": " ".join(f"'{one}'" for one in offered)},
    )


def _wgs84_only(datum: Datum) -> Fault:
    return Fault(
        N_("GeoJSON is always in WGS84, never in {value}"),
        N_("ask with datum=wgs84, or for application/json"),
        field="datum",
        value=datum.value,
    )
