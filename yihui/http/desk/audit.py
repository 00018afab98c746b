"""/desk/audit: who did and read what, as a list and as a file; the ledger verified with published heads."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.pages import MAX_FORM_BYTES, NO_FEEDBACK, FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit
from yihui.http.multipart import UploadedFile, read_file_form

if TYPE_CHECKING:
    from yihui.services.audit import AuditQuery

PAGE_SIZE = 50
MAX_HEADS_BYTES = 16 << 20
MOST_SHOWN = 200  # rows that don't agree
_CHUNK_BYTES = 64 << 10
_FILTERS = ("actor", "act", "kind", "object", "organisation", "since", "until", "only")
_MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
VERIFICATION_FAULTS = FaultTable(
    "desk_verification",
    {
        "busy": (
            N_("the ledger is being verified for another officer"),
            N_("wait until it is done; it may take minutes"),
        ),
        "no_heads": (
            N_("a key or certificates were chosen, but no heads to check with them"),
            N_("choose the file of heads too (….heads.json or .jsonl)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class _Verification:
    """Verifies the ledger for one officer at a time: it reads every row."""

    pages: OfficerPages
    _running: Lock = field(default_factory=Lock)

    def run(self, visit: OfficerVisit, files: Mapping[str, UploadedFile], *, recompute: bool) -> Response:
        """Return the page with the result in words. *Raises*: FaultError if another verification runs."""
        if not self._running.acquire(blocking=False):
            raise FaultError(VERIFICATION_FAULTS.build("busy"))
        try:
            return self._verify(visit, files, recompute=recompute)
        finally:
            self._running.release()

    def _verify(self, visit: OfficerVisit, files: Mapping[str, UploadedFile], *, recompute: bool) -> Response:
        from yihui.services.audit import record_verification
        from yihui.services.heads import prove_heads
        from yihui.services.ledger import verify_ledger_or_export
        from yihui.views.heads import proof_lines
        from yihui.views.ledger import verification_lines

        wiring = self.pages.site.wiring
        with tempfile.TemporaryDirectory(dir=wiring.data_folder) as folder:
            written = {name: _write(Path(folder), name, file) for name, file in files.items()}
            heads, key = ([written[name]] if name in written else [] for name in ("heads", "key"))
            certificates = written.get("certificates")
            if not heads and (key or certificates):
                raise FaultError(VERIFICATION_FAULTS.build("no_heads", field="heads"))
            proofs = prove_heads(wiring, heads, key, certificates)
        published = [head for proof in proofs for head in proof.published.heads]
        found = verify_ledger_or_export(wiring, None, published, recompute_all=recompute)
        record_verification(wiring, visit.actor, len(published), len(found.disagreements))
        lines = [*verification_lines(found, visit.language, with_heads=bool(heads))]
        wrong = len(found.disagreements)
        return self.pages.render(
            visit,
            "audit_verify.html",
            wrong=lines[:wrong][:MOST_SHOWN],
            hidden=max(wrong - MOST_SHOWN, 0),
            lines=[*proof_lines(proofs, visit.language), *lines[wrong:]],
            is_sound=not wrong,
        )


def router(made: APIRouter, pages: OfficerPages) -> None:
    verification = _Verification(pages)

    @made.get("/audit")
    def audit(request: Request, before: int | None = None) -> Response:
        visit = pages.open(request, Right.READ_AUDIT)
        return _show_list(pages, visit, dict(request.query_params), before)

    @made.post("/audit/export")
    async def export(request: Request) -> Response:
        """Send the entries as a file; that they were exported is recorded first."""
        visit = await pages.open_form(request, Right.READ_AUDIT)
        sent = await read_form(request, MAX_FORM_BYTES)
        pages.check_key(visit, sent)
        return await pages.site.write_queue.run(_export, pages, visit, sent)

    @made.get("/audit/verify")
    def verify_form(request: Request) -> Response:
        return show_form(pages.open(request, Right.READ_AUDIT, PROVINCE_CODE), NO_FEEDBACK)

    def show_form(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        return pages.render(visit, "audit_verify.html", feedback, wrong=[], hidden=0, lines=[], is_sound=None)

    @made.post("/audit/verify")
    async def verify(request: Request) -> Response:
        visit = await pages.open_form(request, Right.READ_AUDIT)
        sent, files = await read_file_form(request, MAX_HEADS_BYTES)
        pages.check_key(visit, sent)
        recompute = form_value(sent, "recompute") == "yes"

        def run() -> Response:
            pages.authorise(visit, Right.READ_AUDIT, PROVINCE_CODE)
            try:
                return verification.run(visit, files, recompute=recompute)
            except FaultError as error:
                return show_form(visit, pages.refuse(visit, error, "verify"))

        return await run_in_threadpool(run)


def _show_list(
    pages: OfficerPages, visit: OfficerVisit, sent: Mapping[str, str], before: int | None
) -> Response:
    from yihui.services.audit import list_audit_entries
    from yihui.views.act_labels import act_text
    from yihui.views.audit import audit_change_lines, audit_reason_text

    chosen = {name: sent.get(name, "").strip() for name in _FILTERS}
    page = list_audit_entries(pages.site.wiring, visit.actor, _query(chosen), before, PAGE_SIZE)
    rows = [
        (
            one,
            act_text(one.act, visit.language),
            audit_reason_text(one, visit.language),
            [*audit_change_lines(one)],
        )
        for one in page.entries
    ]
    return pages.render(
        visit,
        "audit.html",
        rows=rows,
        chosen=chosen,
        first=build_link("/desk/audit", **chosen) if before else "",
        older=build_link("/desk/audit", **chosen, before=page.before) if page.before else "",
        is_whole=visit.holds_whole(Right.READ_AUDIT),
    )


def _query(chosen: Mapping[str, str]) -> "AuditQuery":
    """Build the query of a form. *Raises*: FaultError with what is wrong."""
    from yihui.runtime.arguments import parse_day
    from yihui.services.audit import AuditQuery

    since, until = chosen["since"], chosen["until"]
    return AuditQuery(
        chosen["actor"] or None,
        chosen["act"] or None,
        chosen["kind"] or None,
        chosen["object"] or None,
        chosen["organisation"] or None,
        parse_day(since, "since") if since else None,
        parse_day(until, "until") if until else None,
        chosen["only"] == "reads",
    ).check()


def _export(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> Response:
    from yihui.services.audit import iter_audit_entries, record_audit_export
    from yihui.views.audit import audit_csv_lines
    from yihui.views.audit_workbook import write_audit_workbook

    form = form_value(sent, "form")
    if form not in _MEDIA_TYPES:
        raise FaultError(FORM_FAULTS.build("choice", field="form", value=form[:40]))
    wiring, query = pages.site.wiring, _query({name: form_value(sent, name) for name in _FILTERS})
    record_audit_export(wiring, visit.actor, query, form)
    entries = iter_audit_entries(wiring, visit.actor, query)
    with tempfile.TemporaryDirectory(dir=wiring.data_folder) as folder:
        to = Path(folder) / f"audit.{form}"
        if form == "csv":
            with to.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in audit_csv_lines(entries))
        else:
            write_audit_workbook(entries, to, visit.language)
        opened = to.open("rb")  # its content stays readable after the folder is gone
    headers = {
        "Content-Disposition": f'attachment; filename="audit-{visit.day}.{form}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_iter_chunks(opened), media_type=_MEDIA_TYPES[form], headers=headers)


def _iter_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        read: Callable[[], bytes] = lambda: file.read(_CHUNK_BYTES)  # noqa: E731
        yield from iter(read, b"")


def _write(folder: Path, name: str, file: UploadedFile) -> Path:
    """Write an uploaded file under a name like its own, which the result names."""
    own = re.sub(r"[^\w.-]", "_", file.name)[-80:].lstrip(".")
    path = folder / name / (own or "file")
    path.parent.mkdir()
    path.write_bytes(file.content)
    return path
