"""A database that several processes share."""

import itertools

import psycopg
import pytest

_numbers = itertools.count(1)


@pytest.fixture
def postgres_target(migrated_name: str, postgres_url: str) -> str:
    """The URL of a migrated PostgreSQL database that holds nothing."""
    name = f"stream_{next(_numbers)}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_name}"')
    return f"{postgres_url}/{name}"
