"""Find dead letters, and mend their events with an officer's changes: from options, a file, or the editor."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from benefits import Act
from core.faults import Fault, FaultError, FaultTable
from core.json_keys import RepeatedKey, indent_json, refuse_repeated_keys
from core.text_marks import N_
from events import DeadLetter, RunTally
from events import dead_letter_repair as mending
from events.dead_letter_repair import EventEdit, apply_edits
from events.faults import DEAD_LETTER_REASONS, EVENT_FAULTS, OTHER_DEAD_LETTER_REASON
from store import StoreError
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.files.editor import edit_text
from yihui.runtime.language import format_choices
from yihui.services.access.acting import act_as_officer, acting_officer, record_unrecorded_act, run_act

LETTER_FAULTS = FaultTable(
    "dead_letter",
    {
        "either_file": (
            N_("a file is the whole event; there is nothing to set in it"),
            N_("leave out --set and --remove, or --with"),
        ),
        "no_assignment": (
            N_("“{value}” names no field"),
            N_("write it as data.level=高级工; --remove takes data.level alone"),
        ),
        "text_saved": (
            N_("what you wrote is in {value}"),
            N_("mend it there, then: --with {value}; remove the file afterwards"),
        ),
        "no_reason": (N_("there is no reason “{value}”"), N_("choose one of {expected}")),
        "no_letter": (
            N_("no dead letter that waits has an id that begins with “{value}”"),
            N_("`yihui events dead-letters` lists those that wait"),
        ),
        "several_letters": (
            N_("{count} dead letters have ids that begin with “{value}”"),
            N_("write more of it: {ids}"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class DeadLetterChanges:
    """The changes given as options; without any of them the editor is opened."""

    sets: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()
    file: Path | None = None


def apply_dead_letter_changes(
    wiring: Wiring, letter: DeadLetter, wanted: DeadLetterChanges, by: str, reason: str
) -> DeadLetter:
    """Mend a dead letter and return the one that replaces it. *Raises*: FaultError."""
    mending.require_letter_text(letter)
    acting = acting_officer(wiring, by, reason).require_reason()  # check the officer before opening an editor
    own = None
    if wanted == DeadLetterChanges():
        own = edit_text(indent_json(letter.text or "") + "\n", ".json", wiring.data_folder)
    text = _text(letter, wanted, own)

    def work(connection: Connection) -> DeadLetter:
        mended = mending.mend_dead_letter(connection, letter.id, text, acting)
        state_act("dead_letter", letter.id, acting.reason, after={"became": mended.id})
        return mended

    try:
        new = run_act(wiring, work)
    except FaultError as refused:
        if own is None or isinstance(refused, StoreError):
            raise
        saved = LETTER_FAULTS.build("text_saved", severity="warning", value=own)
        raise FaultError([*refused.faults, saved]) from refused
    if own is not None:
        own.unlink(missing_ok=True)
    return new


def _text(letter: DeadLetter, wanted: DeadLetterChanges, own: Path | None) -> str:
    file = own or wanted.file
    if file is not None and (wanted.sets or wanted.removals):
        raise FaultError(LETTER_FAULTS.build("either_file", field="--with"))
    if file is not None:
        return file.read_text("utf-8-sig")
    return apply_edits(letter.text or "", [*map(_set, wanted.sets), *map(_parse_removal, wanted.removals)])


def _set(written: str) -> EventEdit:
    """Parse ``data.level=高级工``: valid JSON is read as JSON, everything else as text."""
    path, equals, value = written.partition("=")
    if not equals:
        raise FaultError(LETTER_FAULTS.build("no_assignment", field="--set", value=written[:80]))
    try:
        content: object = json.loads(value, object_pairs_hook=refuse_repeated_keys)
    except RepeatedKey as repeated:
        raise FaultError(EVENT_FAULTS.build("repeated_key", field="--set", value=repeated)) from repeated
    except ValueError:
        content = value
    return EventEdit(tuple(_parts(path)), content)


def _parse_removal(path: str) -> EventEdit:
    return EventEdit(tuple(_parts(path)), is_removal=True)


def _parts(path: str) -> Iterator[str]:
    for part in path.strip().split("."):
        if not part:
            raise FaultError(LETTER_FAULTS.build("no_assignment", field="--set", value=path[:80]))
        yield part


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """The oldest dead letters that wait, and how many wait for each reason, the most frequent first."""

    letters: Sequence[DeadLetter]
    reasons: Mapping[str, int]


def load_dead_letter_page(wiring: Wiring, reason: str, limit: int) -> DeadLetterPage:
    """Load the oldest letters that wait, of one reason or of all, without reading the others."""
    from events.dead_letters import count_dead_letters_by_reason, find_dead_letters

    with wiring.database.read() as connection:
        reasons = count_dead_letters_by_reason(connection)
        letters = find_dead_letters(connection, reason=reason or None, limit=limit)
    return DeadLetterPage(sorted(letters, key=_in_order), reasons)


def select_dead_letters(
    wiring: Wiring, ids: Iterable[str], reason: str | None, option: str
) -> list[DeadLetter]:
    """Return unresolved dead letters in order, all or by id or reason.

    *Raises*: FaultError for an unknown id or reason.
    """
    from events.dead_letters import find_dead_letters

    with wiring.database.read() as connection:
        waiting = sorted(find_dead_letters(connection), key=_in_order)
    found = [item for item in waiting if not reason or item.reason == reason]
    if reason and not found and reason not in DEAD_LETTER_REASONS:
        raise FaultError([_no_reason(reason, waiting, wiring)])
    wanted = tuple(ids)
    strange = [id for id in wanted if not any(item.id.startswith(id) for item in found)]
    if strange:
        raise FaultError([LETTER_FAULTS.build("no_letter", field=option, value=id) for id in strange])
    return [item for item in found if not wanted or item.id.startswith(wanted)]


def single_dead_letter(found: Sequence[DeadLetter], beginning: str) -> DeadLetter:
    """Return the only dead letter found. *Raises*: FaultError if there is none or more than one."""
    if not found:
        raise FaultError(LETTER_FAULTS.build("no_letter", field="ID", value=beginning))
    if len(found) > 1:
        ids = ", ".join(item.id for item in found[:5])
        raise FaultError(
            LETTER_FAULTS.build("several_letters", field="ID", value=beginning, count=len(found), ids=ids)
        )
    return found[0]


def load_dead_letter(wiring: Wiring, beginning: str) -> tuple[DeadLetter, list[Act]]:
    """Load a dead letter, waiting or not, and what officers did about it. *Raises*: FaultError."""
    from events.dead_letters import find_letters_by_prefix

    with wiring.database.read() as connection:
        item = single_dead_letter(find_letters_by_prefix(connection, beginning), beginning)
        return item, mending.list_letter_acts(connection, item.id)


def drop_selected_letters(wiring: Wiring, beginnings: Sequence[str], by: str, reason: str) -> list[str]:
    """Leave the events of dead letters out for good. Return the letters' ids. *Raises*: FaultError."""
    waiting = select_dead_letters(wiring, beginnings, None, "ID")
    ids = [
        single_dead_letter([item for item in waiting if item.id.startswith(beginning)], beginning).id
        for beginning in beginnings
    ]
    act_as_officer(
        wiring, by, reason, lambda connection, acting: mending.drop_dead_letters(connection, ids, acting)
    )
    return ids


def replay_letters(wiring: Wiring, letters: list[DeadLetter], *, dry_run: bool = False) -> RunTally:
    """Process dead letters again and seal, or only compute the outcomes (``dry_run``)."""
    from yihui.services.ledger.sealing import seal_after_batches

    tally = RunTally()
    if dry_run:
        tally.add(wiring.runner.rehearse_dead_letters(letters))
        return tally
    record_unrecorded_act(wiring)  # before its batches: the log names who replayed, however far they come
    for batch in seal_after_batches(wiring, [wiring.runner.replay_dead_letters(letters)]):
        tally.add(batch)
    return tally


def _in_order(item: DeadLetter) -> tuple[object, ...]:
    """Sort key: time, then file and line; line 9 comes before line 10."""
    file, _, line = item.origin.rpartition(":")
    return item.recorded_at, *((file, int(line)) if line.isdecimal() else (item.origin, 0)), item.id


def _no_reason(reason: str, waiting: list[DeadLetter], wiring: Wiring) -> Fault:
    there = sorted({item.reason for item in waiting}) or sorted(DEAD_LETTER_REASONS)
    titles = {code: DEAD_LETTER_REASONS.get(code, OTHER_DEAD_LETTER_REASON) for code in there}
    expected = format_choices(titles, wiring.language)
    return LETTER_FAULTS.build("no_reason", field="--reason", value=reason, expected=expected)
