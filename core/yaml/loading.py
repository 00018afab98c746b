"""Load the values of a YAML file that holds settings, such as the columns of a register."""

import codecs

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from core.yaml.document import PlainValue
from core.yaml.yaml_text import parse_yaml_document

_FAULTS = FaultTable(
    "yaml",
    {"not-utf8": (N_("this is not YAML: the file is not UTF-8: {value}"), N_("save the file as UTF-8"))},
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def load_yaml(content: bytes, file: str) -> PlainValue:
    """Return the values of a file; None if it is empty. *Raises*: FaultError with every fault."""
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = error.object[error.start : error.end].hex(" ")
        raise FaultError(_FAULTS.build("not-utf8", file=file, value=wrong)) from error
    if not text.strip():
        return None
    document = parse_yaml_document(file, text)
    if document.faults:
        raise FaultError(document.sorted_faults())
    return document.value
