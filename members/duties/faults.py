"""Faults for which a record of an organisation's yearly cycle can't be accepted."""

from core.faults import FaultTable
from core.text_marks import N_

DUTY_FAULTS = FaultTable(
    "duty",
    {
        "to_itself": (
            N_("{value} can't pass dues up to itself"),
            N_("name the organisation that received them"),
        ),
        "no_record": (
            N_("{organisation} has no record {value} in force"),
            N_("take the record's id from: yihui organisations duties show {organisation}"),
        ),
    },
)
