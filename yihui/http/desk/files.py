"""Stored files as answers: shown as pictures, or downloaded; and those that wait for a form to be confirmed."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from yihui.http.desk.pages import OfficerPages
from yihui.http.multipart import UploadedFile

if TYPE_CHECKING:
    from members.attachments import Attachment

MAX_FILE_FORM_BYTES = 11 << 20  # a file of 10 MB and the fields around it
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A stored file never runs: no script, no form, no frame, an origin of its own.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/uploads/{id_}/pages/{page}")
    def page(request: Request, id_: str, page: int) -> Response:
        """Show a page of a document that came with a form and waits for its confirmation."""
        from yihui.http.desk.sent_files import load_picture
        from yihui.services.operation.uploads import UPLOAD_FAULTS

        file = load_picture(pages.site.wiring, pages.open(request).actor, id_).pictured
        if file is None or not 1 <= page <= len(file.pages):
            raise FaultError(UPLOAD_FAULTS.build("gone", field="page", value=page))
        return picture_response(file.pages[page - 1])


def saved_response(content: bytes | str, name: str, media_type: str) -> Response:
    """Answer with a file made for this request, to be saved under a name."""
    return Response(content, media_type=media_type, headers=saved_headers(name))


def saved_headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def write_named_file(folder: Path, name: str, file: UploadedFile) -> Path:
    """Write an uploaded file under a name like its own, which what is read from it names."""
    path = folder / name / (re.sub(r"[^\w.-]", "_", file.name)[-80:].lstrip(".") or "file")
    path.parent.mkdir()
    path.write_bytes(file.content)
    return path


def picture_response(content: bytes) -> Response:
    """Answer with a page of a stored file."""
    return Response(content, media_type="image/jpeg", headers=FILE_HEADERS)


def download_response(one: "Attachment", content: bytes) -> Response:
    """Answer with a whole stored file, to be saved and not opened."""
    suffix = "pdf" if one.media_type == "application/pdf" else "jpg"
    named = f'attachment; filename="attachment-{one.number}.{suffix}"'
    return Response(
        content, media_type=one.media_type, headers={**FILE_HEADERS, "Content-Disposition": named}
    )
