"""Files of the officers' pages: stored ones as answers, and those that come with a form.

Pictures of a form are drawn before its act. The picture that a preview shows is stored for a day, for its officer alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, TypeAdapter

from core.faults import FaultError
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.files.pictures import PicturedFile
from yihui.frame.acts import Act
from yihui.frame.content import Papers, ShownPaper
from yihui.frame.feedback import SENT_FORM_FAULTS
from yihui.frame.fields import FieldKind, TypedFile, fields_of, hidden_fields
from yihui.frame.pages import OfficerPages
from yihui.frame.types import draw_picture
from yihui.http.body import FormFields, UploadedFile, form_value
from yihui.operations.uploads import UPLOAD_FAULTS, delete_upload, load_upload, store_upload
from yihui.runtime.language import Language

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
Files = Mapping[str, UploadedFile]
Drawn = Mapping[str, object]  # by its field a drawn picture, or the fault that it is wrong
_PICTURE = TypeAdapter(
    tuple[str, bytes, str, bytes, tuple[bytes, ...]],
    config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64"),
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/uploads/{id_}/pages/{page}")
    def page(request: Request, id_: str, page: int) -> Response:
        """Show a page of a document that came with a form and waits for its confirmation."""
        file = load_picture(pages.site.wiring, pages.open(request).actor, id_).pictured
        if file is None or not 1 <= page <= len(file.pages):
            raise FaultError(UPLOAD_FAULTS.build("gone", field="page", value=page))
        return picture_response(file.pages[page - 1])


def saved_response(content: bytes | str, name: str, media_type: str) -> Response:
    """Answer with a file made for this request, to be saved under a name."""
    return Response(content, media_type=media_type, headers=saved_headers(name))


def saved_headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


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


def draw_pictures(wiring: Wiring, actor: Actor, act: Act[Any, Any], sent: FormFields, files: Files) -> Drawn:
    """Draw the pictures of a form; return each, or its fault. Where no file is sent, use the picture of the preview.

    Drawing takes seconds, so that the caller does it before the act waits for its turn to write.
    """
    drawn: dict[str, object] = {}
    for name in _list_names(act, FieldKind.PICTURE):
        if name in files:
            drawn[name] = draw_picture(TypedFile(files[name].name, files[name].content))
        elif id_ := form_value(sent, f"{name}_upload"):
            try:
                drawn[name] = load_picture(wiring, actor, id_)
            except FaultError as error:
                drawn[name] = error
    return drawn


def store_files(
    wiring: Wiring, actor: Actor, act: Act[Any, Any], sent: FormFields, files: Files, drawn: Drawn
) -> tuple[Files, FormFields]:
    """Store the files of a form, so that the act that follows a preview has them, too; return those that count.

    What is typed later counts before them.
    """
    found, known = dict(files), dict(sent)
    if act.preview is not None:
        known = {**known, **store_pictures(wiring, actor, files, drawn)}
    for name in (*_list_names(act, FieldKind.LIST), *_list_names(act, FieldKind.FILE)):
        stored = f"{name}_upload"
        if name in files:
            if form_value(sent, name):
                raise FaultError(SENT_FORM_FAULTS.build("list_twice", field=name))
            if name in hidden_fields(act.form):
                _require_vault(wiring)
            known[stored] = [store_upload(wiring, actor, files[name].name, files[name].content, {})]
        elif (id_ := form_value(sent, stored)) and not form_value(sent, name):
            try:
                upload = load_upload(wiring, actor, id_)
            except FaultError as error:
                raise error.at(field=name) from error
            found[name] = UploadedFile(upload.name, upload.content)
    return found, known


def _require_vault(wiring: Wiring) -> None:
    """Refuse to store a file that is nobody's to read where it would lie in clear. *Raises*: FaultError."""
    from members.vault import VAULT_FAULTS

    if wiring.vault is None:
        raise FaultError(VAULT_FAULTS.build("no_key", field=wiring.vault_key_store.place))


def store_pictures(wiring: Wiring, actor: Actor, files: Files, drawn: Drawn) -> FormFields:
    """Store the pictures that came with a form, so that it has them when it is sent again; return what names them."""
    return {
        f"{name}_upload": [_store_picture(wiring, actor, picture)]
        for name, picture in drawn.items()
        if name in files and isinstance(picture, TypedFile)
    }


def show_pictures(act: Act[Any, Any], sent: FormFields, drawn: Drawn, language: Language) -> Iterator[Papers]:
    """Yield the documents that came with a form, as the page of its preview shows them."""
    titles = {one.name: language.translate(one.prompt.title) for one in fields_of(act.form)}
    for name, file in drawn.items():
        if isinstance(file, TypedFile) and file.pictured is not None:
            path, pages = f"/desk/uploads/{form_value(sent, f'{name}_upload')}", len(file.pictured.pages)
            yield Papers(name, "", [ShownPaper(0, titles[name], path, pages, "", None)])


def delete_files(wiring: Wiring, act: Act[Any, Any], sent: FormFields) -> None:
    """Delete the stored files of a form that led to an act."""
    for kind in (FieldKind.PICTURE, FieldKind.LIST, FieldKind.FILE):
        for name in _list_names(act, kind):
            delete_upload(wiring, form_value(sent, f"{name}_upload"))


def load_picture(wiring: Wiring, actor: Actor, id_: str) -> TypedFile:
    """Return a stored picture of an officer. *Raises*: FaultError if it is gone, or another officer's."""
    try:
        stored = load_upload(wiring, actor, id_).content
        name, content, media_type, drawn, pages = _PICTURE.validate_json(stored)
    except ValueError as error:  # a list, and no picture
        raise FaultError(UPLOAD_FAULTS.build("gone", field="file", value=id_[:40])) from error
    return TypedFile(name, content, PicturedFile(media_type, drawn, pages))


def _store_picture(wiring: Wiring, actor: Actor, file: TypedFile) -> str:
    """Store a picture with its drawn pages, which are drawn once."""
    drawn = file.pictured
    assert drawn is not None, "it was drawn"
    whole = (file.name, file.content, drawn.media_type, drawn.content, drawn.pages)
    return store_upload(wiring, actor, file.name, _PICTURE.dump_json(whole), {})


def _list_names(act: Act[Any, Any], kind: FieldKind) -> Sequence[str]:
    return [one.name for one in fields_of(act.form) if one.kind is kind]
