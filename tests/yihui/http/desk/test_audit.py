"""The audit room: an auditor reads, exports and verifies; of another subtree nothing is shown, and nobody else enters."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from geo.formats.files import read_table
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import acts_of
from tests.yihui.http.two_districts import FOREIGN, HERE, OTHER_UNION, OWN, THERE, UNION, TwoDistricts
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.job_tables import jobs
from yihui.http.job_runner import load_job_kinds
from yihui.services.ledger.ledger import seal_ledger, write_ledger_heads
from yihui.services.operation.job_runs import run_next_job

PAGE, VERIFY = "/desk/audit", "/desk/audit/verify"
AUDITOR, CHIEF = "auditor/inside", "auditor/ancestor"


@pytest.fixture(scope="module", autouse=True)
def entries(union: TwoDistricts) -> None:
    """Sixty acts in the first district, one of each kind in both."""
    actor = Actor("zhao.lei", "subject-2", ActorKind.OFFICER)
    with union.wiring.database.write() as connection:
        for member, code in ((OWN, UNION), (FOREIGN, OTHER_UNION)):
            entry = AuditEntry(
                "members.unmask", "member", member, f"核对 {code}", code, after={"shown": "phone"}
            )
            append_audit_entry(connection, actor, entry, NOW)
        for number in range(60):
            entry = AuditEntry("stations.change.place", "station", f"s-{number:02}", "", HERE)
            append_audit_entry(connection, actor, entry, NOW)


def export(site: Officers, who: str, form: str, **fields: str) -> httpx.Response:
    key = site.form_key(PAGE, who)
    return site.post(f"{PAGE}/export", who, form_key=key, form=form, **fields)


def test_an_auditor_reads_what_the_own_subtree_did_alone(site: Officers) -> None:
    own = text_of(site.open(f"{PAGE}?only=reads", AUDITOR))
    assert "unmask a member's data" in own and OWN in own and "what was seen: phone number" in own
    assert OTHER_UNION not in own and FOREIGN not in own and "s-01" not in own
    assert FOREIGN in text_of(site.open(f"{PAGE}?only=reads", CHIEF))
    assert site.open(f"{PAGE}?organisation={THERE}", AUDITOR).status_code == 403
    assert FOREIGN not in text_of(site.open(f"{PAGE}?kind=member&object={FOREIGN}", AUDITOR)).replace(
        f'value="{FOREIGN}"', ""
    )


def test_the_log_is_paged_by_key(site: Officers) -> None:
    first = site.open(f"{PAGE}?act=stations.change", AUDITOR)
    assert "s-59" in first.text and "s-10" in first.text and "s-09" not in first.text
    address = (
        first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    )
    second = site.open(address, AUDITOR)
    assert "s-09" in second.text and "s-10" not in second.text and 'rel="next"' not in second.text


def test_an_export_holds_the_own_subtree_and_is_recorded(site: Officers, union: TwoDistricts) -> None:
    before = acts_of(union.wiring, "csv")
    done = export(site, AUDITOR, "csv", only="reads", kind="member", object=OWN)
    assert done.status_code == 200 and "audit-2026-10-03.csv" in done.headers["content-disposition"]
    rows = [*csv.DictReader(io.StringIO(done.content.decode("utf-8-sig")))]
    assert {row["organisation"] for row in rows} == {UNION} and rows[-1]["actor"] == "zhao.lei"
    assert acts_of(union.wiring, "csv")[len(before) :] == [("li.min", "audit.read.export")]
    assert FOREIGN not in export(site, AUDITOR, "csv").text
    assert "read the audit log · exported it" in text_of(site.open(f"{PAGE}?act=audit.read", AUDITOR))


def test_a_workbook_holds_the_same_in_words(site: Officers) -> None:
    done = export(site, CHIEF, "xlsx", act="members.unmask")
    rows = read_table(done.content, "audit.xlsx").rows
    assert {row.text(("object",)) for row in rows} == {OWN, FOREIGN}
    assert {row.text(("act",)) for row in rows} == {"unmask a member's data"}


@pytest.mark.parametrize(
    ("fields", "status"), [({"form": "pdf"}, 422), ({"form": "csv", "organisation": THERE}, 403)]
)
def test_a_refused_export_is_neither_sent_nor_recorded(
    site: Officers, union: TwoDistricts, fields: dict[str, str], status: int
) -> None:
    before = acts_of(union.wiring, "csv")
    key = site.form_key(PAGE, AUDITOR)
    assert site.post(f"{PAGE}/export", AUDITOR, form_key=key, **fields).status_code == status
    assert site.post(f"{PAGE}/export", AUDITOR, form_key="made.up", form="csv").status_code == 403
    assert acts_of(union.wiring, "csv") == before


def verify(site: Officers, who: str = CHIEF, **files: tuple[str, bytes]) -> httpx.Response:
    fields = {"form_key": site.form_key(VERIFY, DEMO if who == DEMO else CHIEF)}
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    sent = files or {"none": ("", b"")}
    return site.client.post(VERIFY, data=fields, files=sent, headers=headers)


def run_verification(site: Officers, union: TwoDistricts, **files: tuple[str, bytes]) -> str:
    """Begin a verification as the demo's user, let it run, and return what its page says then.

    Earlier ones are an hour old: the site's clock stands still, and the page shows the newest.
    """
    earlier = NOW - timedelta(hours=1)
    with union.wiring.database.write() as connection:
        connection.execute(update(jobs).values(requested_at=earlier))
        connection.execute(update(jobs).where(jobs.c.ended_at.is_not(None)).values(ended_at=earlier))
    begun = verify(site, DEMO, **files)
    assert begun.status_code == 303, text_of(begun)
    run_next_job(union.wiring, load_job_kinds())
    return text_of(site.open(VERIFY, DEMO))


def test_the_ledger_is_verified_with_heads_and_without(
    site: Officers, union: TwoDistricts, tmp_path: Path
) -> None:
    seal_ledger(union.wiring)
    write_ledger_heads(union.wiring, tmp_path / "monday")
    published = (tmp_path / "monday.heads.json").read_bytes()
    told = run_verification(site, union)
    assert "everything agrees" in told and "is shown by published heads alone" in told
    told = run_verification(site, union, heads=("monday.heads.json", published))
    assert "everything agrees" in told and "monday.heads.json: signed by key" in told
    assert "as it was when they were published" in told
    assert acts_of(union.wiring, "all")[-2:] == [("demo", "audit.read.verify")] * 2
    assert "verify the ledger verification of the ledger · is done" in text_of(site.open("/desk", DEMO))


def test_only_auditors_of_the_whole_union_verify_it(site: Officers) -> None:
    assert VERIFY not in site.open(PAGE, AUDITOR).text and VERIFY in site.open(PAGE, CHIEF).text
    assert site.open(VERIFY, AUDITOR).status_code == 403
