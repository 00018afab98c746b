"""The keys of a signer of tokens: fetched seldom, and believed for a while when the signer is away."""

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from yihui.runtime.provider_keys import (
    FETCH_AT_MOST_EVERY,
    FRESH,
    STALE,
    ProviderKeys,
    ProviderUnavailable,
    parse_key_set,
)


class Signer:
    """A signer with one key, its clock, and how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[RSAKey | ECKey] = [RSAKey.generate_key(2048, {"kid": "k1"})]
        self.asked, self.now, self.is_away = 0, 0.0, False

    def fetch(self, _: str) -> object:
        self.asked += 1
        if self.is_away:
            raise ProviderUnavailable("away")
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


def test_keys_are_fetched_once_and_again_for_a_key_that_is_new() -> None:
    signer = Signer()
    keys = ProviderKeys("", signer.fetch, lambda: signer.now)
    for _ in range(5):
        assert len(keys.load().keys) == 1
    assert signer.asked == 1
    signer.keys.append(ECKey.generate_key("P-256", {"kid": "k2"}))
    assert len(keys.load(renewed=True).keys) == 1  # whatever wrong tokens name, it is asked seldom
    signer.now = FETCH_AT_MOST_EVERY.total_seconds()
    assert len(keys.load(renewed=True).keys) == 2
    assert signer.asked == 2


def test_keys_count_on_for_a_while_when_the_signer_is_away() -> None:
    signer = Signer()
    keys = ProviderKeys("", signer.fetch, lambda: signer.now)
    keys.load()
    signer.is_away = True
    signer.now = (FRESH + STALE).total_seconds() - 1
    assert keys.load()
    signer.now += 1
    with pytest.raises(ProviderUnavailable):
        keys.load()


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "new"}, 7]}, {"keys": [OctKey.generate_key().as_dict()]}]
)  # fmt: skip
def test_a_document_without_usable_keys_is_no_key_set(document: object) -> None:
    with pytest.raises(ProviderUnavailable):
        parse_key_set(document)
