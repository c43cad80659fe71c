"""`portal shops` and `portal keys`: who may send orders."""

import click
from flask import Flask

from portal import clock, merchant
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
@in_app
def create(_app: Flask, name: str, shop: str, scopes: str) -> None:
    """Make a key; its secret is printed once and cannot be shown again."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    key_id, secret = transact(lambda: merchant.create_key(name, shop, wanted, clock.now()))
    click.echo(f"id      {key_id}")
    click.echo(f"secret  {secret}")
    click.echo("Keep the secret now: only its hash is stored.", err=True)


@keys.command("list")
@in_app
def list_keys(_app: Flask) -> None:
    """Every key with its scopes and last use."""
    for key in merchant.list_keys():
        state = "revoked" if key.revoked_at else "in force"
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never used"
        click.echo(
            f"{key.id}  {key.prefix}...  {key.shop:16}{','.join(key.scopes):28}{state:10}{used}  {key.name}"
        )


@keys.command("revoke")
@click.argument("key_id")
@in_app
def revoke(_app: Flask, key_id: str) -> None:
    """No request with this key is answered any more."""
    transact(lambda: merchant.revoke_key(key_id, clock.now()))
    click.echo("Revoked.")


COMMANDS = (shops, keys)
