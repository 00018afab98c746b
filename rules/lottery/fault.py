"""A fault in a lottery file, and the field that has it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LotteryFault:
    """One fault; texts are English templates, filled by ``params``, ``{field}`` and ``{value}``."""

    field: str
    message: str
    remedy: str
    value: str | None = None
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format_map({"field": self.field, "value": self.value or "", **self.params})


class LotteryFaults(Exception):
    """Raised for a lottery that cannot be committed to or drawn, with all its faults at once."""

    def __init__(self, faults: Sequence[LotteryFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults[:5]))
