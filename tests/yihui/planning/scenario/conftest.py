"""The planted town, whose stations a scenario changes."""

from tests.yihui.planning.siting.conftest import town, town_database, wiring  # noqa: F401
