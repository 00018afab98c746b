"""The examples in the docstrings of the engine are run."""

import doctest
from importlib import import_module

import pytest

from tests.sources import ROOT, python_files, text_of

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in python_files("geo")
    if ">>> " in text_of(path)
]


@pytest.mark.parametrize("module", MODULES)
def test_what_a_docstring_shows_is_what_comes(module: str) -> None:
    failed, tried = doctest.testmod(import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert (failed, tried > 0) == (0, True)
