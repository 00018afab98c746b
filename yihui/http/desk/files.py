"""Stored files as answers: shown as pictures, or downloaded; and those that wait for a form to be confirmed."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from yihui.http.desk.pages import OfficerPages

if TYPE_CHECKING:
    from members.attachments import Attachment

MAX_FILE_FORM_BYTES = 11 << 20  # a file of 10 MB and the fields around it
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
        from yihui.frame.sent_files import load_picture
        from yihui.services.operation.uploads import UPLOAD_FAULTS

        file = load_picture(pages.site.wiring, pages.open(request).actor, id_).pictured
        if file is None or not 1 <= page <= len(file.pages):
            raise FaultError(UPLOAD_FAULTS.build("gone", field="page", value=page))
        return picture_response(file.pages[page - 1])


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
