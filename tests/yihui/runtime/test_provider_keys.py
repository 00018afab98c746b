"""The keys of a signer of tokens: fetched seldom, and believed for a while when the signer is away."""

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from yihui.runtime.provider_keys import (
    FETCH_AT_MOST_EVERY,
    FRESH,
    STALE,
    ProviderKeys,
    ProviderUnavailable,
    provider_fault,
)


class Signer:
    """A signer with one key, its clock, and how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[RSAKey | ECKey] = [RSAKey.generate_key(2048, {"kid": "k1"})]
        self.asked, self.now, self.is_away = 0, 0.0, False

    def fetch(self, _: str) -> object:
        self.asked += 1
        if self.is_away:
            raise provider_fault("away", "")
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


def test_keys_are_fetched_once_and_again_for_a_key_that_is_new() -> None:
    signer = Signer()
    keys = ProviderKeys("", signer.fetch, lambda: signer.now)
    for _ in range(5):
        assert keys.find("k1", "RS256")
    assert signer.asked == 1
    assert keys.find("k2", "ES256") is None
    signer.keys.append(ECKey.generate_key("P-256", {"kid": "k2"}))
    assert keys.find("k2", "ES256") is None  # whatever wrong tokens name, it is asked seldom
    signer.now = FETCH_AT_MOST_EVERY.total_seconds()
    assert keys.find("k2", "ES256")
    assert signer.asked == 3
    del signer.keys[0]  # withdrawn
    signer.now *= 2
    assert keys.find("k3", "RS256") is None and keys.find("k1", "RS256") is None


def test_keys_count_on_for_a_while_when_the_signer_is_away() -> None:
    signer = Signer()
    keys = ProviderKeys("", signer.fetch, lambda: signer.now)
    assert keys.find("k1", "RS256")
    signer.is_away = True
    signer.now = (FRESH + STALE).total_seconds() - 1
    assert keys.find("k1", "RS256")
    with pytest.raises(ProviderUnavailable):
        keys.find("k2", "RS256")  # it may be new: nobody can tell
    signer.now += 1
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            keys.find("k1", "RS256")
    assert signer.asked == 2  # a signer that is away is asked seldom, too


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "new"}, 7]}, {"keys": [OctKey.generate_key().as_dict()]}]
)  # fmt: skip
def test_a_document_without_usable_keys_is_no_key_set(document: object) -> None:
    with pytest.raises(ProviderUnavailable):
        ProviderKeys("", lambda _: document).find(None, "RS256")
