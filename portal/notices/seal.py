"""What a notice says is sealed while it waits: whoever reads the table cannot read a code from it."""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal import config


def seal(facts: dict[str, Any]) -> str:
    """The facts as text that only this portal's secret key opens."""
    return _fernet(config.current().secret_key).encrypt(json.dumps(facts).encode()).decode()


def unseal(sealed: str) -> dict[str, Any]:
    """The facts again. Raises InvalidToken when they were sealed under another key."""
    facts: dict[str, Any] = json.loads(_fernet(config.current().secret_key).decrypt(sealed.encode()))
    return facts


@lru_cache(maxsize=4)
def _fernet(secret_key: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal notices").derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
