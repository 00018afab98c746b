"""What every page and form of the officers' desk needs; the pages ask for it themselves, see ``OfficerPages.open``."""

from collections.abc import Mapping
from types import MappingProxyType

from yihui.access.roles import Right

# None: whoever is logged in, since the page shows what the officer's own roles reach.
OFFICER_PAGE_RIGHTS: Mapping[tuple[str, str], Right | None] = MappingProxyType(
    {
        ("GET", "/desk"): None,
        ("GET", "/desk/search"): None,
        ("POST", "/desk/preferences"): None,
        ("GET", "/desk/stations"): Right.READ_STATIONS,
        ("GET", "/desk/stations/reports"): Right.READ_STATIONS,
        ("GET", "/desk/stations/import"): Right.CHANGE_STATIONS,
        ("POST", "/desk/stations/import"): Right.CHANGE_STATIONS,
        ("GET", "/desk/stations/import/{id_}"): Right.CHANGE_STATIONS,
        ("POST", "/desk/stations/import/{id_}/confirm"): Right.CHANGE_STATIONS,
        ("GET", "/desk/stations/{id:path}"): Right.READ_STATIONS,
        ("GET", "/desk/stations/{id:path}/findings"): Right.READ_STATIONS,
        ("POST", "/desk/stations/{id:path}/place"): Right.CHANGE_STATIONS,
        ("POST", "/desk/stations/{id:path}/link"): Right.CHANGE_STATIONS,
        ("GET", "/desk/members"): Right.READ_MEMBERS,
        ("GET", "/desk/members/{member}"): Right.READ_MEMBERS,
        ("POST", "/desk/members/{member}/acts"): Right.CHANGE_MEMBERS,
        ("GET", "/desk/members/grants/{grant}"): Right.READ_BENEFITS,
        ("GET", "/desk/members/payments/{payment}"): Right.READ_BENEFITS,
        ("GET", "/desk/joins"): Right.CHANGE_MEMBERS,
        ("POST", "/desk/joins/{id}/approve"): Right.CHANGE_MEMBERS,
        ("POST", "/desk/joins/{id}/refuse"): Right.CHANGE_MEMBERS,
        ("GET", "/desk/organisations"): Right.READ_ORGANISATIONS,
        ("GET", "/desk/organisations/overdue"): Right.READ_ORGANISATIONS,
        ("GET", "/desk/organisations/{code}"): Right.READ_ORGANISATIONS,
        ("GET", "/desk/organisations/{code}/statistics"): Right.READ_STATISTICS,
        ("POST", "/desk/organisations/{code}/acts"): Right.CHANGE_ORGANISATIONS,
        ("POST", "/desk/organisations/{code}/below"): Right.CHANGE_ORGANISATIONS,
        ("GET", "/desk/money"): Right.READ_MONEY,
        ("POST", "/desk/money/budgets"): Right.SET_BUDGETS,
        ("GET", "/desk/money/appeals"): Right.READ_APPLICATIONS,
        ("POST", "/desk/money/appeals/{appeal}"): Right.DECIDE_APPLICATIONS,
        ("GET", "/desk/money/payouts"): Right.READ_MONEY,
        ("POST", "/desk/money/payouts"): Right.PREPARE_MONEY,
        ("GET", "/desk/money/payouts/{batch}"): Right.READ_MONEY,
        ("POST", "/desk/money/payouts/{batch}/release"): Right.RELEASE_MONEY,
        ("POST", "/desk/money/payouts/{batch}/cancel"): Right.PREPARE_MONEY,
        ("POST", "/desk/money/payouts/{batch}/return"): Right.PREPARE_MONEY,
        ("POST", "/desk/money/payouts/{batch}/export"): Right.PREPARE_MONEY,
        # What a proposal needs of its second person depends on its kind: yihui/services/approvals.py asks.
        ("GET", "/desk/approvals"): Right.READ_RULES,
        ("POST", "/desk/approvals/{number}/confirm"): Right.READ_RULES,
        ("POST", "/desk/approvals/{number}/refuse"): Right.READ_RULES,
        ("GET", "/desk/rules"): Right.READ_RULES,
        ("GET", "/desk/rules/new"): Right.WRITE_RULES,
        ("POST", "/desk/rules/new"): Right.WRITE_RULES,
        ("GET", "/desk/rules/{rule}"): Right.READ_RULES,
        ("GET", "/desk/rules/versions/{hash_}"): Right.READ_RULES,
        ("POST", "/desk/rules/versions/{hash_}/{decision}"): Right.APPROVE_RULES,
        ("POST", "/desk/rules/{rule}/stop"): Right.STOP_RULES,
        ("POST", "/desk/rules/{rule}/resume"): Right.STOP_RULES,
        ("GET", "/desk/stream"): Right.READ_OPERATION,
        ("GET", "/desk/stream/{id}"): Right.READ_OPERATION,
        ("POST", "/desk/stream/replay"): Right.OPERATE,
        ("POST", "/desk/stream/{id}/mend"): Right.OPERATE,
        ("POST", "/desk/stream/{id}/drop"): Right.OPERATE,
    }
)
