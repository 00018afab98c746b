"""/desk/hardship/files/…/pictures: a photograph of a case file or the receipt of a visit, page by page."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from members.attachments import AttachmentKind
from yihui.access.roles import Right
from yihui.frame.fields import fields_of
from yihui.frame.forms import FormView
from yihui.http.desk.files import download_response, picture_response
from yihui.http.desk.pages import OfficerPages
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from members.attachments import Attachment
    from members.hardship.case import HardshipFile

_PATH = "/hardship/files/{thing}/pictures/{picture}"
_Key = Annotated[int, Path(ge=1, lt=2**63)]


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    def load(request: Request, thing: int, picture: int) -> "tuple[OfficerVisit, HardshipFile, Attachment]":
        from yihui.cases.hardship.pages import NOUN
        from yihui.cases.hardship.photos import load_picture

        visit = pages.open(request, Right.READ_HARDSHIP)
        return visit, *load_picture(wiring, visit.actor, NOUN, thing, picture)

    @made.get(_PATH)
    def show(request: Request, thing: _Key, picture: _Key) -> Response:
        from yihui.cases.hardship.pages import NOUN
        from yihui.cases.hardship.photos import DELETE_PHOTO

        visit, file, found = load(request, thing, picture)
        may_delete = found.kind is AttachmentKind.HARDSHIP_PHOTO and visit.holds(Right.KEEP_HARDSHIP)
        reason = [one for one in fields_of(DELETE_PHOTO.form) if one.name == "reason"]
        return pages.render(
            visit,
            "hardship_picture.html",
            noun=NOUN,
            act=DELETE_PHOTO,
            form=FormView(reason, visit.language, prefix=DELETE_PHOTO.name) if may_delete else None,
            one=found,
            version=file.version,
            path=f"/desk/{NOUN.path}/{thing}",
        )

    @made.get(f"{_PATH}/pages/{{page}}")
    def page(request: Request, thing: _Key, picture: _Key, page: int) -> Response:
        from yihui.services.attachments.attachments import read_page

        _, _, found = load(request, thing, picture)
        return picture_response(read_page(wiring, found, page))

    @made.get(f"{_PATH}/download")
    def download(request: Request, thing: _Key, picture: _Key) -> Response:
        from yihui.services.attachments.attachments import read_whole

        _, _, found = load(request, thing, picture)
        return download_response(found, read_whole(wiring, found))
