"""A phone with passkeys, in software: what it says can be bent in every field, as somebody who attacks would.

It makes ES256 keys and answers the options of WebAuthn as a browser's toJSON() would write it.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

Json = dict[str, Any]
LEFT_OUT = object()
"""In place of a member of the client data: the browser does not say it."""


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The reverse."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    """One passkey on the phone."""

    id: bytes
    owner: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    count: int = 0


@dataclass(frozen=True)
class Told:
    """What the phone says, honest unless it is bent: `replace(Told(), uv=False)`."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    type: str | None = None
    challenge: str | None = None
    client: Json = field(default_factory=dict)  # further members of the client data
    up: bool = True
    uv: bool = True
    be: bool = True
    bs: bool = True
    count: int | None = (
        None  # of the signature counter; else one more than last time, 0 for ever on a synced one
    )
    credential_id: str | None = None
    owner: str | None = "its own"
    signature: bytes | None = None
    outer: Json = field(default_factory=dict)  # further members of the credential

    def flags(self, *, made: bool) -> int:
        """The byte of flags."""
        bits = ((self.up, 0), (self.uv, 2), (self.be, 3), (self.bs, 4), (made, 6))
        return sum(1 << place for is_set, place in bits if is_set)

    def client_data(self, kind: str, challenge: str) -> bytes:
        """What the browser says about where it is."""
        told = {"type": self.type or kind, "challenge": self.challenge or challenge, "origin": self.origin}
        said = {**told, "crossOrigin": False, **self.client}
        return json.dumps({name: value for name, value in said.items() if value is not LEFT_OUT}).encode()


@dataclass
class Phone:
    """Keeps passkeys. `counts`: its counter goes up with each use, as a key to plug in does."""

    counts: bool = False
    aaguid: bytes = bytes(16)
    transports: tuple[str, ...] = ("hybrid", "internal")
    keys: list[Key] = field(default_factory=list)

    def make(self, options: Json, **bent: Any) -> Json:
        """Make the passkey that a portal asks for."""
        told = replace(Told(), **bent)
        key = Key(secrets.token_bytes(20), options["user"]["id"])
        self.keys.append(key)
        numbers = key.private.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        key.count = self._count(key, told)
        data = self._data(told, key.count, made=True)
        data += self.aaguid + len(key.id).to_bytes(2, "big") + key.id + public
        client = told.client_data("webauthn.create", options["challenge"])
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(attestation),
            "transports": list(self.transports),
        }
        return self._credential(told, key, response)

    def sign(self, options: Json, key: Key | None = None, **bent: Any) -> Json:
        """Show a passkey: the newest one unless another is named."""
        told, key = replace(Told(), **bent), key or self.keys[-1]
        count = self._count(key, told)
        if told.count is None:
            key.count = count
        data = self._data(told, count, made=False)
        client = told.client_data("webauthn.get", options["challenge"])
        signed = key.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(signed if told.signature is None else told.signature),
        }
        if told.owner is not None:
            response["userHandle"] = key.owner if told.owner == "its own" else told.owner
        return self._credential(told, key, response)

    def _count(self, key: Key, told: Told) -> int:
        if told.count is not None:
            return told.count
        return key.count + 1 if self.counts else 0

    def _data(self, told: Told, count: int, *, made: bool) -> bytes:
        flags = bytes([told.flags(made=made)])
        return hashlib.sha256(told.rp_id.encode()).digest() + flags + count.to_bytes(4, "big")

    def _credential(self, told: Told, key: Key, response: Json) -> Json:
        named = told.credential_id or b64(key.id)
        return {"id": named, "rawId": named, "type": "public-key", "response": response, **told.outer}
