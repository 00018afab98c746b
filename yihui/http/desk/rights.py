"""What every page and form of the officers' desk needs; the pages ask for it themselves, see ``OfficerPages.open``."""

from collections.abc import Mapping
from functools import cache

from yihui.access.roles import Right
from yihui.frame.rights import list_page_rights

# None: whoever is logged in, since the page shows what the officer's own roles reach.
_BY_HAND: Mapping[tuple[str, str], Right | None] = {
    ("GET", "/desk"): None,
    ("GET", "/desk/search"): None,
    ("POST", "/desk/search"): None,
    ("POST", "/desk/choices/members"): Right.READ_MEMBERS,
    ("GET", "/desk/choices/organisations"): None,
    ("GET", "/desk/choices/stations"): None,
    ("GET", "/desk/choices/areas"): None,
    ("POST", "/desk/preferences"): None,
    ("GET", "/desk/uploads/{id_}/pages/{page}"): None,  # who sent it sees it
    ("GET", "/desk/stations/within"): Right.READ_STATIONS,
    ("GET", "/desk/stations/import"): Right.CHANGE_STATIONS,
    ("POST", "/desk/stations/import"): Right.CHANGE_STATIONS,
    ("GET", "/desk/stations/import/{id_}"): Right.CHANGE_STATIONS,
    ("POST", "/desk/stations/import/{id_}/confirm"): Right.CHANGE_STATIONS,
    ("GET", "/desk/stations/keys"): Right.READ_STATIONS,
    ("POST", "/desk/stations/keys"): Right.ISSUE_KEYS,
    ("POST", "/desk/stations/keys/{key}/revoke"): Right.ISSUE_KEYS,
    ("GET", "/desk/stations/photos/{number}/pages/{page}"): Right.READ_STATIONS,
    ("GET", "/desk/stations/photos/{number}/download"): Right.READ_STATIONS,
    ("GET", "/desk/stations/{id:path}/findings"): Right.READ_STATIONS,
    ("GET", "/desk/planning"): Right.PLAN,
    ("GET", "/desk/planning/analyses/new/{kind}"): Right.PLAN,
    ("POST", "/desk/planning/analyses/new/{kind}"): Right.PLAN,
    ("GET", "/desk/planning/analyses/{id_}"): Right.PLAN,
    ("GET", "/desk/planning/analyses/{id_}/{file}"): Right.PLAN,
    ("GET", "/desk/planning/scenarios/{thing}/drawn.json"): Right.PLAN,
    ("GET", "/desk/planning/scenarios/{thing}/sheet/pages/1"): Right.PLAN,
    ("POST", "/desk/planning/scenarios/{thing}/stations"): Right.PLAN,
    # A job is its officer's own; what it needs is asked when it is begun, and again when it runs.
    ("GET", "/desk/jobs"): None,
    ("GET", "/desk/jobs/{id_}"): None,
    ("POST", "/desk/jobs/{id_}/cancel"): None,
    ("GET", "/desk/members/batch"): Right.CHANGE_MEMBERS,
    ("POST", "/desk/members/batch"): Right.CHANGE_MEMBERS,
    ("GET", "/desk/members/batch/{id_}"): Right.CHANGE_MEMBERS,
    ("POST", "/desk/members/batch/{id_}/confirm"): Right.CHANGE_MEMBERS,
    ("GET", "/desk/applications/notices"): Right.READ_APPLICATIONS,
    ("GET", "/desk/applications/publishing"): Right.DECIDE_APPLICATIONS,
    ("POST", "/desk/applications/publishing"): Right.DECIDE_APPLICATIONS,
    ("GET", "/desk/applications/lists/{number}"): Right.READ_APPLICATIONS,
    ("GET", "/desk/organisations/{code}/code.html"): Right.READ_ORGANISATIONS,
    ("GET", "/desk/organisations/{code}/statistics"): Right.READ_STATISTICS,
    ("GET", "/desk/rules"): Right.READ_RULES,
    ("GET", "/desk/rules/new"): Right.WRITE_RULES,
    ("POST", "/desk/rules/new"): Right.WRITE_RULES,
    ("POST", "/desk/rules/new/check"): Right.WRITE_RULES,
    ("GET", "/desk/rules/form"): Right.WRITE_RULES,
    ("POST", "/desk/rules/form"): Right.WRITE_RULES,
    ("POST", "/desk/rules/form/check"): Right.WRITE_RULES,
    ("POST", "/desk/rules/form/simulate"): Right.SIMULATE_RULES,
    ("GET", "/desk/rules/simulations"): Right.READ_SIMULATIONS,
    ("POST", "/desk/rules/simulations"): Right.SIMULATE_RULES,
    ("GET", "/desk/rules/simulations/new"): Right.SIMULATE_RULES,
    ("POST", "/desk/rules/simulations/new"): Right.SIMULATE_RULES,
    ("GET", "/desk/rules/simulations/{id_}"): Right.READ_SIMULATIONS,
    ("GET", "/desk/rules/{rule}"): Right.READ_RULES,
    ("GET", "/desk/rules/versions/{hash_}"): Right.READ_RULES,
    ("GET", "/desk/rules/versions/{hash_}/cases"): Right.READ_RULES,
    ("POST", "/desk/rules/versions/{hash_}/{decision}"): Right.APPROVE_RULES,
    ("GET", "/desk/rules/versions/{hash_}/document"): Right.READ_RULES,
    ("GET", "/desk/rules/versions/{hash_}/document.pdf"): Right.READ_RULES,
    ("POST", "/desk/rules/{rule}/stop"): Right.STOP_RULES,
    ("POST", "/desk/rules/{rule}/resume"): Right.STOP_RULES,
    ("GET", "/desk/audit"): Right.READ_AUDIT,
    ("POST", "/desk/audit/export"): Right.READ_AUDIT,
    ("GET", "/desk/audit/verify"): Right.READ_AUDIT,
    ("POST", "/desk/audit/verify"): Right.READ_AUDIT,
    ("GET", "/desk/stream"): Right.READ_OPERATION,
    ("GET", "/desk/stream/state"): Right.READ_OPERATION,
    ("GET", "/desk/stream/webhooks"): Right.READ_OPERATION,
    ("GET", "/desk/stream/webhooks/{id}"): Right.READ_OPERATION,
    ("POST", "/desk/stream/webhooks/{id}/retry"): Right.OPERATE,
    ("POST", "/desk/stream/webhooks/{id}/deliveries/{number}/retry"): Right.OPERATE,
    ("GET", "/desk/stream/{id}"): Right.READ_OPERATION,
    ("POST", "/desk/stream/replay"): Right.OPERATE,
    ("POST", "/desk/stream/{id}/mend"): Right.OPERATE,
    ("POST", "/desk/stream/{id}/drop"): Right.OPERATE,
}


@cache
def officer_page_rights() -> Mapping[tuple[str, str], Right | None]:
    """Return the right of each page and form by method and path: of those by hand, and of the nouns of the frame."""
    return {**_BY_HAND, **list_page_rights()}
