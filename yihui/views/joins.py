"""Show requests to join to the person who joins."""

from core.text_marks import N_

OWN_REQUEST_LABELS = {  # as the person reads them on her own page
    "waiting": N_("waits for the organisation's answer"),
    "joined": N_("you joined"),
    "transferred": N_("you changed to this organisation"),
    "already_member": N_("you were a member there already"),
    "refused": N_("the organisation did not accept it"),
    "withdrawn": N_("you took it back"),
}
