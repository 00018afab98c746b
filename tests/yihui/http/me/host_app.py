"""A host app that hands its user's log-in over: its keys, its file of settings, and tokens right and wrong."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from yihui.bootstrap import Wiring


@dataclass
class HostApp:
    """One app. ``keys`` are published in a file; the last one signs."""

    name: str
    folder: Path
    title: str = "齐鲁工惠"
    keys: list[ECKey] = field(default_factory=list)

    @property
    def entry(self) -> dict[str, str]:
        return {
            "name": self.name,
            "title": self.title,
            "issuer": f"https://{self.name}.example",
            "audience": "yihui-members",
            "keys_file": f"{self.name}.json",
        }

    def add_key(self, *, publishes: bool = True) -> None:
        self.keys.append(ECKey.generate_key("P-256", {"kid": f"k{len(self.keys)}"}))
        if publishes:
            self.publish()

    def publish(self) -> None:
        published = {"keys": [key.as_dict(private=False) for key in self.keys]}
        (self.folder / f"{self.name}.json").write_text(json.dumps(published), "utf-8")

    def sign(self, wiring: Wiring, subject: str = "openid-1", **changed: object) -> str:
        """Sign a token for one user. A claim that is changed to None is left out."""
        now = int(wiring.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.entry["issuer"],
            "aud": self.entry["audience"],
            "sub": subject,
            "iat": now,
            "exp": now + 60,
            "jti": uuid4().hex,
            **changed,
        }
        key = self.keys[-1]
        header = {"alg": "ES256", "kid": key.kid}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, key)


def write_apps(folder: Path, *apps: HostApp) -> Path:
    """Write the file of the host apps, as an operator would."""
    path = folder / "apps.json"
    path.write_text(json.dumps([app.entry for app in apps]), "utf-8")
    return path
