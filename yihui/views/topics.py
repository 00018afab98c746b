"""Show the stream's topics as text and JSON: their state, and the changes applied."""

from collections.abc import Iterator

from core.text_marks import N_
from events.stream.administration import TopicsState
from events.stream.topics import ChangedSetting, MissingTopic, TopicDifference
from yihui.runtime.language import Language

_LINES = {
    "as declared": N_("{name}: {partitions} partitions, {replication} copies"),
    "differs": N_(
        "{name}: {partitions} partitions, {replication} copies; not as declared (yihui topics apply)"
    ),
    "missing": N_("{name}: not there (yihui topics apply)"),
}


def topic_state_rows(standing: TopicsState) -> Iterator[dict[str, object]]:
    """Yield one row for each declared topic: as it exists, or as it would be created."""
    differing = {each.name for each in standing.differences}
    for wanted in standing.declared:
        found = standing.existing.get(wanted.name)
        state = "missing" if found is None else "differs" if wanted.name in differing else "as declared"
        shown = found or wanted
        yield {
            "name": wanted.name,
            "state": state,
            "partitions": shown.partitions,
            "replication": shown.replication,
            "settings": dict(shown.settings),
        }


def topic_state_lines(standing: TopicsState, language: Language) -> Iterator[str]:
    for row in topic_state_rows(standing):
        yield language.render(_LINES[str(row["state"])], **row)


def topic_change_row(difference: TopicDifference) -> dict[str, object]:
    """Return the action for a difference. A refused change is reported as a fault."""
    if isinstance(difference, MissingTopic):
        topic = difference.topic
        return {
            "name": topic.name,
            "action": "create",
            "partitions": topic.partitions,
            "replication": topic.replication,
            "settings": dict(topic.settings),
        }
    assert isinstance(difference, ChangedSetting)
    return {
        "name": difference.name,
        "action": "alter",
        "setting": difference.setting,
        "found": difference.found,
        "declared": difference.declared,
    }


def topic_change_line(difference: TopicDifference, language: Language) -> str:
    row = topic_change_row(difference)
    if row["action"] == "create":
        return language.render(N_("+ {name}: {partitions} partitions, {replication} copies"), **row)
    return language.render(N_("~ {name}: {setting} from {found} to {declared}"), **row)
