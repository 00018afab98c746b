"""Ask of each officers' route what the table of rights says, before the route reads anything else."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends as Dependency

from yihui.access.acting import Acting, set_acting
from yihui.access.actor import ActorKind
from yihui.access.roles import Right
from yihui.http.current_actor import find_actor
from yihui.http.guard.refusals import find_request_id
from yihui.http.route_rights import PlaceKind, route_rights
from yihui.http.site import Site
from yihui.services.access.reach import Reach, open_reach, record_member_reading

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
            # In this task, which runs the route too: each transaction of the route asks again.
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
