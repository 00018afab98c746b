"""Read and write files of published chain heads, which prove later that the ledger was not rewritten."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from benefits import ChainHead
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.whole_files import write_atomically

HEADS_SUFFIX = ".heads.json"  # monday.yihui.heads.json lies beside monday.yihui
_FAULTS = FaultTable(
    "ledger_heads",
    {
        "invalid": (
            N_("this is no file of chain heads: {value}"),
            N_(
                "give a file that `yihui backup` or `yihui ledger export --out` wrote beside its own (….heads.json), "
                "or the output of `yihui ledger seal --json`"
            ),
        ),
        "empty": (
            N_("the file holds no chain heads: it proves nothing"),
            N_("give a file that was written after the first seal"),
        ),
    },
)


class _Head(BaseModel):
    model_config = ConfigDict(frozen=True)

    book: str
    lane: int
    number: int = Field(ge=1)
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    sealed_at: AwareDatetime


class _HeadsFile(BaseModel):
    heads: list[_Head]


def heads_path(beside: Path) -> Path:
    """Return the path of the heads that belong to a backup or an export."""
    return beside.with_name(beside.name + HEADS_SUFFIX)


def write_heads_file(path: Path, heads: Sequence[ChainHead], at: datetime) -> None:
    """Write the heads of all chains. They hold no personal data and may be published."""
    rows = [
        {
            "book": head.book,
            "lane": head.lane,
            "number": head.number,
            "hash": head.hash,
            "sealed_at": head.sealed_at.isoformat(),
        }
        for head in heads
    ]
    document = {"written_at": at.isoformat(), "heads": rows}
    write_atomically(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def read_heads_file(path: Path, *, allow_empty: bool = False) -> tuple[ChainHead, ...]:
    """Read published heads. *Raises*: FaultError for any other file, or one without heads; OSError."""
    try:
        parsed = _HeadsFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        value = f"{where}: {problem['msg']}" if where else problem["msg"]
        raise FaultError(_FAULTS.build("invalid", file=path.name, value=value[:200])) from error
    if not (parsed.heads or allow_empty):
        raise FaultError(_FAULTS.build("empty", file=path.name))
    return tuple(ChainHead(h.book, h.lane, h.number, h.hash, h.sealed_at) for h in parsed.heads)
