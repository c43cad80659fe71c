"""`portal proxy`: the settings of nginx, which stands in front of the portal and takes in whatever strangers send."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal import merchant
from portal.config import Settings
from portal.errors import Refused
from portal.serving import ROOT, refuse_all_as_one

CONNECTIONS = 100  # of one address at once: a household, an office; browsers use six, or one by HTTP/2
HTTPS, HTTP = 443, 80


@click.command("proxy")
@click.option("--port", default=8025, show_default=True, help="Where `portal serve` listens on this machine.")
@click.option("--certificate", type=Path, help="The certificate with its chain (PEM); needed for https.")
@click.option("--key", type=Path, help="Its private key (PEM); needed for https.")
def proxy(port: int, certificate: Path | None, key: Path | None) -> None:
    """Print the configuration of nginx for the address in PORTAL_BASE_URL."""
    click.echo(nginx_conf(Settings.load(os.environ), port, certificate, key), nl=False)


def nginx_conf(settings: Settings, port: int, certificate: Path | None, key: Path | None) -> str:
    """The text of a file for nginx's `http` block: this portal's hosts, passed on to its `port` on this machine.

    Refuses `bad_value` while PORTAL_TRUSTED_PROXIES is 0, and for https without both files.
    """
    refuse_all_as_one(settings.trusted_proxies)
    if settings.secure and (certificate is None or key is None):
        raise Refused(
            "bad_value",
            f"{settings.base_url} needs a certificate. Type: portal proxy --certificate /etc/.../fullchain.pem "
            "--key /etc/.../privkey.pem",
        )
    addresses = {
        urlsplit(address).netloc: urlsplit(address)
        for address in (settings.base_url, settings.staff_base_url)
    }
    usual = HTTPS if settings.secure else HTTP
    sites = [
        {
            "host": host,
            "name": one.hostname,
            "port": one.port or usual,
            "address": f"{one.hostname}:{one.port or usual}",
        }
        for host, one in addresses.items()
    ]
    from portal.web.headers import (
        of_every_answer,
    )  # the web loads what counts across workers, which `serve` sets up first

    words = Environment(  # not HTML: nothing is escaped, and every word comes from the portal's own settings
        loader=FileSystemLoader(ROOT / "templates" / "proxy"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - as above
    )
    return words.get_template("nginx.conf").render(
        name=settings.host,
        upstream=f"127.0.0.1:{port}",
        tls=settings.secure,
        sites=sites,
        certificate=certificate,
        key=key,
        headers=of_every_answer(settings),
        hops=settings.trusted_proxies,
        connections=CONNECTIONS,
        body_kilobytes=merchant.BATCH_LIMIT // 1024,
    )


COMMANDS = (proxy,)
