"""Papers: documents that come with a form, those that wait for its preview, and those that a thing has."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.frame.acts import Doing, Key
from yihui.frame.content import ShownPaper
from yihui.frame.fields import TypedFile
from yihui.frame.types import Form, PaperTitle, Picture

if TYPE_CHECKING:
    from members.attachments import Attachment, AttachmentOwner
    from yihui.frame.noun import Noun
    from yihui.services.attachments.attachments import SentFile

PAPERS = "/papers"  # where a thing's papers are, below its page
PAPER_ROUTES = (f"{PAPERS}/{{paper}}/pages/{{page}}", f"{PAPERS}/{{paper}}/download")


class PaperForm(Form):
    """A document, and in a few words what it is."""

    title: Annotated[PaperTitle, Prompt(N_("What it is (no names or numbers)"))]
    picture: Annotated[Picture, Prompt(N_("Picture or PDF"))]


def list_papers(found: "Iterable[Attachment]", path: str) -> Sequence[ShownPaper]:
    """Return stored documents as a page shows them; ``path`` is that of a thing whose noun has them, empty: none may see them."""
    return [
        ShownPaper(
            one.number,
            one.title,
            f"{path}{PAPERS}/{one.number}",
            len(one.pages) if path else 0,
            one.officer,
            one.stored_at,
        )
        for one in found
    ]


def load_paper(wiring: Wiring, actor: Actor | None, noun: "Noun", key: Key, number: int) -> "Attachment":
    """Return one of a thing's papers; that it was read is recorded as for its page. *Raises*: FaultError."""
    from yihui.frame.looking import read_thing

    assert noun.papers is not None, noun.path
    return find_paper(read_thing(wiring, actor, noun, key, noun.papers), number, "number")


def find_paper(papers: "Iterable[Attachment]", number: int, field: str) -> "Attachment":
    """Return one of some documents by its number. *Raises*: FaultError if it is none of them."""
    from yihui.services.attachments.attachments import ATTACHMENT_FAULTS

    for one in papers:
        if one.number == number:
            return one
    raise FaultError(ATTACHMENT_FAULTS.build("unknown", field=field, value=number))


def store_around(wiring: Wiring, file: TypedFile | None, title: str, run: Callable[[], Key]) -> Key:
    """Store a file around an act that records it, and take it back if the act is refused; without one, just act."""
    from yihui.services.attachments.attachments import run_with_file

    return run() if file is None else run_with_file(wiring, _build(file, title), lambda _: run())


def store_paper(wiring: Wiring, form: PaperForm, run: Callable[[], Key]) -> Key:
    """Store the document of a form around its act."""
    return store_around(wiring, form.picture, form.title, run)


def record_paper(
    act: Doing[Any, Any], file: TypedFile, title: str, owner: "AttachmentOwner", most: int | None = None
) -> "Attachment":
    """Record a file that ``store_around`` stores. *Raises*: FaultError if its owner has it, or has too many."""
    from yihui.services.attachments.attachments import MOST_OF_ONE, StoredFile

    stored = StoredFile.build(_build(file, title))
    return stored.record(act.connection, owner, act.actor.id, act.now, most or MOST_OF_ONE)


def _build(file: TypedFile, title: str) -> "SentFile":
    from yihui.services.attachments.attachments import SentFile, check_title

    assert file.pictured is not None, "the form drew it"
    return SentFile(check_title(title), file.content, file.pictured)
