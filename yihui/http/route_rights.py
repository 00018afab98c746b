"""What every HTTP route needs: the one table of rights and places. The site doesn't start with a route that has no entry.

A route is public, with a reason, or it needs a right, which is asked before the route reads anything else. Where the
right must hold is found in the act's own transaction by ``yihui/services/access/reach.py``; the place named here says
by what.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends as Dependency
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from yihui.access.acting import Acting, set_acting
from yihui.access.actor import ActorKind
from yihui.access.roles import Right
from yihui.frame.rights import list_api_rights
from yihui.http.desk.rights import officer_page_rights
from yihui.http.guard.refusals import find_request_id
from yihui.http.login.login_request import find_actor
from yihui.http.me.rights import PUBLIC_MEMBER_PAGES, list_own_pages
from yihui.http.site import Site
from yihui.services.access.reach import Reach, open_reach, record_member_reading

PathMethod = tuple[str, str]


class PlaceKind(StrEnum):
    """By what a route finds the organisation for which the right must hold."""

    NOWHERE = "nowhere"  # nobody is asked
    WHOLE = "whole"  # it concerns the installation as a whole: the right for any subtree suffices
    UNION = "union"  # it concerns the whole union, for which the right must hold
    OWN = "own"  # a list or a choice within the actor's own subtrees
    ORGANISATION = "organisation"  # the organisation in the path
    MEMBER = "member"  # the organisation of today of the member in the path, or in the body
    SENDER = "sender"  # a program's key: the route asks for it, or for an officer's right
    SELF = "self"  # the member who is logged in: her session says who she is, and another's data is not found
    PAGE = "page"  # an officers' page: it leads to the log-in, and asks for right and place itself


@dataclass(frozen=True, slots=True)
class RouteRight:
    """What a route needs. Without a right it is public, or a page for whoever is logged in.

    ``reason`` says why, or why it is this right.
    """

    right: Right | None
    place: PlaceKind
    reason: str = ""


def _public(reason: str) -> RouteRight:
    return RouteRight(None, PlaceKind.NOWHERE, reason)


_RIDER = _public("a rider asks or reports; the register of stations is public")
_KEEPER = _public("a keeper's key or cookie is checked by the route")
_DEVICE = _public("a device's key is checked by the route")
_MERCHANT = _public("a merchant's key is checked by the route")
_PAGE = _public("what the organisation publishes, and the code that hangs on its wall")
_LOTTERY = _public("whoever holds the published commitment verifies the lottery; it names pseudonyms alone")
_HELP = _public("the description of the interface, and files without data")
_LOGIN = _public("somebody logs in or out; the route checks what was sent")
_OWN_ACCOUNT = RouteRight(None, PlaceKind.PAGE, "an officer's own account and sessions")
_OTHERS_SESSIONS = RouteRight(
    Right.END_SESSIONS, PlaceKind.PAGE, "an administrator ends another officer's sessions"
)
_SENDER = RouteRight(None, PlaceKind.SENDER, "a program sends with its key; officers send nothing by hand")
_GIS = RouteRight(
    Right.READ_STATIONS, PlaceKind.SENDER, "layers of the whole region, for a GIS with a key or an officer"
)
_BENEFITS = RouteRight(Right.READ_BENEFITS, PlaceKind.MEMBER)
_FOR_MEMBER = RouteRight(Right.CHANGE_MEMBERS, PlaceKind.MEMBER, "done for the member")

_BY_HAND: Mapping[PathMethod, RouteRight] = {
    ("GET", "/"): _RIDER,
    ("GET", "/employers"): _RIDER,
    ("POST", "/preferences"): _public("how the page looks; a cookie that says nothing about anybody"),
    ("GET", "/worker.js"): _HELP,
    ("GET", "/static"): _HELP,
    ("GET", "/openapi.json"): _HELP,
    ("GET", "/docs"): _HELP,
    ("GET", "/healthz"): _public("a monitor asks whether the site works; it names nothing"),
    ("GET", "/metrics"): RouteRight(
        Right.READ_OPERATION, PlaceKind.WHOLE, "counts of the whole installation"
    ),
    ("GET", "/.well-known/yihui-keys"): _public("public keys, by which anybody verifies a card"),
    ("GET", "/map/base.json"): _RIDER,
    ("GET", "/map/outlines/{version}/{z}/{x}/{y}.json"): _RIDER,
    ("GET", "/map/streets/{version}/{z}/{x}/{y}.mvt"): _RIDER,
    ("GET", "/map/tiles/{z}/{x}/{y}"): _RIDER,
    ("GET", "/join/{token}"): _PAGE,
    # Stations: riders, keepers, devices
    ("GET", "/api/v1/stations"): _RIDER,
    ("GET", "/api/v1/stations/nearest"): _RIDER,
    ("POST", "/api/v1/stations/nearest"): _RIDER,
    ("GET", "/api/v1/stations/along"): _RIDER,
    ("GET", "/api/v1/stations/changes"): _RIDER,
    ("GET", "/api/v1/stations/news"): _RIDER,
    ("GET", "/api/v1/stations/regions/{cell}"): _RIDER,
    ("GET", "/api/v1/places/search"): _RIDER,
    ("GET", "/api/v1/stations/within"): _RIDER,
    ("GET", "/api/v1/stations/{station:path}"): _RIDER,
    ("POST", "/api/v1/stations/{station:path}/reports"): _RIDER,
    ("POST", "/api/v1/stations/{station:path}/rests"): _RIDER,
    ("POST", "/api/v1/stations/{station:path}/readings"): _DEVICE,
    ("POST", "/api/v1/stations/{station:path}/keep"): _KEEPER,
    ("POST", "/api/v1/reports/withdrawals"): _RIDER,
    ("GET", "/api/v1/reports/{number}"): _RIDER,
    ("GET", "/reports"): _RIDER,
    ("GET", "/reports/{number}"): _RIDER,
    ("POST", "/reports"): _RIDER,
    ("POST", "/rests"): _RIDER,
    ("GET", "/keep"): _KEEPER,
    ("GET", "/keep/hours"): _KEEPER,
    ("GET", "/photos/{number}"): _RIDER,
    ("GET", "/keep/photo"): _KEEPER,
    ("POST", "/keep/photo"): _KEEPER,
    ("GET", "/keep/mend"): _KEEPER,
    ("POST", "/keep/mend"): _KEEPER,
    ("GET", "/keep/say"): _KEEPER,
    ("POST", "/keep/say"): _KEEPER,
    ("GET", "/keep/leave"): _KEEPER,
    ("POST", "/keep/leave"): _KEEPER,
    ("GET", "/keep/key"): _KEEPER,
    ("POST", "/keep/key"): _KEEPER,
    ("GET", "/api/v1/sessions"): _public("members look for a course; nobody is named"),
    # Merchants
    ("POST", "/api/v1/cards/verify"): _MERCHANT,
    ("POST", "/api/v1/vouchers/redeem"): _MERCHANT,
    ("POST", "/api/v1/vouchers/check"): _MERCHANT,
    ("POST", "/api/v1/vouchers/refund"): _MERCHANT,
    ("POST", "/api/v1/vouchers/batch"): _MERCHANT,
    # Lotteries
    ("GET", "/lottery/verify_lottery.py"): _HELP,
    ("GET", "/lottery/{commitment}"): _LOTTERY,
    ("GET", "/lottery/{commitment}/file"): _LOTTERY,
    # Organisations
    ("GET", "/organisations/{code}"): _PAGE,
    ("GET", "/organisations/{code}/theme.css"): _PAGE,
    ("GET", "/organisations/{code}/logo.png"): _PAGE,
    ("GET", "/organisations/{code}/join.svg"): _PAGE,
    ("GET", "/organisations/{code}/members"): RouteRight(Right.READ_ORGANISATIONS, PlaceKind.ORGANISATION),
    # Members
    ("GET", "/api/v1/members/{member}/benefits"): _BENEFITS,
    ("GET", "/api/v1/members/{member}/benefits/why"): _BENEFITS,
    ("POST", "/api/v1/members/{member}/benefits/{grant}/claim"): _FOR_MEMBER,
    ("DELETE", "/api/v1/members/{member}/entries/{entry}"): _FOR_MEMBER,
    ("GET", "/api/v1/polls/{poll}/results.svg"): RouteRight(
        Right.READ_STATISTICS, PlaceKind.OWN, "counts only; a result names no member"
    ),
    # Log-in: everybody may try; what follows needs the session, a one-time ticket or the provider's token
    ("GET", "/desk/login"): _LOGIN,
    ("POST", "/desk/login"): _LOGIN,
    ("GET", "/desk/login/code"): _LOGIN,
    ("POST", "/desk/login/code"): _LOGIN,
    ("GET", "/desk/login/phone"): _LOGIN,
    ("POST", "/desk/login/phone"): _LOGIN,
    ("GET", "/desk/setup"): _LOGIN,
    ("POST", "/desk/setup"): _LOGIN,
    ("GET", "/desk/oidc/start"): _LOGIN,
    ("GET", "/desk/oidc/callback"): _LOGIN,
    ("POST", "/desk/oidc/backchannel-logout"): _LOGIN,
    ("POST", "/desk/logout"): _LOGIN,
    ("GET", "/desk/account"): _OWN_ACCOUNT,
    ("POST", "/desk/account/password"): _OWN_ACCOUNT,
    ("POST", "/desk/account/phone"): _OWN_ACCOUNT,
    ("POST", "/desk/account/recovery-codes"): _OWN_ACCOUNT,
    ("POST", "/desk/account/sessions"): _OWN_ACCOUNT,
    ("GET", "/desk/sessions/{officer}"): _OTHERS_SESSIONS,
    ("POST", "/desk/sessions/{officer}"): _OTHERS_SESSIONS,
    # Other programs
    ("POST", "/api/v1/events"): _SENDER,
    ("OPTIONS", "/api/v1/events"): _SENDER,
    ("POST", "/api/v1/feeds/{feed}"): _SENDER,
    **{
        ("GET", f"/ogc{path}"): _GIS
        for path in (
            "",
            "/",
            "/openapi",
            "/conformance",
            "/collections",
            "/collections/{collection}",
            "/collections/{collection}/schema",
            "/collections/{collection}/queryables",
            "/collections/{collection}/items",
            "/collections/{collection}/items/{id:path}",
        )
    },
}


def find_route_right(route: PathMethod) -> RouteRight | None:
    """Return what a route needs; None if nobody has said it. Only for those not by hand the nouns are loaded."""
    known = _own_rights() if route[1].startswith("/me") else _BY_HAND
    return known.get(route) or route_rights().get(route)


@cache
def _own_rights() -> Mapping[PathMethod, RouteRight]:
    return {
        **{route: RouteRight(None, PlaceKind.SELF, reason) for route, reason in list_own_pages().items()},
        **{route: _public(reason) for route, reason in PUBLIC_MEMBER_PAGES.items()},
    }


@cache
def route_rights() -> Mapping[PathMethod, RouteRight]:
    """Return what each route needs by method and path: of those by hand, of officers' pages, and of nouns."""
    pages = {route: RouteRight(right, PlaceKind.PAGE) for route, right in officer_page_rights().items()}
    nouns = {
        route: RouteRight(right, PlaceKind.UNION if is_whole else PlaceKind.OWN)
        for route, (right, is_whole) in list_api_rights().items()
    }
    return {**_BY_HAND, **_own_rights(), **pages, **nouns}


def iter_routes(routes: Sequence[BaseRoute]) -> Iterator[PathMethod]:
    """Yield every method and path template that routes answer; HEAD is asked as GET, and so is a mounted folder."""
    for route in iter_route_contexts(routes):
        for method in sorted(route.methods or {"GET"}):
            if method != "HEAD":
                yield method, str(route.path)


def check_route_rights(routes: Sequence[BaseRoute]) -> None:
    """Refuse an app with a route for which nobody has said who may call it.

    ``routes`` are those of a router that no app includes yet: FastAPI analyses an included one once more, and so
    would do at each start what the first request to it is time enough for.
    """
    missing = [
        f"{method} {path}" for method, path in iter_routes(routes) if find_route_right((method, path)) is None
    ]
    if missing:
        raise RuntimeError(f"routes without an entry in yihui/http/route_rights.py: {', '.join(missing)}")


_ASK_THEMSELVES = frozenset({PlaceKind.PAGE, PlaceKind.SENDER})


def guard_routes(site: Site) -> Dependency:
    """Return the dependency of the officers' routers: it finds the actor and how far the route's right reaches."""

    def find_reach(request: Request, right: Right) -> Reach:
        return open_reach(site.wiring, find_actor(site, request), right, find_request_id(request))

    async def guard(request: Request) -> None:
        method = "GET" if request.method == "HEAD" else request.method
        entry = route_rights()[method, request.scope["route"].path]
        if entry.right is not None and entry.place not in _ASK_THEMSELVES:
            reach: Reach = await run_in_threadpool(find_reach, request, entry.right)
            request.state.reach = reach
            # Set in the task that also runs the route: each transaction of the route judges the actor again.
            set_acting(Acting(reach.actor, reach.day, permissions=[(entry.right, None)]))
            if method == "GET" and entry.place is PlaceKind.MEMBER and reach.actor.kind is ActorKind.OFFICER:
                member = request.path_params["member"]
                await run_in_threadpool(record_member_reading, site.wiring, reach, member)

    return Dependency(guard)


async def _current_reach(request: Request) -> Reach:
    reach: Reach = request.state.reach
    return reach


# What a route passes on to its service, which asks for the place.
CurrentReach = Annotated[Reach, Depends(_current_reach)]
