"""Codes of rewards: 80 random bits that a person can read out, kept sealed, found by a keyed hash.

Whoever reads the tables can use none of them (security.md attack 16). Both keys come from the one that a portal keeps
for ever: a code lives for a year and must outlive a change of the key that signs cookies.
"""

import base64
import hashlib
import hmac
import re
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal import config

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O or U
LETTERS = 16  # of five bits each
LEAST_SECRET = 12  # letters from which on something may be a code of ours with a few left out
_MASKED = re.compile(r"\*{4}-.{4}#[0-9a-f]{8}")
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def new_code() -> str:
    """A fresh code, without its hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))


def normal(code: str) -> str:
    """A code as it is compared: what stands between the letters is dropped, look-alikes are read as what they mean."""
    return re.sub(r"[\s\-–_.]", "", code).upper().translate(_READ_AS)


def grouped(code: str) -> str:
    """K7QM-2XRD-9TVB-4HNC."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def masked(code: str) -> str:
    """A code that only tells which one it is, by its end and a trace of its hash; a word too short for one as it is."""
    plain = normal(code)
    if len(plain) < LEAST_SECRET or _MASKED.fullmatch(code):
        return code
    return f"****-{plain[-4:]}#{code_hash(plain)[:8]}"


def code_hash(code: str) -> str:
    """Keyed hash of a code, under which it is found."""
    return hmac.new(
        config.current().address_secret, f"code:{normal(code)}".encode(), hashlib.sha256
    ).hexdigest()


def seal(code: str) -> str:
    """The code as text that only this portal opens."""
    return _fernet(config.current().address_secret).encrypt(code.encode()).decode()


def unseal(sealed: str) -> str:
    """The code again. Raises InvalidToken when it was sealed under another key."""
    return _fernet(config.current().address_secret).decrypt(sealed.encode()).decode()


@lru_cache(maxsize=4)
def _fernet(secret: bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal reward codes").derive(secret)
    return Fernet(base64.urlsafe_b64encode(key))
