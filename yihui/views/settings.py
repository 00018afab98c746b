"""The settings of a process as rows and lines, without their secrets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.text_marks import N_
from yihui.bootstrap import Settings
from yihui.runtime.language import Language
from yihui.runtime.setting import MASK, Setting
from yihui.runtime.setting_sources import GivenSettings, Origin, mask_value
from yihui.runtime.settings import GROUPS, SETTINGS

ORIGIN_LABELS: Mapping[Origin, str] = {
    Origin.ENVIRONMENT: N_("from the environment"),
    Origin.FILE: N_("from the file {file}"),
    Origin.OPTION: N_("from the option --db"),
    Origin.DEFAULT: N_("by default"),
}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as it may be shown; ``value`` is None where nothing is set and the process decides."""

    name: str
    value: str | None
    origin: Origin
    file: str | None
    group: str
    meaning: str


def build_setting_rows(
    given: GivenSettings, settings: Settings, *, is_database_typed: bool, all_settings: bool
) -> Sequence[SettingRow]:
    """Build the rows of the settings that are given, or of all.

    Of the database and the data folder the places are shown that hold where nothing is set.
    """
    rows = []
    for group, listed in GROUPS.items():
        for setting in listed:
            row = _build_row(given, group, setting, settings.places, is_database_typed)
            if all_settings or row.origin is not Origin.DEFAULT:
                rows.append(row)
    return rows


def _build_row(
    given: GivenSettings, group: str, setting: Setting, resolved: Mapping[str, str], is_typed: bool
) -> SettingRow:
    name, origin = setting.name, given.origin_of(setting.name)
    value = MASK if name in given.keys else mask_value(name, given.texts.get(name, ""))
    if name == "YIHUI_DATABASE_URL" and is_typed:
        origin, value = Origin.OPTION, mask_value(name, resolved[name])
    if origin is Origin.DEFAULT:
        value = setting.default or resolved.get(name, "")
    file = str(given.files[name]) if origin is Origin.FILE else None
    return SettingRow(name, value or None, origin, file, group, setting.meaning)


def render_setting_lines(rows: Sequence[SettingRow], language: Language) -> Iterator[str]:
    """Render the rows for a terminal, group by group."""
    group = None
    for row in rows:
        if row.group != group:
            group = row.group
            yield language.translate(group)
        origin = language.render(ORIGIN_LABELS[row.origin], file=row.file)
        value = "—" if row.value is None else row.value
        yield language.render(N_("  {name} = {value} ({detail})"), name=row.name, value=value, detail=origin)
        yield f"      {language.translate(row.meaning)}"
    unset = len(SETTINGS) - len(rows)
    if unset:
        yield language.render(
            N_("settings that are not set: {count}; yihui settings --all shows them"), count=unset
        )
