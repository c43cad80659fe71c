"""Shops and their keys: who may ask the API what. A secret is shown once and kept as its SHA-256 only."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlalchemy import Row, bindparam, insert, literal, or_, select, update

from portal.db import new_id, prepared, read, run, upsert
from portal.errors import Refused
from portal.merchant.models import ApiKey, Shop
from portal.merchant.scopes import SCOPES, Platform

MAIN = "main"
USE_IS_NOTED_EVERY = timedelta(minutes=10)
KEY_LASTS = timedelta(days=365)
WARNED_BEFORE = timedelta(days=30)
_key, _shop = ApiKey.__table__.c, Shop.__table__.c
_in_force = prepared(
    lambda: select(_key.id, _key.name, _key.shop, _key.scopes, _key.last_used_at).where(
        _key.secret_hash == bindparam("hash"),
        _key.revoked_at.is_(None),
        or_(_key.expires_at.is_(None), _key.expires_at > bindparam("now")),
    )
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The key that a request showed: what it is called, for which shop it speaks and what it may ask."""

    id: str
    name: str
    shop: str
    scopes: frozenset[str]
    last_used_at: datetime | None

    @property
    def actor(self) -> str:
        """How the ledger names who asked."""
        return f"key:{self.id}"


def add_shop(key: str, platform: str, now: datetime, name: str = "") -> None:
    """A source of orders, known by `key` (small letters, digits and hyphens); the same one again is nothing.

    Refuses `bad_value` for a key or platform that cannot be, `conflict` when it stands with another platform.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", key):
        raise Refused(
            "bad_value", f"{key[:60]!r} is no shop key: use small letters, digits and hyphens, 40 at most."
        )
    if platform not in get_args(Platform):
        raise Refused(
            "bad_value", f"{platform[:40]!r} is no platform: use one of {', '.join(get_args(Platform))}."
        )
    fresh = run(
        upsert(Shop).on_conflict_do_nothing().returning(literal(1)),
        {"key": key, "name": name or key, "platform": platform, "added_at": now},
    ).one_or_none()
    if fresh is None and run(select(_shop.platform).where(_shop.key == key)).scalar_one() != platform:
        raise Refused("conflict", f"Shop {key!r} stands with another platform.")


def list_shops() -> list[Row[Any]]:
    """Every shop, by key."""
    return list(read(select(Shop.__table__).order_by(_shop.key)).all())


def shop_name(key: str) -> str:
    """What people call a shop; empty for the default one, which goes by the programme's name."""
    name: str = read(select(_shop.name).where(_shop.key == key)).scalar_one()
    return "" if key == MAIN and name == MAIN else name


def create_key(
    name: str, shop: str, scopes: Iterable[str], now: datetime, *, expires_at: datetime | None = None
) -> tuple[str, str]:
    """A new key for a shop, in force until `expires_at`, a year when that is None; answers its id and its secret, which
    nobody can see again.

    The default shop `main` needs no adding. Refuses `bad_value` without a name or a known scope and for an end that is
    not ahead, `unknown_key` for a shop that is not there.
    """
    ends = now + KEY_LASTS if expires_at is None else expires_at
    if ends <= now:
        raise Refused("bad_value", "The key would have expired already.")
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise Refused(
            "bad_value", f"Scopes are {', '.join(SCOPES)}; give one or more of them.", scopes=unknown
        )
    if not 1 <= len(name) <= 120:
        raise Refused("bad_value", "A key needs a name of at most 120 letters.")
    if shop == MAIN:
        run(
            upsert(Shop).on_conflict_do_nothing(),
            {"key": MAIN, "name": MAIN, "platform": "api", "added_at": now},
        )
    elif run(select(_shop.key).where(_shop.key == shop)).one_or_none() is None:
        raise Refused("unknown_key", f"There is no shop {shop[:60]!r}: add it first.")
    key_id, secret = new_id(), f"pk_{secrets.token_urlsafe(32)}"
    run(
        insert(ApiKey),
        {
            "id": key_id, "shop": shop, "name": name, "secret_hash": _hash(secret), "prefix": secret[:9],
            "scopes": wanted, "created_at": now, "expires_at": ends,
        },
    )  # fmt: skip
    return key_id, secret


def list_keys() -> list[Row[Any]]:
    """Every key with its last use, newest first; none has its secret."""
    return list(read(select(ApiKey.__table__).order_by(_key.id.desc())).all())


def revoke_key(key_id: str, now: datetime) -> None:
    """No request with this key is answered from now on. Refuses `unknown_key`."""
    if run(select(_key.id).where(_key.id == key_id)).one_or_none() is None:
        raise Refused("unknown_key", f"There is no key {key_id[:60]!r}.")
    run(update(ApiKey).where(_key.id == key_id, _key.revoked_at.is_(None)).values(revoked_at=now))


def authenticate(header: str | None, now: datetime) -> Caller:
    """Whose key an `Authorization` header shows; asked of the database each time, so that revoking acts at once.

    Refuses `unauthorized` (401) alike for no key, a wrong one, a revoked one and one that has expired.
    """
    scheme, _, secret = (header or "").partition(" ")
    row = None
    if scheme.lower() == "bearer" and secret.isascii() and len(secret) <= 100:
        row = read(_in_force(), {"hash": _hash(secret.strip()), "now": now}).one_or_none()
    if row is None:
        raise Refused("unauthorized", "Send a key that is in force: Authorization: Bearer pk_...", status=401)
    return Caller(row.id, row.name, row.shop, frozenset(row.scopes), row.last_used_at)


def use_is_due(caller: Caller, now: datetime) -> bool:
    """Whether this use of the key should be noted: staff see the last one, to ten minutes."""
    return caller.last_used_at is None or now - caller.last_used_at >= USE_IS_NOTED_EVERY


def note_use(caller: Caller, now: datetime) -> None:
    """Write down that the key was used at `now`."""
    before = or_(_key.last_used_at.is_(None), _key.last_used_at < now)
    run(update(ApiKey).where(_key.id == caller.id, before).values(last_used_at=now))


def _hash(secret: str) -> str:
    # A secret of 256 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
