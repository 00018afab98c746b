"""Show published heads: who signed them, and who received them."""

from collections.abc import Iterable, Iterator, Mapping

from core.civil_time import format_civil_instant, format_wall_clock
from core.text_marks import N_
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.ledger.heads import DeliveryState, HeadDelivery, HeadsProof, ProofSummary

_STATES: Mapping[DeliveryState, str] = {
    "sent": N_("{place}: sent"),
    "current": N_("{place}: has the newest heads"),
    "waiting": N_("{place}: waits"),
    "failed": N_("{place}: not sent: {fault}"),
}
_UNSIGNED = N_("{file}: not signed: whoever could write this file could have made it up")
_TRUSTED = N_("{file}: signed by key {key} at {at}")
_UNPROVED = N_("{file}: signed by key {key} at {at}; nobody has compared the key: --heads-key")


def proof_json(proof: HeadsProof) -> dict[str, object]:
    """Return what heads prove by themselves, for programs."""
    found = proof.published
    return {
        "file": found.file,
        "heads": len(found.heads),
        "written_at": format_civil_instant(found.written_at) if found.written_at else None,
        "key_id": found.key_id,
        "is_trusted": proof.is_trusted,
    }


def proof_lines(proofs: Iterable[ProofSummary], language: Language) -> Iterator[str]:
    """Yield a line for each file of heads."""
    for found in proofs:
        at = format_wall_clock(found.written_at) if found.written_at else ""
        template = _UNSIGNED if found.key_id is None else _TRUSTED if found.is_trusted else _UNPROVED
        yield language.render(template, file=found.file, key=found.key_id, at=at)


def delivery_json(one: HeadDelivery, language: Language) -> dict[str, object]:
    """Return what became of a receiver, for programs."""
    fault = None if one.fault is None else fault_line(one.fault, language).message
    return {"place": one.place, "state": one.state, "fault": fault}


def delivery_lines(done: Iterable[HeadDelivery], language: Language) -> Iterator[str]:
    """Yield a line for each receiver."""
    for one in done:
        fault = "" if one.fault is None else fault_line(one.fault, language).message
        yield language.render(_STATES[one.state], place=one.place, fault=fault)
