"""Passkeys: what browsers are asked for, and what their answers must show. The only home of `webauthn`; no database.

The library checks origin, challenge, RP id, presence, verification and signature. Checked here besides, because it
does not (security.md 5.1): that no other site frames the ceremony (`crossOrigin`, `topOrigin`), that the owner whom the
answer names owns the passkey, that the backup eligibility is the one on record. Whether a passkey counted backwards is
looked at after its signature: before it anybody could provoke that for anybody (rule 13). Whatever is wrong, the answer
is None (rule 12).
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import Row
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal import config
from portal.signin.rules import CEREMONY_LASTS
from portal.signin.sessions import Kind

CHALLENGE_BYTES = 32
OWNER_BYTES = 64
MOST_ANSWER = 16_384  # characters; a passkey's is a tenth of it
MOST_CREDENTIAL = 1023  # bytes, by WebAuthn itself
TIMEOUT_MS = int(CEREMONY_LASTS.total_seconds()) * 1000
# RecursionError: brackets in brackets. OverflowError: numbers in CBOR that no machine holds.
FAULTS = (
    *(WebAuthnException, UnsupportedAlgorithm),
    *(ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError),
)
_base64url = re.compile(r"[A-Za-z0-9_-]{1,1400}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brought, before anything of it is believed."""

    credential: dict[str, Any]
    credential_id: str
    challenge: bytes
    owner: str | None  # the user handle

    @property
    def challenge_hash(self) -> str:
        """Under which its ceremony is written down."""
        return challenge_hash(self.challenge)


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey, as its maker told of it."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: list[str]
    aaguid: str
    may_be_copied: bool
    is_backed_up: bool


@dataclass(frozen=True, slots=True)
class Used:
    """A passkey that signed: its counter now, and whether that went backwards, as of a copy."""

    sign_count: int
    went_back: bool
    is_backed_up: bool


def new_challenge() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def challenge_hash(challenge: bytes) -> str:
    """What is kept of a challenge."""
    return hashlib.sha256(challenge).hexdigest()


def new_owner() -> str:
    """What a person's passkeys call her: 64 random bytes, so that they tell nothing of her."""
    return bytes_to_base64url(secrets.token_bytes(OWNER_BYTES))


def rp_id(kind: Kind) -> str:
    """The host that passkeys of members, or of staff, are bound to."""
    return urlsplit(_site(kind)).hostname or ""


def to_add(
    challenge: bytes, kind: Kind, *, owner: str, email: str, name: str, shop: str, known: Sequence[Row[Any]]
) -> dict[str, Any]:
    """What a browser is asked to make: a passkey that it finds by itself and that knows its owner by face or PIN."""
    options = generate_registration_options(
        rp_id=rp_id(kind),
        rp_name=shop,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        user_id=base64url_to_bytes(owner),
        user_name=email,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in known],
    )
    return options_to_json_dict(options)


def to_ask(challenge: bytes, kind: Kind, allowed: Sequence[Row[Any]] = ()) -> dict[str, Any]:
    """What a browser is asked to show: one of these passkeys, or any of this site."""
    options = generate_authentication_options(
        rp_id=rp_id(kind),
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[_descriptor(one) for one in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def read_answer(text: str) -> Answer | None:
    """The answer that a browser wrote as JSON; None when it cannot be one, or was given inside another site's page."""
    if len(text) > MOST_ANSWER:
        return None
    try:
        credential = json.loads(text)
        response = credential["response"]
        told = json.loads(base64url_to_bytes(response["clientDataJSON"]))
        if told.get("crossOrigin", False) is not False or "topOrigin" in told:
            return None
        credential_id, owner = credential["id"], response.get("userHandle")
        challenge = base64url_to_bytes(told["challenge"])
        if not all(_base64url.fullmatch(one) for one in (credential_id, *([] if owner is None else [owner]))):
            return None
    except FAULTS:
        return None
    return Answer(credential, credential_id, challenge, owner)


def verify_made(answer: Answer, kind: Kind) -> Made | None:
    """The passkey that a browser made; None when anything is wrong with it."""
    try:
        made = verify_registration_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=rp_id(kind),
            expected_origin=[_origin(kind)],
            require_user_verification=True,
        )
        # Without attestation nobody has looked yet whether the key is one.
        decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
        told = answer.credential["response"].get("transports")
        transports = [
            one.value for one in AuthenticatorTransport if isinstance(told, list) and one.value in told
        ]
    except FAULTS:
        return None
    if len(made.credential_id) > MOST_CREDENTIAL:
        return None
    return Made(
        bytes_to_base64url(made.credential_id),
        made.credential_public_key,
        made.sign_count,
        transports,
        made.aaguid,
        made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        made.credential_backed_up,
    )


def verify_used(answer: Answer, kind: Kind, passkey: Row[Any], *, found_by_itself: bool) -> Used | None:
    """What a passkey on record showed; None when anything is wrong with it.

    `found_by_itself`: nobody said whose it is, so it has to name its owner.
    """
    if (answer.owner is not None or found_by_itself) and not _is_owner(answer.owner, passkey.owner):
        return None
    try:
        used = verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=rp_id(kind),
            expected_origin=[_origin(kind)],
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # the signature first: counters are compared below
            require_user_verification=True,
        )
    except FAULTS:
        return None
    if (used.credential_device_type == CredentialDeviceType.MULTI_DEVICE) != passkey.may_be_copied:
        return None
    counts = used.new_sign_count > 0 or passkey.sign_count > 0
    went_back = counts and used.new_sign_count <= passkey.sign_count
    return Used(used.new_sign_count, went_back, used.credential_backed_up)


def _is_owner(told: str | None, owner: str) -> bool:
    return told is not None and hmac.compare_digest(told.encode(), owner.encode())


def _descriptor(passkey: Row[Any]) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id),
        transports=[AuthenticatorTransport(one) for one in passkey.transports],
    )


def _site(kind: Kind) -> str:
    settings = config.current()
    return settings.base_url if kind == "member" else settings.staff_base_url


def _origin(kind: Kind) -> str:
    """Exactly what a browser calls the site: the port only where it is not the scheme's own."""
    parts = urlsplit(_site(kind))
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"
