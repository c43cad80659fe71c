"""The challenges of passkeys: each for one browser, one session, one purpose and one operation, and once (rule 10).

`take` deletes a challenge in a write of its own, which is committed before the answer to it is verified: nothing that
happens afterwards brings it back.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, insert

from portal import programme as programmes
from portal.db import run
from portal.errors import Refused
from portal.signin import passkeys
from portal.signin.keyring import may_add, refuse_while_stopped
from portal.signin.models import Ceremony
from portal.signin.owners import passkeys_of, secret_of
from portal.signin.passkeys import Answer
from portal.signin.rules import CEREMONY_LASTS
from portal.signin.secrets import token_hash
from portal.signin.sessions import Kind, Person

Purpose = Literal["sign_in", "prove", "add"]
MOST_PASSKEYS = 20  # of one person
_ceremony = Ceremony.__table__.c


def begin(
    purpose: Purpose, kind: Kind, *, browser: str, person: Person | None, operation: str | None, now: datetime
) -> dict[str, Any]:
    """A new challenge for this browser, and in this person's session, as the options that it hands to its passkeys.

    `operation` is what is to be proved (the page that asked). To add, it refuses `stopped`, `proof_needed`
    and `too_many_passkeys`. Asking is not counted: a challenge gives nobody a try at anything, and whoever could use up
    a limit would lock an owner of a passkey out (rule 15). Instead each new one takes away all that are too old, so the
    table never holds more than the server makes in five minutes.
    """
    run(delete(Ceremony).where(_ceremony.expires_at <= now))
    challenge = passkeys.new_challenge()
    hers = [] if person is None else passkeys_of(kind, person.id)
    if purpose == "add":
        assert person is not None, "who sets a passkey up is signed in"
        refuse_while_stopped(person)
        if not may_add(person, now):
            raise Refused("proof_needed", "Setting up a passkey asks for a fresh proof.", status=403)
        if len(hers) >= MOST_PASSKEYS:
            raise Refused("too_many_passkeys", "Remove a passkey first.")
        options = passkeys.to_add(
            challenge,
            kind,
            owner=secret_of(person),
            email=person.email or person.number,
            name=person.name or person.email or person.number,
            shop=programmes.active()[1].name,
            known=hers,
        )
    else:
        options = passkeys.to_ask(challenge, kind, hers)
    run(
        insert(Ceremony),
        {
            "challenge_hash": passkeys.challenge_hash(challenge), "purpose": purpose, "kind": kind,
            "browser_hash": token_hash(browser), "session_id": None if person is None else person.session_id,
            "operation": operation, "expires_at": now + CEREMONY_LASTS,
        },
    )  # fmt: skip
    return options


def take(
    answer: Answer,
    purpose: Purpose,
    kind: Kind,
    *,
    browser: str,
    person: Person | None,
    operation: str | None,
    now: datetime,
) -> bool:
    """Use up the challenge of an answer; whether it was this browser's, this session's and for this operation."""
    row = run(
        delete(Ceremony)
        .where(
            _ceremony.challenge_hash == answer.challenge_hash, _ceremony.browser_hash == token_hash(browser)
        )
        .returning(
            _ceremony.purpose, _ceremony.kind, _ceremony.session_id, _ceremony.operation, _ceremony.expires_at
        )
    ).one_or_none()
    session_id = None if person is None else person.session_id
    wanted = (purpose, kind, session_id, operation)
    return row is not None and tuple(row)[:4] == wanted and row.expires_at > now
