"""Faults of organisations' pages: what can't be published, and what isn't there."""

from core.faults import FaultTable
from core.text_marks import N_

PAGE_FAULTS = FaultTable(
    "organisation_page",
    {
        "not_a_page": (
            N_("the file holds no page: {value}"),
            N_("begin with about: and what the organisation is; see docs/organisations.md"),
        ),
        "personal": (
            N_("{field} holds an ID number or a mobile phone number"),
            N_("leave it out; for the office, write a landline number"),
        ),
        "control": (N_("{field} holds a character that can't be shown"), N_("type it again")),
        "link": (
            N_("{field}: the link {value} is not accepted"),
            N_("begin links with https://, http://, mailto:, tel: or /"),
        ),
        "html": (
            N_("{field} holds HTML: {value}"),
            N_("leave it out; **bold**, lists and [links](https://…) work"),
        ),
        "unknown_station": (
            N_("{field}: there is no station {value}"),
            N_("look the id up: yihui stations list"),
        ),
        "repeated": (N_("{field}: {value} stands there twice"), N_("leave one of them")),
        "order": (N_("{field}: {value} lies before {since}"), N_("correct one of the two days")),
        "colour_blank": (
            N_("{field} is blank"),
            N_('put the colour in quotes, as in "#a3231b": without them, YAML takes # for a comment'),
        ),
        "colour_form": (N_("{field}: {value} is no colour"), N_('write six digits, as in "#a3231b"')),
        "contrast_text": (
            N_("{field}: white text on {value} has a contrast of {ratio} to 1; {least} to 1 is needed"),
            N_("take a darker colour, such as {better}"),
        ),
        "contrast_ground": (
            N_(
                "{field}: links of {value} on the page's background have a contrast of {ratio} to 1; {least} to 1 is needed"
            ),
            N_("take a darker colour, such as {better}"),
        ),
        "logo_type": (
            N_("{value} is no PNG picture"),
            N_("save the logo as PNG; SVG and other formats are not accepted, since they can hold programs"),
        ),
        "logo_broken": (N_("{value} is a damaged PNG picture"), N_("save the logo anew as PNG")),
        "logo_large": (N_("the logo {value} has {size} bytes; {most} are the most"), N_("save it smaller")),
        "logo_size": (
            N_("the logo {value} has {width} by {height} pixels"),
            N_("take 16 to 1,024 pixels in width and height"),
        ),
        "logo_path": (
            N_("{field}: {value} is not the picture that was given"),
            N_("give the file of this name with --logo"),
        ),
        "no_page": (
            N_("{value} has no page"),
            N_("write one: yihui organisations pages edit {value} --from FILE"),
        ),
        "no_version": (
            N_("the page of {value} has no version {version}"),
            N_("list its versions: yihui organisations pages show {value}"),
        ),
        "not_published": (N_("the page of {value} is not published"), N_("nothing is to be withdrawn")),
        "ended": (
            N_("{value} ended on {day}"),
            N_("write the page of the organisation that goes on ({into})"),
        ),
        "no_picture": (N_("{value} has no such picture"), N_("look at its page: /organisations/{value}")),
    },
)
