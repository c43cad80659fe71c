"""Whose passkeys are whose: a person has one secret that hers go by, so that no phone learns an id; and whether to ask
a member for her first one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, exists, select, update

from portal.db import prepared, read, run, upsert
from portal.signin import passkeys
from portal.signin.models import Passkey, PasskeyOwner
from portal.signin.rules import ASK_AGAIN_AFTER
from portal.signin.sessions import Kind, Person

_passkey, _owner = Passkey.__table__.c, PasskeyOwner.__table__.c


def passkeys_of(kind: Kind, owner_id: str) -> list[Row[Any]]:
    """Somebody's passkeys, the newest first: id, name, created_at, used_at, doubted_at, is_backed_up and the rest."""
    return list(
        read(
            _of_owner(), {"p_member": _if(kind, "member", owner_id), "p_staff": _if(kind, "staff", owner_id)}
        )
    )


def has_passkey(kind: Kind, owner_id: str) -> bool:
    """Whether somebody can sign in by a passkey."""
    return bool(passkeys_of(kind, owner_id))


def owner_secret(kind: Kind, owner_id: str) -> str | None:
    """What somebody's passkeys call her; None when none was ever asked for."""
    return read(select(_owner.secret).where(_owned_by(kind, owner_id))).scalar_one_or_none()


def secret_of(person: Person) -> str:
    """What her passkeys call her, made when it is first needed; of two at once the second gets the first one's."""
    member, staff = _if(person.kind, "member", person.id), _if(person.kind, "staff", person.id)
    row = {"secret": passkeys.new_owner(), "member_id": member, "staff_id": staff}
    run(upsert(PasskeyOwner).on_conflict_do_nothing(), row)
    return str(run(select(_owner.secret).where(_owned_by(person.kind, person.id))).scalar_one())


def should_offer(member_id: str, now: datetime) -> bool:
    """Whether to ask a member who came in by mail for a passkey: she has none, and has not said "not now" lately."""
    row = read(select(_owner.secret, _owner.asked_at).where(_owner.member_id == member_id)).one_or_none()
    if row is None:
        return True
    if row.asked_at is not None and now - row.asked_at < ASK_AGAIN_AFTER:
        return False
    return not read(select(exists().where(_passkey.owner == row.secret))).scalar_one()


def not_now(person: Person, now: datetime) -> None:
    """She does not want a passkey at the moment."""
    secret = secret_of(person)
    run(update(PasskeyOwner).where(_owner.secret == secret).values(asked_at=now))


def _owned_by(kind: Kind, owner_id: str) -> Any:
    return (_owner.member_id if kind == "member" else _owner.staff_id) == owner_id


def _if(kind: Kind, wanted: Kind, owner_id: str) -> str | None:
    return owner_id if kind == wanted else None


@prepared
def _of_owner() -> Executable:
    hers = (_owner.member_id == bindparam("p_member")) | (_owner.staff_id == bindparam("p_staff"))
    newest_first = (_passkey.created_at.desc(), _passkey.id.desc())
    return (
        select(Passkey.__table__)
        .join(PasskeyOwner, _owner.secret == _passkey.owner)
        .where(hers)
        .order_by(*newest_first)
    )
