"""Codes that prove an address and sign nobody in: for a member who changes hers, and for who is locked out.

They are bound to the browser that asked, live ten minutes and take five tries, as those of signing in. An address that
is somebody's already gets another mail and a code that nothing opens: whoever asks cannot tell (security.md rule 15).
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from portal import notices, people
from portal import programme as programmes
from portal.db import new_id, read, run
from portal.signin import codes
from portal.signin.codes import Asked, Tried, Visitor
from portal.signin.limits import too_many
from portal.signin.noting import note
from portal.signin.recovery_models import AddressCode
from portal.signin.rules import CODE_LIVES
from portal.signin.secrets import code_hash, new_code, same, token_hash

_code = AddressCode.__table__.c
Purpose = Literal["change", "recovery"]


def send_code(
    email: str,
    *,
    purpose: Purpose,
    visitor: Visitor,
    locale: str,
    now: datetime,
    member_id: str | None = None,
    again: str | None = None,
) -> Asked:
    """Send a code to an address; where a member wants one that is another's, its owner is told so instead. `again`: the
    unused code (its id) whose place the new one takes, so that it works no more."""
    address = people.normal_address(email)
    wait = too_many("address", email=address, ip=visitor.ip, now=now)
    if wait:
        return Asked(None, wait)
    code_id, code = again or new_id(), new_code()
    owner, hashed = people.by_email(people.address_hash(address)), code_hash(code_id, code)
    taken = purpose == "change" and owner is not None and owner.id != member_id
    sent = {
        "code_hash": None if taken else hashed, "created_at": now, "expires_at": now + CODE_LIVES, "tries": 0,
    }  # fmt: skip
    if again is None:
        asked = {"purpose": purpose, "member_id": member_id, "email": address}
        run(
            insert(AddressCode),
            {"id": code_id, "browser_hash": token_hash(visitor.browser), **asked, **sent},
        )
    else:
        run(update(AddressCode).where(_code.id == again, _code.used_at.is_(None)).values(**sent))
    facts: dict[str, Any] = {"code": code, "minutes": int(CODE_LIVES.total_seconds()) // 60}
    if taken and owner is not None:
        facts = {"member_name": owner.name}
        locale = owner.locale or programmes.active()[1].languages[0]
    kind = "address_taken" if taken else "address_code"
    notices.queue(
        kind, key=f"{kind}/{code_id}/{now.isoformat()}", recipient=address, locale=locale, facts=facts, now=now,
        best_before=now + CODE_LIVES,
    )  # fmt: skip
    return Asked(code_id)


def find_code(code_id: str, purpose: Purpose, browser: str) -> Row[Any] | None:
    """A code that this browser asked for."""
    row = read(_select(code_id, purpose)).one_or_none()
    return row if row is not None and same(row.browser_hash, token_hash(browser)) else None


def try_code(code_id: str, purpose: Purpose, typed: str, *, visitor: Visitor, now: datetime) -> Tried:
    """Try a code; the right one is spent. The caller commits whatever comes of it, because tries are counted."""
    row = run(_select(code_id, purpose).with_for_update()).one_or_none()
    tried = codes.try_code(AddressCode, row, typed, visitor=visitor, now=now)
    owner_id = None
    if tried.outcome == "right" and row is not None:
        run(update(AddressCode).where(_code.id == code_id).values(used_at=now))
        owner_id = row.member_id
    note("address_code", tried.outcome, now, owner_id=owner_id, how=purpose, about=code_id)
    return tried


def forget_codes(member_id: str) -> None:
    """Let no code that is on its way to another address of this member work any more."""
    run(delete(AddressCode).where(_code.member_id == member_id))


def _select(code_id: str, purpose: Purpose) -> Any:
    return select(AddressCode.__table__).where(_code.id == code_id, _code.purpose == purpose)
