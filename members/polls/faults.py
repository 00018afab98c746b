"""Faults of polls: what can't be asked, and what can't be answered."""

from core.faults import FaultTable
from core.text_marks import N_

_ONCE = N_("each member answers a poll once; what was sent first counts")
POLL_FAULTS = FaultTable(
    "poll",
    {
        "instant": (N_("{field}: {value} is no time"), N_("write it as 2026-10-01 08:00")),
        "id_taken": (N_("there is a poll {value} already"), N_("choose another id")),
        "title_taken": (
            N_("another poll is called “{value}”; rules know a poll by its title"),
            N_("choose another title"),
        ),
        "unknown": (N_("there is no poll {value}"), N_("look the id up: yihui polls list")),
        "unknown_member": (N_("{value} is on no roll"), N_("check the member's id, or import the roll")),
        "not_a_member": (
            N_("{value} is not an active member"),
            N_("the member joins, or verifies the identity, first"),
        ),
        "outside_scope": (
            N_("the poll is for members of {scope}, and the member belongs to {value}"),
            N_("ask the member's own organisation for its polls"),
        ),
        "not_open_yet": (N_("the poll opens at {value}"), N_("answer from then on")),
        "closed": (N_("the poll was closed at {value}"), N_("the answer can't be counted any more")),
        "answered": (N_("this poll was answered already"), _ONCE),
        "unknown_question": (
            N_("{field}: the poll has no such question"),
            N_("answer its questions: {known}"),
        ),
        "unknown_option": (N_("{field}: “{value}” is no option"), N_("choose one of: {known}")),
        "missing": (N_("{field}: the question must be answered"), N_("give an answer to it")),
        "empty": (N_("{field}: the answer is empty"), N_("fill it in, or leave the question out")),
        "wrong_type": (N_("{field}: {value} is no answer to this kind of question"), N_("give {form}")),
        "twice": (N_("{field}: “{value}” is chosen twice"), N_("choose each option once")),
        "too_few": (N_("{field}: {value} options are chosen"), N_("choose at least {least}")),
        "too_many": (N_("{field}: {value} options are chosen"), N_("choose at most {most}")),
        "off_scale": (N_("{field}: {value} is not on the scale"), N_("choose from {least} to {most}")),
        "too_long": (
            N_("{field}: the answer has {value} characters"),
            N_("write at most {most}"),
        ),
        "too_short": (
            N_("{field}: the answer has {value} characters"),
            N_("write at least {least}"),
        ),
        "control": (N_("{field}: the answer holds a character that can't be stored"), N_("type it again")),
        "personal": (
            N_("{field}: the answer holds an ID number or a phone number"),
            N_("leave the number out"),
        ),
        "other_key": (
            N_("the ballots of {value} were sealed with another key"),
            N_("put the right key back (poll.key or YIHUI_POLL_KEY); without it nobody can count them"),
        ),
        "sealed": (
            N_("the ballots of {value} are sealed until {until}"),
            N_("an anonymous poll is counted once, when it is over; or close it now: yihui polls close"),
        ),
        "request_key": (N_("{field}: “{value}” is no request key"), N_("write 8 to 200 visible characters")),
    },
)
