"""The addresses of the officers' pages in the benchmark's town: each with ids that are there."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from sqlalchemy import text

from yihui.bootstrap import Wiring

_EXAMPLES = 3  # ids of each kind
# What a page's address names, by how it begins: the longest beginning counts. Each query gives a column for each
# name, the first rows from the demo itself; a name that isn't in the address is sent behind a question mark.
IDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("/desk/inspections/plans/{", ("thing",), "SELECT number FROM inspection_plans"),
    ("/desk/inspections/plans/{thing}/papers/", ("thing", "paper"), "SELECT subject, number FROM attachments WHERE kind = 'inspection'"),
    ("/desk/register/", ("thing",), "SELECT id FROM stations WHERE district = '370202'"),
    ("/desk/stations/", ("id:path",), "SELECT id FROM stations WHERE district = '370202'"),
    ("/desk/stations/photos/", ("number",), "SELECT number FROM station_photos"),
    ("/desk/planning/analyses/new/", ("kind",), "SELECT 'access' UNION SELECT 'coverage' UNION SELECT 'map'"),
    ("/desk/planning/analyses/", ("id_", "file"),
     "SELECT f.job, f.name FROM job_files f JOIN jobs j ON j.id = f.job WHERE j.kind = 'planning.analysis'"),
    ("/desk/planning/demand/{", ("thing",), "SELECT id FROM planning_demand_files"),
    ("/desk/planning/scenarios/", ("thing",), "SELECT number FROM planning_scenarios"),
    ("/desk/jobs/", ("id_",), "SELECT id FROM jobs WHERE officer = 'demo' AND state = 'cancelled'"),
    ("/desk/members/grants/", ("grant",), "SELECT id FROM grants WHERE member_id LIKE 'm-000%'"),
    ("/desk/members/payments/", ("payment",), "SELECT reference FROM payout_orders"),
    ("/desk/members/{thing}", ("thing",), "SELECT m.member_id FROM memberships m JOIN grants g ON g.member_id = m.member_id"
     " WHERE m.until IS NULL AND m.organisation LIKE '370202%'"),
    ("/desk/members/{member}", ("member",), "SELECT m.member_id FROM memberships m JOIN grants g ON g.member_id = m.member_id"
     " WHERE m.until IS NULL AND m.organisation LIKE '370202%'"),
    ("/desk/appeals/", ("thing",), "SELECT id FROM appeals"),
    ("/desk/corrections/", ("thing",), "SELECT member_id || '.trade' FROM memberships WHERE until IS NULL AND organisation LIKE '370202%'"),
    ("/desk/applications/{thing}/papers/", ("thing", "paper"), "SELECT min(s.sequence), a.number FROM attachments a JOIN application_steps s"
     " ON s.member_id = a.member_id AND s.application = a.subject WHERE a.kind = 'application' GROUP BY a.number"),
    ("/desk/applications/{thing}", ("thing",), "SELECT min(sequence) FROM application_steps GROUP BY member_id, application"),
    ("/desk/rider-reports/", ("thing",), "SELECT event_id FROM station_sayings WHERE voice = 'rider' AND what = 'locked'"),
    ("/desk/hotline/cases/{thing}/why", ("thing",), "SELECT number FROM hotline_cases WHERE state IN ('opened', 'dispatched', 'accepted') AND member_id IS NOT NULL"),
    ("/desk/hotline/cases/", ("thing",), "SELECT number FROM hotline_cases"),
    ("/desk/hotline/articles/", ("thing",), "SELECT number FROM hotline_articles"),
    ("/desk/joins/settings/", ("thing",), "SELECT organisation FROM join_review_settings"),
    ("/desk/joins/", ("thing",), "SELECT id FROM join_requests WHERE state = 'waiting'"),
    ("/desk/polls/", ("thing",), "SELECT id FROM polls"),
    ("/desk/organisations/{code}/", ("code",), "SELECT code FROM organisation_spans WHERE code = '370202'"),
    ("/desk/organisations/", ("thing",), "SELECT code FROM organisation_spans WHERE code IN"
     " ('370000', '370200', '370202', '370202001', '370202001-00001')"),
    ("/desk/hardship/files/{thing}/papers/", ("thing", "paper"), "SELECT subject, number FROM attachments WHERE kind = 'hardship_photo'"),
    ("/desk/hardship/files/", ("thing",), "SELECT number FROM hardship_files"),
    ("/desk/hardship/income-lines/", ("thing",), "SELECT number FROM hardship_income_lines"),
    ("/desk/mutual-aid/claims/", ("thing",), "SELECT number FROM mutual_aid_claims"),
    ("/desk/mutual-aid/policies/", ("thing",), "SELECT number FROM mutual_aid_policies"),
    ("/desk/mutual-aid/enrolments/", ("thing",), "SELECT policy_number || '.' || member_id FROM mutual_aid_enrolments"),
    ("/desk/money/payouts/{", ("thing",), "SELECT id FROM payout_batches"),
    ("/desk/money/payments/{", ("thing",), "SELECT reference FROM payout_orders"),
    ("/desk/money/debts/{", ("thing",), "SELECT id FROM clawbacks"),
    ("/desk/money/vouchers/{", ("thing",), "SELECT grant_id FROM vouchers"),
    ("/desk/money/budgets/{", ("thing",), "SELECT substr(key, 8) FROM counters WHERE key LIKE 'budget/%'"),
    ("/desk/money/reversals/{", ("thing",), "SELECT DISTINCT rule_id FROM grants"),
    ("/desk/merchants/{", ("thing",), "SELECT id FROM merchants"),
    ("/desk/rules/simulations/new", ("version",), "SELECT hash FROM rule_versions"),
    ("/desk/rules/simulations/{", ("id_",), "SELECT id FROM jobs WHERE kind = 'rules.simulation'"),
    ("/desk/rules/versions/", ("hash_",), "SELECT hash FROM rule_versions"),
    ("/desk/rules/", ("rule",), "SELECT DISTINCT rule_id FROM rule_contents"),
    ("/desk/draws/{", ("thing",), "SELECT DISTINCT rule_id FROM rule_contents"),
    ("/desk/stream/{", ("id",), "SELECT id FROM dead_letters"),
)  # fmt: skip
QUERIES: Mapping[str, Sequence[str]] = {
    "/desk/search": ("q=m-0001", "q=工会", "q=驿站", "q=历下", "q=PB0000", "q=370202", "q=生日"),
    "/desk/members": ("", "state=suspended", "organisation=370202001-00001", "page=50"),
    "/desk/organisations": ("", "name=工会", "name=370202"),
    **{f"/desk/members.{one}": ("organisation=370202001-00001",) for one in ("csv", "xlsx")},
    **{f"/desk/organisations.{one}": ("below=370202",) for one in ("csv", "xlsx")},
    "/desk/hotline/cases": ("", "state=overdue"),
    "/desk/hotline/articles": ("", "query=热水"),
    "/desk/joins": ("", "only=transfers"),
    "/desk/audit": ("", "actor=console:root"),
    "/desk/rules/new": ("", "source=birthday-cake"),
}
PARTS = {"page": "1", "form": "xlsx"}
_UPLOAD = "an upload lies encrypted for its officer alone, for a day"
_NO_DOCUMENT = "no fact of a member was corrected with a document"
_NO_FILE = "no file came with it"
_NO_PHOTO = "no keeper sent a photo"
# Pages that the town can't show, and why.
_NO_LAYOUT = "nobody has written the layout of the bank's files"
UNOPENED: Mapping[str, str] = {
    "/desk/money/bank/{thing}": _NO_LAYOUT,
    "/desk/money/bank/{thing}/change": _NO_LAYOUT,
    "/desk/members/batch/{id_}": _UPLOAD,
    "/desk/stations/import/{id_}": _UPLOAD,
    "/desk/uploads/{id_}/pages/{page}": _UPLOAD,
    "/desk/stations/photos/{number}/pages/{page}": _NO_PHOTO,
    "/desk/stations/photos/{number}/download": _NO_PHOTO,
    "/desk/corrections/{thing}/papers/{paper}/pages/{page}": _NO_DOCUMENT,
    "/desk/corrections/{thing}/papers/{paper}/download": _NO_DOCUMENT,
    "/desk/appeals/{thing}/papers/{paper}/pages/{page}": _NO_FILE,
    "/desk/appeals/{thing}/papers/{paper}/download": _NO_FILE,
    "/desk/mutual-aid/claims/{thing}/papers/{paper}/pages/{page}": _NO_FILE,
    "/desk/mutual-aid/claims/{thing}/papers/{paper}/download": _NO_FILE,
    "/desk/organisations/proposals/{thing}": "no employer has enough members in members' homes",
    "/desk/organisations/proposals/{thing}/accept": "no employer has enough members in members' homes",
    "/desk/organisations/{code}/code.html": "no organisation has a code for joining",
    "/desk/applications/lists/{number}": "no list of applications was published",
    "/desk/stream/webhooks/{id}": "no other program receives events",
}


def list_addresses(wiring: Wiring, template: str) -> list[str]:
    """Return addresses of a page with ids that are there."""
    fitting = [one for one in IDS if template.startswith(one[0])]
    if "{" not in template and not any(template == one[0] for one in fitting):
        queries = QUERIES.get(template, ("",))
        return [f"{template}?{quote(one, safe='=&')}" if one else template for one in queries]
    if not fitting:
        return []
    _, names, query = max(fitting, key=lambda one: len(one[0]))
    with wiring.database.read() as connection:
        rows = connection.execute(text(f"{query} LIMIT {_EXAMPLES}")).all()
    return [_fill(template, names, [str(one) for one in row]) for row in rows]


def _fill(template: str, names: Sequence[str], values: Sequence[str]) -> str:
    given = dict(zip(names, values, strict=True))
    filled = re.sub(
        r"\{([^}]+)\}", lambda found: quote({**PARTS, **given}[found[1]], safe=""), template
    )  # fmt: skip
    if "{" in template:
        return filled
    return f"{filled}?" + "&".join(f"{name}={quote(one)}" for name, one in zip(names, values, strict=True))
