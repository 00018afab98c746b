"""Which routes each face of the site has. Modules of faces that are not served are not imported (docs/decisions/0030)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from yihui.runtime.audiences import ALL_AUDIENCES, Audience

if TYPE_CHECKING:
    from fastapi import APIRouter

    from yihui.http.site import Site

    RouterBuilder = Callable[[Site], APIRouter]

Audiences = frozenset[Audience]
_RIDERS, _MERCHANTS = frozenset({Audience.RIDERS}), frozenset({Audience.MERCHANTS})
_OFFICERS, _SENDERS = frozenset({Audience.OFFICERS}), frozenset({Audience.SENDERS})
_MEMBERS = frozenset({Audience.MEMBERS})

# The function that builds each router, as module:name below yihui.http, and for whom the router is. The order is
# that in which paths are matched.
ROUTERS: Sequence[tuple[str, Audiences]] = (
    ("join:members_router", _MEMBERS),  # before those of other sites, which have the same path
    ("stations.nearest:router", _RIDERS),  # the most frequent request, so it is matched first
    # In a rush each member's claim is a request: the other paths cost 1.4 ms to compare.
    ("events:router", _SENDERS),
    ("stations.along:router", _RIDERS),
    ("rider.base_map:router", _RIDERS | _OFFICERS),
    ("stations.listing:changes_router", _RIDERS),
    ("api_page:router", ALL_AUDIENCES),
    ("public_keys:router", _RIDERS | _MERCHANTS),
    ("join:router", _RIDERS | _OFFICERS),
    ("monitoring:health_router", ALL_AUDIENCES),
    ("keeper.api:router", _RIDERS),
    ("keeper.page:router", _RIDERS),
    ("lottery:router", _RIDERS | _MEMBERS),  # members are led to the proof of their draws
    ("reports.news:router", _RIDERS),
    ("organisation_pages:public_router", _RIDERS),
    ("stations.regions:router", _RIDERS),
    ("reports.api:router", _RIDERS),
    ("reports.page:router", _RIDERS),
    ("stations.readings:router", _RIDERS),
    ("reports.rests:router", _RIDERS),
    ("looks:router", ALL_AUDIENCES),
    ("rider.page:router", _RIDERS),
    ("place_search:router", _RIDERS),
    ("stations.photos:router", _RIDERS),
    ("sessions:router", _RIDERS),
    ("stations.within:router", _RIDERS),
    ("rider.worker:router", _RIDERS),
    ("stations.listing:router", _RIDERS),  # last of these: it matches any path below /stations as an id
    ("cards:router", _MERCHANTS),
    ("desk.router:router", _OFFICERS),
    ("login.login:router", _OFFICERS),
    ("login.account:router", _OFFICERS),
    ("desk.oidc:router", _OFFICERS),
    ("feeds:router", _SENDERS),
    ("desk.router:nouns_router", _OFFICERS),
    ("me.login:backend_router", _MEMBERS),
    ("me.router:router", _MEMBERS),
    ("members:router", _OFFICERS),
    ("monitoring:metrics_router", _OFFICERS),
    ("ogc.router:router", _OFFICERS | _SENDERS | {Audience.GIS}),
    ("organisation_pages:router", _OFFICERS),
    ("members:polls_router", _OFFICERS),
    ("vouchers:router", _MERCHANTS),
)

# Path prefix → largest body in bytes, where the default is too small; the modules of the routes set the limits. Those
# of the nouns' forms follow from their fields.
BODY_LIMITS: Mapping[str, tuple[str, Audiences]] = {
    "/api/v1/events": ("events:MAX_EVENTS_BODY_BYTES", _SENDERS),
    "/api/v1/feeds/": ("events:MAX_EVENTS_BODY_BYTES", _SENDERS),
    "/api/v1/vouchers/batch": ("vouchers:MAX_OFFLINE_BATCH_BYTES", _MERCHANTS),
    "/desk/audit/verify": ("desk.audit:MAX_HEADS_BYTES", _OFFICERS),
    "/desk/members/batch": ("desk.member_batch:MAX_UPLOAD_BYTES", _OFFICERS),
    "/desk/planning/analyses/new/": ("desk.planning_analyses:MAX_ANALYSIS_FORM_BYTES", _OFFICERS),
    "/desk/stations/import": ("desk.station_import:MAX_UPLOAD_BYTES", _OFFICERS),
    "/me/uploads/": ("me.files:MAX_PART_BYTES", _MEMBERS),
}


def iter_routers(served: Collection[Audience]) -> "Iterator[tuple[RouterBuilder, Audiences]]":
    """Yield the functions that build the routers of these faces, each with the audiences of its router."""
    for place, audiences in ROUTERS:
        is_for_all = audiences == ALL_AUDIENCES  # a site without a face is healthy, too
        if is_for_all or not audiences.isdisjoint(served):
            yield _load(place), audiences


def load_body_limits(served: Collection[Audience]) -> dict[str, int]:
    """Return the largest bodies by path prefix, for the routes of these faces."""
    limits = {
        path: _load(place)
        for path, (place, audiences) in BODY_LIMITS.items()
        if not audiences.isdisjoint(served)
    }
    if Audience.OFFICERS in served:
        from yihui.frame.desk import list_body_limits

        limits |= list_body_limits()
    if Audience.MEMBERS in served:
        from yihui.frame.own_door import list_own_body_limits

        limits |= list_own_body_limits()
    return limits


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"yihui.http.{module}"), name)
