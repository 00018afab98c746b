"""Addresses of PostgreSQL servers: one host or several, shown without the password."""

import pytest
from sqlalchemy.exc import ArgumentError

from store import open_database
from store.server_address import for_reading, list_hosts, parse_server_address, show_server_address

WRITES = "target_session_attrs=read-write"


@pytest.mark.parametrize(
    ("address", "hosts", "host", "port"),
    [
        ("postgresql://u:p@h1:5001,h2:5002/db", ["h1:5001", "h2:5002"], "h1,h2", "5001,5002"),
        ("postgresql://u:p@h1,h2:5002/db?sslmode=require", ["h1", "h2:5002"], "h1,h2", ",5002"),
        ("postgresql://h1,h2/db", ["h1", "h2"], "h1,h2", None),
        ("postgresql://u:a/b,c@[::1]:1,10.0.0.1:2/db", ["[::1]:1", "10.0.0.1:2"], "::1,10.0.0.1", "1,2"),
        ("postgresql://u:p@a,b,c:3/db?connect_timeout=3", ["a", "b", "c:3"], "a,b,c", ",,3"),
    ],
)
def test_several_hosts_become_what_libpq_takes(
    address: str, hosts: list[str], host: str, port: str | None
) -> None:
    url = parse_server_address(address)
    assert (url.query["host"], url.query.get("port")) == (host, port)
    assert list_hosts(url) == hosts
    assert url.database == "db"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            f"postgresql://u:secret@h1:5001,h2/db?{WRITES}",
            f"postgresql://u:***@h1:5001,h2/db?{WRITES}",
        ),
        ("postgresql://h1,[::1]:5/db", "postgresql://h1,[::1]:5/db"),
        ("postgresql://u:secret@h1:5001/db", "postgresql://u:***@h1:5001/db"),
        ("postgresql://u@h1/db?password=secret&sslpassword=s", "postgresql://u@h1/db"),
        ("postgresql://u:a,b@h1/db", "postgresql://u:***@h1/db"),  # a comma in a password is no second host
    ],
)
def test_an_address_is_shown_as_it_is_written_but_for_its_password(address: str, shown: str) -> None:
    assert show_server_address(parse_server_address(address)) == shown


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p@h1:port,h2/db",  # no number
        "postgresql://u:p@h1,,h2/db",  # an empty host
        "postgresql://u:p@h1,h2/db?host=h3",  # named twice
        "postgresql://u:p@h1,h2/db?port=5432",
    ],
)
def test_an_address_that_says_no_hosts_or_two_lists_of_them_is_refused(address: str) -> None:
    with pytest.raises((ValueError, ArgumentError)):
        parse_server_address(address)


def test_who_only_reads_asks_for_the_server_that_takes_writes_in_other_words() -> None:
    """A session that only reads is none of read-write, and libpq would refuse both servers."""
    url = parse_server_address(f"postgresql://u@127.0.0.1:1,127.0.0.1:2/db?{WRITES}")
    assert for_reading(url).query["target_session_attrs"] == "primary"
    assert for_reading(parse_server_address("postgresql://u@h/db")).query == {}
    database = open_database(f"postgresql://u:secret@127.0.0.1:1,127.0.0.1:2/db?{WRITES}", read_only=True)
    assert database.target == f"postgresql://u:***@127.0.0.1:1,127.0.0.1:2/db?{WRITES}"
    database.close()
