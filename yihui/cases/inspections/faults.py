"""What is wrong with a plan of an inspection, or with what an inspector records."""

from core.faults import FaultTable
from core.text_marks import N_

INSPECTION_FAULTS = FaultTable(
    "inspection",
    {
        "unknown": (N_("there is no inspection {value}"), N_("choose one of the list")),
        "station": (
            N_("there is no station {value} in your districts"),
            N_("choose one of the register"),
        ),
        "planned": (
            N_("an inspection of the station {value} is planned already"),
            N_("record or withdraw that one first"),
        ),
        "over": (N_("the inspection {value} has ended already"), N_("look at what it found")),
        "none": (
            N_("no station of the district {value} is left to plan"),
            N_("inspections of all that match are planned, or they were inspected since that day"),
        ),
        "too_many": (
            N_("{count} stations are more than can be planned at once"),
            N_("choose a smaller district or one kind; at most {most} go together"),
        ),
        "past": (N_("{value} is over"), N_("choose today or a later day")),
        "far": (N_("{value} is too far away"), N_("choose a day within two years")),
        "future": (N_("{value} is yet to come"), N_("record the inspection on its day or after it")),
        "long_ago": (N_("{value} is too long ago"), N_("record an inspection within {most} days")),
        "no_answer": (N_("nothing was looked at"), N_("answer at least one line with yes or no")),
        "item": (N_("“{value}” is no line of this checklist"), N_("load the page again")),
        "no_note": (
            N_("{count} lines answered with “no” don't say what is wrong"),
            N_("write in a few words beside each what is to be mended"),
        ),
        "no_photo": (
            N_("this file is no photo that can be read"),
            N_("take the photo again, or choose one (JPEG, PNG, WebP)"),
        ),
    },
)
