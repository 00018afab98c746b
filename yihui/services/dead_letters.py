"""A dead letter's event as an officer wants it: from options, a file, or the editor."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.faults import Fault, InputFaults
from events import DeadLetter
from events import dead_letter_repair as mending
from events.dead_letter_repair import Edit, edited
from events.retries import in_transaction
from yihui.bootstrap import Wiring
from yihui.cli.editor import in_editor
from yihui.services.rule_life import officer, refusals_told

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say; nothing of it: the editor is opened."""

    sets: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()
    file: Path | None = None


def mended(wiring: Wiring, letter: DeadLetter, wanted: Wanted, by: str, reason: str) -> DeadLetter:
    """The letter that waits in the old one's place. *Raises*: InputFaults."""
    mending.require_text(letter)
    with refusals_told():
        acting = officer(wiring, by, reason).with_reason()  # before anybody is sent to an editor
        own = None
        if wanted == Wanted():
            own = in_editor(_pretty(letter), ".json", wiring.data_folder)
        text = _text(letter, wanted, own)
        try:
            new = in_transaction(
                wiring.database, lambda connection: mending.mend(connection, letter.id, text, acting)
            )
        except InputFaults as refused:
            if own is None:
                raise
            raise InputFaults([*refused.faults, _kept(own)]) from refused
        if own is not None:
            own.unlink(missing_ok=True)
        return new


def _text(letter: DeadLetter, wanted: Wanted, own: Path | None) -> str:
    file = own or wanted.file
    if file is not None and (wanted.sets or wanted.removals):
        raise InputFaults([_either()])
    if file is not None:
        return file.read_text("utf-8-sig")
    return edited(letter.text or "", [*map(_set, wanted.sets), *map(_removal, wanted.removals)])


def _set(written: str) -> Edit:
    """``data.level=高级工``: what is JSON is read as JSON, all else as text."""
    path, equals, value = written.partition("=")
    if not equals:
        raise InputFaults([_no_assignment(written)])
    try:
        content: object = json.loads(value)
    except ValueError:
        content = value
    return Edit(tuple(_parts(path)), content)


def _removal(path: str) -> Edit:
    return Edit(tuple(_parts(path)), is_removal=True)


def _parts(path: str) -> Iterator[str]:
    for part in path.strip().split("."):
        if not part:
            raise InputFaults([_no_assignment(path)])
        yield part


def _pretty(letter: DeadLetter) -> str:
    try:
        return json.dumps(json.loads(letter.text or ""), ensure_ascii=False, indent=2) + "\n"
    except ValueError:
        return letter.text or ""


def _either() -> Fault:
    return Fault(
        N_("a file is the whole event; there is nothing to set in it"),
        N_("leave out --set and --remove, or --with"),
        field="--with",
    )


def _no_assignment(written: str) -> Fault:
    return Fault(
        N_("“{value}” names no field"),
        N_("write it as data.level=高级工; --remove takes data.level alone"),
        field="--set",
        value=written[:80],
    )


def _kept(path: Path) -> Fault:
    return Fault(
        N_("what you wrote is in {value}"),
        N_("mend it there, then: --with {value}; remove the file afterwards"),
        severity="warning",
        value=str(path),
    )
