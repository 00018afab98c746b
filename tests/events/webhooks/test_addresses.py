"""Addresses that may be called, and those that would let somebody reach into our network."""

import pytest

from core.faults import Fault
from events.webhooks.addresses import WebhookAddress, parse_webhook_address

GOOD = [
    ("https://app.example.org/yihui", "https anywhere"),
    ("https://app.example.org:8443/a?b=c", "with a port and a query"),
    ("http://127.0.0.1:8080/hook", "this machine"),
    ("http://[::1]:8080/hook", "this machine"),
    ("http://localhost/hook", "this machine"),
    ("https://8.8.8.8/hook", "a public address"),
]
BAD = [
    ("http://app.example.org/yihui", "is not encrypted"),
    ("http://10.0.0.1/", "is not encrypted"),
    ("https://10.0.0.1/", "private"),
    ("https://192.168.1.1/", "private"),
    ("https://169.254.169.254/latest/meta-data", "the metadata service of clouds"),
    ("https://[fe80::1]/", "link-local"),
    ("https://[::ffff:10.0.0.1]/", "a private address in another dress"),
    ("https://[2002:a00:1::]/", "a private address behind a tunnel"),
    ("https://[fec0::1]/", "a private address of earlier days"),
    ("https://[64:ff9b::a00:1]/", "a private address behind a translator"),
    ("https://100.100.100.200/", "the metadata service of a cloud"),
    ("https://192.0.0.192/", "the metadata service of a cloud"),
    ("https://168.63.129.16/", "the metadata service of a cloud"),
    ("https://[fd00:ec2::254]/", "the metadata service of a cloud"),
    ("https://0.0.0.0/", "no address of anybody"),
    ("https://100.64.0.1/", "shared by carriers"),
    ("https://user:password@app.example.org/", "a password in the address"),
    ("https://app.example.org/#a", "a fragment"),
    ("ftp://app.example.org/", "another protocol"),
    ("file:///etc/passwd", "a file"),
    ("https:///path", "no host"),
    ("https://app.example.org:99999/", "no port"),
    ("https://app.example.org/\n", "a control character"),
    ("https://驿惠.example/", "not written in ASCII"),
    ("app.example.org", "no scheme"),
    ("", "nothing"),
    ("https://app.example.org/" + "a" * 2_000, "too long"),
]


@pytest.mark.parametrize(("url", "why"), GOOD)
def test_a_good_address_is_taken(url: str, why: str) -> None:
    assert isinstance(parse_webhook_address(url), WebhookAddress), why


@pytest.mark.parametrize(("url", "why"), BAD)
def test_a_bad_address_is_refused(url: str, why: str) -> None:
    assert isinstance(parse_webhook_address(url), Fault), why


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://192.168.1.1/", "https://[fd00::1]/"])
def test_a_private_address_is_taken_where_that_is_meant(url: str) -> None:
    assert isinstance(parse_webhook_address(url, private=True), WebhookAddress)


@pytest.mark.parametrize("url", ["https://169.254.169.254/", "https://[fe80::1]/", "https://224.0.0.1/"])
def test_some_addresses_are_never_taken(url: str) -> None:
    assert isinstance(parse_webhook_address(url, private=True), Fault)


# What a name may stand for: public address, private one, this machine, the metadata service.
FOUND = (
    "93.184.215.14",
    "10.1.2.3",
    "127.0.0.1",
    "169.254.169.254",
    "::ffff:127.0.0.1",
    "2001:4860:4860::8888",
)


@pytest.mark.parametrize(
    ("url", "private", "may"),
    [
        ("https://app.example.org/", False, {FOUND[0], FOUND[5]}),
        ("https://app.example.org/", True, {FOUND[0], FOUND[1], FOUND[5]}),
        ("http://localhost/", True, {FOUND[2], FOUND[4]}),
    ],
)
def test_a_name_may_stand_for_so_much_and_no_more(url: str, private: bool, may: set[str]) -> None:
    address = parse_webhook_address(url, private=private)
    assert isinstance(address, WebhookAddress)
    assert {ip for ip in FOUND if address.can_reach(ip)} == may


METADATA = ["100.100.100.200", "192.0.0.192", "192.0.0.9", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"]


@pytest.mark.parametrize("ip", METADATA)
def test_a_name_never_stands_for_a_metadata_service_that_is_not_named_itself(ip: str) -> None:
    for private in (False, True):
        by_name = parse_webhook_address("https://app.example.org/", private=private)
        assert isinstance(by_name, WebhookAddress)
        assert not by_name.can_reach(ip)
        assert not by_name.can_reach(f"64:ff9b::{ip}") or ":" in ip
    url = f"https://[{ip}]/" if ":" in ip else f"https://{ip}/"
    named = parse_webhook_address(url, private=True)
    assert isinstance(named, WebhookAddress)
    assert named.can_reach(ip)
    assert [other for other in METADATA if named.can_reach(other)] == [ip]
