"""Read JSON: a document, or the plain records in it as the rows of a table."""

import json

from core.faults import Fault, FaultError, FaultTable
from core.json_keys import RepeatedKey, refuse_repeated_keys
from core.sheets.table import Row, Table, content_sha256, read_cell, seen_text
from core.sheets.text_encoding import decode_text_file
from core.text_marks import N_

_FAULTS = FaultTable(
    "json",
    {
        "not_an_object": (
            N_("the record is no object with named fields: {value}"),
            N_("write each station as an object such as {example}"),
        ),
        "no_list": (
            N_("the file holds no list of stations; found: {value}"),
            N_("give a list of objects, or an object whose “data” is such a list, with at least one in it"),
        ),
        "repeated_key": (
            N_("the key “{value}” stands twice in one object"),
            N_("keep the right one of the two"),
        ),
        "invalid": (
            N_("this is not valid JSON: {value}"),
            N_("mend the file at this line, or export it again"),
        ),
        "unreadable": (
            N_("this JSON can't be read: {value}"),
            N_("export it as a flat list of objects"),
        ),
    },
)
ARRAY_KEY = "data"


def read_json_records(content: bytes, file: str) -> Table:
    """Read ``[{…}, …]`` or ``{"data": [{…}, …]}``; row numbers count the records from 1.

    *Raises*: FaultError if there is no such array.
    """
    document, notes = parse_json_file(content, file)
    records = _array(document, file)
    headers: dict[str, None] = {}
    rows, faults = [], []
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            cells = {printable_header(name): read_cell(value) for name, value in record.items()}
            headers.update(dict.fromkeys(cells))
            rows.append(Row(number, cells))
        else:
            faults.append(
                _FAULTS.build(
                    "not_an_object",
                    file=file,
                    row=number,
                    value=ascii(record)[:80],
                    example='{"name": …, "lon": …, "lat": …}',
                )
            )
    return Table(file, tuple(headers), tuple(rows), content_sha256(content), "records", notes, tuple(faults))


def parse_json_file(content: bytes, file: str) -> tuple[object, tuple[Fault, ...]]:
    """Parse the document in a JSON file; notes tell how it was decoded. *Raises*: FaultError if it isn't valid."""
    text, notes = decode_text_file(content, file)
    try:
        return json.loads(text, object_pairs_hook=refuse_repeated_keys), notes
    except RepeatedKey as error:
        key = printable_header(str(error))[:80]
        raise FaultError(_FAULTS.build("repeated_key", file=file, value=key)) from error
    except json.JSONDecodeError as error:
        raise FaultError(_FAULTS.build("invalid", file=file, row=error.lineno, value=error.msg)) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of too many digits
        raise FaultError(_FAULTS.build("unreadable", file=file, value=error)) from error


def _array(parsed: object, file: str) -> list[object]:
    found = parsed.get(ARRAY_KEY) if isinstance(parsed, dict) else parsed
    if isinstance(found, list) and found:
        return found
    there = ", ".join(parsed) if isinstance(parsed, dict) else type(parsed).__name__
    raise FaultError(_FAULTS.build("no_list", file=file, value=there[:200]))


def printable_header(name: str) -> str:
    """Return a header as a reader sees it, without unpaired surrogates, which terminals can't print."""
    return seen_text(name.encode("utf-8", "replace").decode())
