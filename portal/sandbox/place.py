"""Where the demonstration may run: its folder, its ports, the certificate for a network, and what is in the way."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from portal import clock, serving
from portal.sandbox.tls import certificate_for, lan_address
from portal.serving import ROOT, Tls

PORT = 8025
NEEDED = ("granian", "aiosmtpd", "segno", "cryptography")


class CannotStart(Exception):
    """The demonstration does not start; the message says what to type."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything listens: the portal, mailbox and till, the mail server, and the stand-in of Stripe."""

    host: str
    name: str
    port: int
    stand_in_port: int
    smtp_port: int
    stripe_port: int
    stripe_api_port: int
    tls: Tls | None

    @property
    def portal(self) -> str:
        """The portal's address."""
        return self._address(self.port)

    @property
    def mailbox(self) -> str:
        """The mailbox's address."""
        return self._address(self.stand_in_port)

    @property
    def stripe(self) -> str:
        """The address of the hosted pages of Stripe's stand-in."""
        return self._address(self.stripe_port)

    @property
    def stripe_api(self) -> str:
        """Where the portal asks Stripe's stand-in: plain http, on loopback alone."""
        return f"http://127.0.0.1:{self.stripe_api_port}"

    @property
    def certificate(self) -> str | None:
        """The certificate that our own calls trust."""
        return str(self.tls.certificate) if self.tls else None

    def _address(self, port: int) -> str:
        return f"{'https' if self.tls else 'http'}://{self.name}:{port}"


def find_home(home: Path | None, programme: str = "demo") -> Path:
    """The folder of the demonstration's data, made and tried. Raises CannotStart, in production too.

    Where nobody names one, each programme (by its key) has a folder of its own, so that none finds another's members.
    """
    if os.environ.get("PORTAL_ENV") == "production":
        raise CannotStart("The demonstration does not run in production. Type: PORTAL_ENV= make demo")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise CannotStart(
            f"{missing[0]} is missing. Type: make demo   (it fetches what is needed into .venv)"
        )
    own = ROOT / "var" / ("demo" if programme == "demo" else f"demo-{programme}")
    home = (home or Path(os.environ.get("PORTAL_HOME") or own)).resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"The folder {home} cannot be written ({error.strerror}). Type: PORTAL_HOME=/tmp/portal-demo make demo"
        ) from None
    if (home / "portal.sqlite").exists() and not (home / "secret.key").exists():
        raise CannotStart(
            f"{home} holds a portal that is not a demonstration, and is left alone. "
            "Type: PORTAL_HOME=/tmp/portal-demo make demo"
        )
    return home


def find_place(lan: bool, port: int, home: Path) -> Place:
    """Free ports, and in a network the address with its certificate. Raises CannotStart."""
    host, name, tls = "127.0.0.1", "localhost", None
    again = " LAN=1" if lan else ""
    if lan:
        address = lan_address()
        if address is None:
            raise CannotStart(
                "This machine is in no network. Join the phone's Wi-Fi, then type: make demo LAN=1"
            )
        host, name, tls = "0.0.0.0", address, certificate_for(address, home / "tls", clock.now())  # noqa: S104 - asked for
    if not 1 <= port <= 65535:
        raise CannotStart(f"There is no port {port}. Type: make demo{again} PORT={PORT}")
    if not serving.is_free(host, port):
        other = serving.next_free(host, port + 5 if port < 65000 else PORT)
        raise CannotStart(f"Port {port} is taken. Type: make demo{again} PORT={other}")
    beside = serving.next_free(host, port + 1)
    stripe = serving.next_free(host, beside + 1)
    stripe_api = serving.any_free("127.0.0.1") if tls is not None else stripe
    return Place(host, name, port, beside, serving.any_free("127.0.0.1"), stripe, stripe_api, tls)
