"""Each distribution that a product package imports is declared in pyproject.toml, not only another's dependency."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

from tests.sources import ROOT, imports_of
from yihui.runtime.installation import PACKAGES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
_NAME = re.compile(r"[\w.-]+")


def normalize(requirement: str) -> str:
    found = _NAME.match(requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@cache
def distributions_of() -> dict[str, set[str]]:
    return {name: {normalize(one) for one in found} for name, found in packages_distributions().items()}


def declared() -> set[str]:
    extras = [one for extra in PROJECT["optional-dependencies"].values() for one in extra]
    return {normalize(one) for one in [*PROJECT["dependencies"], *extras]}


@cache
def foreign_names() -> set[str]:
    """The packages of others that ours import."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    imported = {module.partition(".")[0] for path in files for module, _, _ in imports_of(path)}
    return imported - {*sys.stdlib_module_names, *PACKAGES}


def test_every_imported_distribution_is_declared() -> None:
    assert {name for name in foreign_names() if not distributions_of().get(name, set()) & declared()} == set()


def test_every_declared_requirement_of_the_product_is_imported_or_a_plugin() -> None:
    """What nothing imports: tzdata for zoneinfo, and what has files that are read (core/pinyin.py, frame/components.py)."""
    imported = set().union(*(distributions_of().get(name, set()) for name in foreign_names()))
    unused = {normalize(one) for one in PROJECT["dependencies"]} - imported
    assert unused == {"govuk-frontend-jinja", "pypinyin", "tzdata"}
