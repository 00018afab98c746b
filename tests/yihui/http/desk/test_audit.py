"""The audit room: an auditor reads, exports and verifies; of another subtree nothing is shown, and nobody else enters."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import acts_of, send_files
from tests.yihui.http.two_districts import FOREIGN, HERE, OTHER_UNION, OWN, THERE, UNION, TwoDistricts
from tools.servers.desk import DEMO, Officers, text_of
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.job_tables import jobs
from yihui.files.ledger_heads import render_public_key
from yihui.http.job_runner import load_job_kinds
from yihui.services.ledger.ledger import seal_ledger, write_ledger_heads
from yihui.services.operation.job_runs import run_next_job

PAGE, VERIFY = "/desk/audit", "/desk/audit/verify"
UPLOAD = re.compile(r'name="(\w+)_upload" value="([0-9a-f]{32})"')
AUDITOR, CHIEF = "auditor/inside", "auditor/ancestor"


@pytest.fixture(scope="module", autouse=True)
def entries(union: TwoDistricts) -> None:
    """An act on a member of each district, and one on a station of the first."""
    actor = Actor("zhao.lei", "subject-2", ActorKind.OFFICER)
    with union.wiring.database.write() as connection:
        for member, code in ((OWN, UNION), (FOREIGN, OTHER_UNION)):
            entry = AuditEntry(
                "members.unmask", "member", member, f"核对 {code}", code, after={"shown": "phone"}
            )
            append_audit_entry(connection, actor, entry, NOW)
        entry = AuditEntry("stations.change.place", "station", "s-01", "", HERE)
        append_audit_entry(connection, actor, entry, NOW)


def export(site: Officers, who: str, form: str, **fields: str) -> httpx.Response:
    key = site.form_key(PAGE, who)
    return site.post(f"{PAGE}/export", who, form_key=key, form=form, **fields)


def test_an_auditor_reads_what_the_own_subtree_did_alone(site: Officers) -> None:
    own = text_of(site.open(f"{PAGE}?only=reads", AUDITOR))
    assert (
        "see members' names and numbers, with a reason" in own
        and OWN in own
        and "what was seen: phone number" in own
    )
    assert OTHER_UNION not in own and FOREIGN not in own and "s-01" not in own
    assert FOREIGN in text_of(site.open(f"{PAGE}?only=reads", CHIEF))
    assert site.open(f"{PAGE}?organisation={THERE}", AUDITOR).status_code == 403
    assert FOREIGN not in text_of(site.open(f"{PAGE}?kind=member&object={FOREIGN}", AUDITOR)).replace(
        f'value="{FOREIGN}"', ""
    )


def test_an_export_holds_the_own_subtree_and_is_recorded(site: Officers, union: TwoDistricts) -> None:
    before = acts_of(union.wiring, "csv")
    done = export(site, AUDITOR, "csv", only="reads", kind="member", object=OWN)
    assert done.status_code == 200 and "audit-2026-10-03.csv" in done.headers["content-disposition"]
    rows = [*csv.DictReader(io.StringIO(done.content.decode("utf-8-sig")))]
    assert {row["organisation"] for row in rows} == {UNION} and rows[-1]["actor"] == "zhao.lei"
    assert acts_of(union.wiring, "csv")[len(before) :] == [("li.min", "audit.read.export")]
    assert FOREIGN not in export(site, AUDITOR, "csv").text
    assert export(site, AUDITOR, "csv", organisation=THERE).status_code == 403
    assert "read the audit log · exported it" in text_of(site.open(f"{PAGE}?act=audit.read", AUDITOR))


def verify(
    site: Officers, who: str = CHIEF, kept: Mapping[str, str] = {}, **files: tuple[str, bytes]
) -> httpx.Response:
    key = site.form_key(VERIFY, DEMO if who == DEMO else CHIEF)
    stored = {f"{name}_upload": id_ for name, id_ in kept.items()}
    return send_files(site, VERIFY, who, files or {"none": ("", b"")}, form_key=key, **stored)


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


def test_a_refused_verification_keeps_its_files_but_the_one_that_is_wrong(
    site: Officers, union: TwoDistricts, tmp_path: Path
) -> None:
    seal_ledger(union.wiring)
    write_ledger_heads(union.wiring, tmp_path / "monday")
    published = (tmp_path / "monday.heads.json").read_bytes()
    key = ("us.pem", render_public_key(union.wiring.heads_signer.public_key).encode())
    refused = verify(site, DEMO, key=key)
    assert refused.status_code == 422
    kept = dict(UPLOAD.findall(refused.text))
    assert kept.keys() == {"key"}
    again = verify(site, DEMO, kept, heads=("monday.heads.json", b"{}"))
    assert again.status_code == 422 and dict(UPLOAD.findall(again.text)) == kept
    done = verify(site, DEMO, kept, heads=("monday.heads.json", published))
    assert done.status_code == 303, text_of(done)
    gone = verify(site, DEMO, kept)
    assert gone.status_code in (404, 422) and not UPLOAD.findall(gone.text), "what was used is deleted"


def test_only_auditors_of_the_whole_union_verify_it(site: Officers) -> None:
    assert VERIFY not in site.open(PAGE, AUDITOR).text and VERIFY in site.open(PAGE, CHIEF).text
    assert site.open(VERIFY, AUDITOR).status_code == 403
