"""`portal shops` and `portal keys`: who may send orders."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click
from flask import Flask
from sqlalchemy import Row

from portal import clock, merchant, support
from portal.cli.booting import in_app
from portal.db import transact


@click.group("shops")
def shops() -> None:
    """Sources of orders; order numbers are unique within one."""


@shops.command("add")
@click.argument("name")
@click.option("--platform", default="api", show_default=True, help="shopify, woocommerce, bigcommerce or api")
@in_app
def add_shop(_app: Flask, name: str, platform: str) -> None:
    """Add a shop under NAME (small letters, digits, hyphens)."""
    transact(lambda: merchant.add_shop(name, platform, clock.now()))
    click.echo(f"Shop {name} may have keys now: portal keys create --shop {name} --name ...")


@shops.command("list")
@in_app
def list_shops(_app: Flask) -> None:
    """Every shop."""
    for shop in merchant.list_shops():
        click.echo(f"{shop.key:24}{shop.platform:14}{shop.name}")


@click.group("keys")
def keys() -> None:
    """API keys: they belong to one shop and have scopes."""


@keys.command("create")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--shop", default=merchant.MAIN, show_default=True, help="The shop it belongs to.")
@click.option("--scopes", default="read,orders,members", show_default=True, help="Comma-separated scopes.")
@click.option(
    "--expires",
    default="365d",
    show_default=True,
    help="Days from now (90d), or the first day without it: 2027-01-31.",
)
@in_app
def create(_app: Flask, name: str, shop: str, scopes: str, expires: str) -> None:
    """Make a key; its secret is printed once and cannot be shown again."""
    wanted, now = [scope.strip() for scope in scopes.split(",") if scope.strip()], clock.now()
    ends = _instant(expires, now)

    def make() -> tuple[str, str]:
        key_id, secret = merchant.create_key(name, shop, wanted, now, expires_at=ends)
        support.note_command("key_made", at=now, key=key_id, shop=shop, scopes=sorted(set(wanted)))
        return key_id, secret

    key_id, secret = transact(make)
    click.echo(f"id      {key_id}")
    click.echo(f"secret  {secret}")
    click.echo(f"until   {ends:%Y-%m-%d %H:%M}Z")
    click.echo("Keep the secret now: only its hash is stored.", err=True)


def _instant(expires: str, now: datetime) -> datetime:
    """When a key ends, by a number of days or a day, which begins at midnight UTC."""
    if match := re.fullmatch(r"([1-9][0-9]{0,4})d", expires):
        return now + timedelta(days=int(match[1]))
    try:
        return datetime.combine(date.fromisoformat(expires), time(), UTC)
    except ValueError:
        raise click.BadParameter(
            "days such as 90d, or a day such as 2027-01-31", param_hint="--expires"
        ) from None


@keys.command("list")
@in_app
def list_keys(_app: Flask) -> None:
    """Every key with its scopes, its end and its last use; says which end within thirty days."""
    now = clock.now()
    for key in merchant.list_keys():
        state = _state(key, now)
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never used"
        click.echo(
            f"{key.id}  {key.prefix}...  {key.shop:16}{','.join(key.scopes):28}{state:26}{used}  {key.name}"
        )


def _state(key: Row[Any], now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at is None:
        return "in force for ever"
    if key.expires_at <= now:
        return f"expired {key.expires_at:%Y-%m-%d}"
    soon = key.expires_at - now <= merchant.WARNED_BEFORE
    return f"{'ENDS SOON' if soon else 'in force until'} {key.expires_at:%Y-%m-%d}"


@keys.command("revoke")
@click.argument("key_id")
@in_app
def revoke(_app: Flask, key_id: str) -> None:
    """No request with this key is answered any more."""
    now = clock.now()

    def end() -> None:
        merchant.revoke_key(key_id, now)
        support.note_command("key_revoked", at=now, key=key_id)

    transact(end)
    click.echo("Revoked.")


COMMANDS = (shops, keys)
