"""Store the forms of explanations, each once; read stored explanations with their words, and what decisions use."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, select

from benefits.messages.explanation import (
    ExplanationForm,
    compute_form_id,
    expand_explanation,
    form_id,
    form_of,
    parse_form,
)
from benefits.model.chunks import chunks
from benefits.model.faults import naming_row
from benefits.tables.decisions import explanation_forms
from benefits.tables.draws import returned_places
from rules import Decision
from store import append_missing_rows

CounterUses = Mapping[str, int]
_NO_WORDS: Mapping[str, Any] = {"title": "", "conditions": [], "reasons": []}


def store_explanation_forms(connection: Connection, decisions: Iterable[Decision]) -> None:
    """Store the forms of decisions that aren't there yet.

    Call it once in a transaction, before a counter is locked: another writer of the same new form waits for its end,
    and in the order of ids two of them can't deadlock.
    """
    contents = {form.id: form.content for form in map(form_of, decisions)}
    rows = [{"id": id_, "content": contents[id_]} for id_ in sorted(contents)]
    append_missing_rows(connection, explanation_forms, rows)


def read_explanation_forms(connection: Connection, texts: Iterable[str]) -> dict[str, ExplanationForm]:
    """Return the forms of stored explanations by their ids; a form that was tampered with is left out."""
    wanted: set[str] = set()
    for text in texts:
        with suppress(ValueError, TypeError):
            if (id_ := form_id(text)) is not None:
                wanted.add(id_)
    forms: dict[str, ExplanationForm] = {}
    for some in chunks(sorted(wanted)):
        query = select(explanation_forms).where(explanation_forms.c.id.in_(some))
        for row in connection.execute(query):
            if compute_form_id(row.content) == row.id:
                forms[row.id] = parse_form(row.content)
    return forms


def read_explanations(connection: Connection, texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the whole explanations of stored ones, under the same keys.

    One whose words are gone or were changed has no title, condition or reason; ``verify`` reports it.
    *Raises*: FaultError that names the decision if a text is no explanation.
    """
    forms = read_explanation_forms(connection, texts.values())
    found = {}
    for key, text in texts.items():
        with naming_row("decisions", key):
            id_ = form_id(text)
            is_lost = id_ is not None and id_ not in forms
            content = (
                {**_NO_WORDS, "uses": from_json(text)["uses"]} if is_lost else expand_explanation(text, forms)
            )
            found[key] = {**content, **{name: content[name] for name in (*_NO_WORDS, "uses")}}
    return found


def read_uses(id_: str, text: str) -> dict[str, int]:
    """Return what a decision's explanation says it used of counters. *Raises*: FaultError that names it."""
    with naming_row("decisions", id_):
        return dict(from_json(text)["uses"])


def read_returned_keys(connection: Connection, grant_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the quotas' counters to which these grants gave back their places, by grant."""
    found: dict[str, frozenset[str]] = {}
    for some in chunks(sorted(set(grant_ids))):
        query = select(returned_places.c.grant_id, returned_places.c.key).where(
            returned_places.c.grant_id.in_(some)
        )
        for grant_id, key in connection.execute(query):
            found[grant_id] = found.get(grant_id, frozenset()) | {key}
    return found


def without_returned(connection: Connection, uses: Mapping[str, CounterUses]) -> dict[str, dict[str, int]]:
    """Return what grants use of counters, by grant, without the places that they gave back before."""
    returned = read_returned_keys(connection, uses)
    return {
        id_: {key: amount for key, amount in used.items() if key not in returned.get(id_, ())}
        for id_, used in uses.items()
    }
