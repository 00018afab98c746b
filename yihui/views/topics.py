"""The stream's topics in words and as JSON: how they stand, what was done to them."""

from collections.abc import Iterator

from events.stream.administration import Standing
from events.stream.topics import Altered, Difference, Missing
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

_LINES = {
    "as declared": N_("{name}: {partitions} partitions, {replication} copies"),
    "differs": N_(
        "{name}: {partitions} partitions, {replication} copies; not as declared (yihui topics apply)"
    ),
    "missing": N_("{name}: not there (yihui topics apply)"),
}


def standing_rows(standing: Standing) -> Iterator[dict[str, object]]:
    """One for each topic that is declared: as it is found, or as it would be made."""
    differing = {each.name for each in standing.differences}
    for wanted in standing.wanted:
        found = standing.found.get(wanted.name)
        state = "missing" if found is None else "differs" if wanted.name in differing else "as declared"
        shown = found or wanted
        yield {
            "name": wanted.name,
            "state": state,
            "partitions": shown.partitions,
            "replication": shown.replication,
            "settings": dict(shown.settings),
        }


def standing_lines(standing: Standing, language: Language) -> Iterator[str]:
    for row in standing_rows(standing):
        yield language.say(_LINES[str(row["state"])], **row)


def difference_row(difference: Difference) -> dict[str, object]:
    """What is done about a difference; what is refused is told as a fault."""
    if isinstance(difference, Missing):
        topic = difference.topic
        return {
            "name": topic.name,
            "action": "create",
            "partitions": topic.partitions,
            "replication": topic.replication,
            "settings": dict(topic.settings),
        }
    assert isinstance(difference, Altered)
    return {
        "name": difference.name,
        "action": "alter",
        "setting": difference.setting,
        "found": difference.found,
        "declared": difference.declared,
    }


def difference_line(difference: Difference, language: Language) -> str:
    row = difference_row(difference)
    if row["action"] == "create":
        return language.say(N_("+ {name}: {partitions} partitions, {replication} copies"), **row)
    return language.say(N_("~ {name}: {setting} from {found} to {declared}"), **row)
