"""Files of a member's form: each is stored as it comes, and waits until she hands the form in."""

from typing import TYPE_CHECKING, Any

from core.text_marks import N_
from members.attachments import AttachmentOwner
from yihui.access.acting import Acting, acting_as
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.frame.acts import Key, Kind
from yihui.frame.looking import read_thing
from yihui.frame.noun import load_own_nouns
from yihui.http.body import FormFields, form_value
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.services.attachments.attachments import SentFile

ATTACH, REMOVE = "attach", "remove-"  # what the buttons say beside the file's field, and beside each file
USUAL_TITLE = N_("A paper")
NO_KEY = "new"  # the key of a form that is about nothing that is there


def require_form(wiring: Wiring, actor: Actor, papers: str, key: str) -> bool:
    """Return whether a form takes files by this name. *Raises*: FaultError if it is about what isn't the member's."""
    for noun in load_own_nouns().values():
        for act in noun.acts:
            if act.papers == papers:
                if not act.makes or key != NO_KEY:
                    read_thing(wiring, actor, noun, read_key(act.kind, key), lambda *_: None)
                return True
    return False


def read_key(kind: Kind[Any], text: str) -> Key:
    """Return the key that an address names; for what is no number one that nothing has."""
    if kind.key is str:
        return text
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 2**62


def read_title(language: Language, typed: str) -> str:
    """Return what a file is; the usual word if the member says nothing."""
    return typed.strip() or language.translate(USUAL_TITLE)


def read_paper(
    wiring: Wiring, actor: Actor, language: Language, sent: FormFields, content: bytes
) -> "SentFile | None":
    """Check and draw a file that came with a form; it takes seconds. None: none came. *Raises*: FaultError."""
    from yihui.services.attachments.attachments import read_sent_file, require_room_for_own_file

    if not content and form_value(sent, "act") != ATTACH:
        return None
    require_room_for_own_file(wiring, actor.id)
    return read_sent_file(read_title(language, form_value(sent, "title")), content)


def list_waiting(wiring: Wiring, owner: AttachmentOwner | None) -> dict[str, Any]:
    """Return what the part of a form with its files shows; nothing for a form that takes none."""
    if owner is None:
        return {"waiting": (), "place": ""}
    from yihui.files.pictures import MAX_FILE_BYTES
    from yihui.services.attachments.attachments import list_waiting_files

    waiting = list_waiting_files(wiring, owner)
    return {"place": owner.subject, "waiting": waiting, "most_bytes": MAX_FILE_BYTES}


def change_papers(
    wiring: Wiring, acting: Acting, owner: AttachmentOwner | None, sent: FormFields, file: "SentFile | None"
) -> bool:
    """Store a file that came, or remove the one whose button was tapped; return whether that was all. *Raises*: FaultError."""
    from yihui.services.attachments.attachments import add_own_file, remove_own_file

    assert owner is not None, "the form takes files"
    chosen = form_value(sent, "act")
    number = chosen.removeprefix(REMOVE) if chosen.startswith(REMOVE) else ""
    with acting_as(acting):
        if file is not None:
            add_own_file(wiring, acting.actor, owner, file)
        if number.isdecimal() and len(number) < 18:
            remove_own_file(wiring, acting.actor, owner, int(number))
    return chosen == ATTACH or bool(number)
