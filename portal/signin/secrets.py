"""Random secrets and the hashes under which they are kept; nothing here is ever stored or logged readable."""

import hashlib
import hmac
import secrets

from portal import config
from portal.signin.rules import CODE_DIGITS


def new_token() -> str:
    """256 random bits, fit for a cookie or a link."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def token_hash(token: str) -> str:
    """Hash of a random token: nobody can count through 256 bits, so it needs no key."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_hash(challenge_id: str, code: str) -> str:
    """Hash of a code under the portal's key: without it a million codes are counted through in a second."""
    words = f"code:{challenge_id}:{code}".encode()
    return hmac.new(config.current().secret_key.encode(), words, hashlib.sha256).hexdigest()


def same(one: str | None, other: str) -> bool:
    """Whether two hashes are equal, in a time that tells nothing."""
    return one is not None and hmac.compare_digest(one.encode(), other.encode())
