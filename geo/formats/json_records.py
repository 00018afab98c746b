"""Read JSON as open-data portals publish it: an array of flat objects, or an object that holds one."""

import json

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.formats.cells import format_cell
from geo.formats.csv import decode_text_file
from geo.formats.table import Row, Table, content_sha256

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
        "invalid": (
            N_("this is not valid JSON: {value}"),
            N_("mend the file at this line, or export it again"),
        ),
        "unreadable": (
            N_("this JSON can't be read: {value}"),
            N_("export the stations as a flat list of objects"),
        ),
    },
)

ARRAY_KEY = "data"


def read_json_records(content: bytes, file: str) -> Table:
    """Read ``[{…}, …]`` or ``{"data": [{…}, …]}``; row numbers count the records from 1.

    *Raises*: FaultError if there is no such array.
    """
    _, notes = decode_text_file(content, file)
    records = _array(parse_json_file(content, file), file)
    headers: dict[str, None] = {}
    rows, faults = [], []
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            cells = {printable_header(name): format_cell(value) for name, value in record.items()}
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


def parse_json_file(content: bytes, file: str) -> object:
    """Parse the document in a JSON file. *Raises*: FaultError if it isn't valid."""
    text, _ = decode_text_file(content, file)
    try:
        parsed: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise FaultError(_FAULTS.build("invalid", file=file, row=error.lineno, value=error.msg)) from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of too many digits
        raise FaultError(_FAULTS.build("unreadable", file=file, value=error)) from error
    return parsed


def _array(parsed: object, file: str) -> list[object]:
    found = parsed.get(ARRAY_KEY) if isinstance(parsed, dict) else parsed
    if isinstance(found, list) and found:
        return found
    there = ", ".join(parsed) if isinstance(parsed, dict) else type(parsed).__name__
    raise FaultError(_FAULTS.build("no_list", file=file, value=there[:200]))


def printable_header(name: str) -> str:
    """Return a header without unpaired surrogates, which JSON may contain but terminals can't print."""
    return name.encode("utf-8", "replace").decode()
