"""Show an organisation of a day and a subtree as JSON."""

from collections.abc import Iterable, Mapping

from yihui.services.organisations.lookup import OrganisationState
from yihui.views.organisations import organisation_json


def lineage_json(codes: Iterable[str], names: Mapping[str, str]) -> list[dict[str, str | None]]:
    """Return the organisations from the root down, each with its name; an unlisted one has none."""
    return [{"code": code, "name": names.get(code)} for code in reversed(tuple(codes))]


def organisation_state_json(found: OrganisationState) -> dict[str, object]:
    """Return an organisation on a day as JSON; ``organisation`` is null if it wasn't there on that day."""
    return {
        "on": found.day.isoformat(),
        "code": found.last.code,
        "organisation": organisation_json(found.current) if found.current else None,
        "last": organisation_json(found.last),
        "path": lineage_json(found.last.lineage, found.names),
        "members": found.members,
        "children": [organisation_json(child) for child in found.children],
        "child_count": found.child_count,
        "successors": [organisation_json(one) for one in found.successors],
    }
