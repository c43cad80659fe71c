"""Codes that prove an address and sign nobody in: for a member who changes hers, and for who is locked out.

They are bound to the browser that asked, live ten minutes and take five tries, as those of signing in. An address that
is somebody's already gets another mail and a code that nothing opens: whoever asks cannot tell (security.md rule 15).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from portal import notices, people
from portal import programme as programmes
from portal.db import new_id, read, run
from portal.signin.challenges import Asked, Visitor
from portal.signin.limits import too_many
from portal.signin.noting import note
from portal.signin.recovery_models import AddressCode
from portal.signin.rules import CODE_LIVES, CODE_TRIES, code_digits
from portal.signin.secrets import code_hash, new_code, same, token_hash

_code = AddressCode.__table__.c
Purpose = Literal["change", "recovery"]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a typed code; `row` is the code that was right, and is spent now."""

    outcome: Literal["right", "wrong", "used", "expired", "limited"]
    row: Row[Any] | None = None
    wait_seconds: int = 0


def send_code(
    email: str,
    *,
    purpose: Purpose,
    visitor: Visitor,
    locale: str,
    now: datetime,
    member_id: str | None = None,
) -> Asked:
    """Send a code to an address; where a member wants one that is another's, its owner is told so instead."""
    address = people.normal_address(email)
    wait = too_many("address", email=address, ip=visitor.ip, now=now)
    if wait:
        return Asked(None, wait)
    code_id, code = new_id(), new_code()
    owner, hashed = people.by_email(people.address_hash(address)), code_hash(code_id, code)
    taken = purpose == "change" and owner is not None and owner.id != member_id
    run(
        insert(AddressCode),
        {
            "id": code_id, "purpose": purpose, "member_id": member_id, "email": address,
            "code_hash": None if taken else hashed, "browser_hash": token_hash(visitor.browser),
            "created_at": now, "expires_at": now + CODE_LIVES, "tries": 0,
        },
    )  # fmt: skip
    facts: dict[str, Any] = {"code": code, "minutes": int(CODE_LIVES.total_seconds()) // 60}
    if taken and owner is not None:
        facts = {"member_name": owner.name}
        locale = owner.locale or programmes.active()[1].languages[0]
    kind = "address_taken" if taken else "address_code"
    notices.queue(
        kind, key=f"{kind}/{code_id}", recipient=address, locale=locale, facts=facts, now=now,
        best_before=now + CODE_LIVES,
    )  # fmt: skip
    return Asked(code_id)


def find_code(code_id: str, purpose: Purpose, browser: str) -> Row[Any] | None:
    """A code that this browser asked for."""
    row = read(_select(code_id, purpose)).one_or_none()
    return row if row is not None and same(row.browser_hash, token_hash(browser)) else None


def try_code(code_id: str, purpose: Purpose, typed: str, *, visitor: Visitor, now: datetime) -> Tried:
    """Try a code; the right one is spent. The caller commits whatever comes of it, because tries are counted."""
    tried = _try_code(code_id, purpose, typed, visitor, now)
    owner_id = tried.row.member_id if tried.row is not None else None
    note("address_code", tried.outcome, now, owner_id=owner_id, how=purpose, about=code_id)
    return tried


def _try_code(code_id: str, purpose: Purpose, typed: str, visitor: Visitor, now: datetime) -> Tried:
    row = run(_select(code_id, purpose).with_for_update()).one_or_none()
    if row is None or not same(row.browser_hash, token_hash(visitor.browser)):
        return Tried("expired")
    if row.used_at is not None:
        return Tried("used")
    if row.expires_at <= now or row.tries >= CODE_TRIES:
        return Tried("expired")
    wait = too_many("code", email=row.email, ip=visitor.ip, now=now)
    if wait:
        return Tried("limited", wait_seconds=wait)
    run(update(AddressCode).where(_code.id == code_id).values(tries=_code.tries + 1))
    if not same(row.code_hash, code_hash(code_id, code_digits(typed))):
        return Tried("wrong")
    run(update(AddressCode).where(_code.id == code_id).values(used_at=now))
    return Tried("right", row)


def forget_codes(member_id: str) -> None:
    """Let no code that is on its way to another address of this member work any more."""
    run(delete(AddressCode).where(_code.member_id == member_id))


def _select(code_id: str, purpose: Purpose) -> Any:
    return select(AddressCode.__table__).where(_code.id == code_id, _code.purpose == purpose)
