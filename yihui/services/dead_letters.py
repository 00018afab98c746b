"""Mend a dead letter's event with an officer's changes: from options, a file, or the editor."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.faults import Fault, InputFaults
from events import DeadLetter
from events import dead_letter_repair as mending
from events.dead_letter_repair import EventEdit, apply_edits
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring
from yihui.files.editor import edit_text
from yihui.services.rule_life import acting_officer, translate_refusals

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class DeadLetterChanges:
    """The changes given as options; without any of them the editor is opened."""

    sets: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()
    file: Path | None = None


def apply_dead_letter_changes(
    wiring: Wiring, letter: DeadLetter, wanted: DeadLetterChanges, by: str, reason: str
) -> DeadLetter:
    """Mend a dead letter and return the one that replaces it. *Raises*: InputFaults."""
    mending.require_letter_text(letter)
    with translate_refusals():
        acting = acting_officer(
            wiring, by, reason
        ).require_reason()  # check the officer before opening an editor
        own = None
        if wanted == DeadLetterChanges():
            own = edit_text(_pretty(letter), ".json", wiring.data_folder)
        text = _text(letter, wanted, own)
        try:
            new = run_in_transaction(
                wiring.database,
                lambda connection: mending.mend_dead_letter(connection, letter.id, text, acting),
            )
        except InputFaults as refused:
            if own is None:
                raise
            raise InputFaults([*refused.faults, _kept(own)]) from refused
        if own is not None:
            own.unlink(missing_ok=True)
        return new


def _text(letter: DeadLetter, wanted: DeadLetterChanges, own: Path | None) -> str:
    file = own or wanted.file
    if file is not None and (wanted.sets or wanted.removals):
        raise InputFaults([_either()])
    if file is not None:
        return file.read_text("utf-8-sig")
    return apply_edits(letter.text or "", [*map(_set, wanted.sets), *map(_removal, wanted.removals)])


def _set(written: str) -> EventEdit:
    """Parse ``data.level=高级工``: valid JSON is read as JSON, everything else as text."""
    path, equals, value = written.partition("=")
    if not equals:
        raise InputFaults([_no_assignment(written)])
    try:
        content: object = json.loads(value)
    except ValueError:
        content = value
    return EventEdit(tuple(_parts(path)), content)


def _removal(path: str) -> EventEdit:
    return EventEdit(tuple(_parts(path)), is_removal=True)


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
