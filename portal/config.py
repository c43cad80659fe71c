"""Settings: one frozen object, read once from the environment, documented in docs/operating.md."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

DEVELOPMENT_KEY = "development-only-not-a-secret"
# Stands for the secret of a webhook while it is being made; nobody can sign with it.
SECRET_TO_COME = f"whsec_{secrets.token_hex()}"


class BadSettings(Exception):
    """The environment does not make a portal that may start; `problems` says why, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """Everything that can be set from outside. The name of each field in capitals after PORTAL_ is its variable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Literal["development", "testing", "production"] = Field(
        "development", description="What kind of run this is; production refuses insecure defaults"
    )
    home: Path = Field(
        Path("var"), description="Folder for the embedded database, the job queue and made keys"
    )
    database_url: str = Field("", description="Database; empty means an SQLite file under PORTAL_HOME")
    database_pooler: bool = Field(
        False, description="Set when PgBouncer in transaction mode stands in between: no prepared statements"
    )
    programme: str = Field(
        "", description="Programme file or catalogue key; empty means the last published version"
    )
    base_url: str = Field(
        "http://localhost:8025", description="Address members see; every link is made from it"
    )
    staff_url: str = Field(
        "", description="Address of staff, on a host of its own; empty means /staff under PORTAL_BASE_URL"
    )
    secret_key: str = Field(DEVELOPMENT_KEY, description="Signs cookies and forms; 32 characters or more")
    address_key: str = Field(
        "",
        description="Keyed hash of addresses, seal of codes; keep it for ever. Empty: derived from PORTAL_SECRET_KEY",
    )
    smtp_url: str = Field("", description="Where mail goes: smtp://user:password@host:port or smtps://...")
    mail_from: str = Field("loyalty@localhost", description="Sender address of every mail")
    valkey_url: str = Field("", description="Job queue on Valkey or Redis: redis://host:port/0")
    queue_database_url: str = Field(
        "", description="Job queue on PostgreSQL by a direct connection; empty means SQLite or Valkey"
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many proxies in front add to X-Forwarded-For"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged"
    )
    metrics_token: str = Field("", description="Bearer token of /metrics; empty switches the page off")
    stripe_secret_key: str = Field(
        "", description="Sells plans through Stripe: sk_live_... or rk_live_...; empty sells none"
    )
    stripe_webhook_secret: str = Field(
        "", description="Proves that a message to /billing/events is Stripe's: whsec_..."
    )
    stripe_api_base: str = Field(
        "", description="Where Stripe is; empty is Stripe itself, the demonstration has a stand-in"
    )
    stripe_tax: bool = Field(False, description="Let Stripe work out the tax; it has to be set up there")
    demo: bool = Field(False, description="Set by `portal demo`: pages say that this is a demonstration")
    demo_stripe_url: str = Field(
        "", description="Set by `portal demo`: where the pages of Stripe's stand-in are"
    )
    demo_mailbox_url: str = Field("", description="Set by `portal demo`: where the stand-in mailbox is read")

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Settings":
        """Read PORTAL_* from `environ`. Raises BadSettings with every problem at once."""
        given = {
            name: environ[f"PORTAL_{name.upper()}"]
            for name in cls.model_fields
            if environ.get(f"PORTAL_{name.upper()}", "") != ""
        }
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            raise BadSettings(
                [f"PORTAL_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
            ) from None
        problems = settings.staff_problems()
        problems += settings.production_problems() if settings.env == "production" else []
        if problems:
            raise BadSettings(problems)
        return settings

    def staff_problems(self) -> list[str]:
        """What is wrong with the address of staff; empty when there is none, or a good one."""
        if not self.staff_url:
            return []
        base, staff = urlsplit(self.base_url), urlsplit(self.staff_url)
        if staff.scheme != base.scheme or not staff.netloc or staff.path.strip("/"):
            return [f"PORTAL_STAFF_URL: must be {base.scheme}://, a host, and nothing after it"]
        if staff.hostname == base.hostname:
            return ["PORTAL_STAFF_URL: must have another host than PORTAL_BASE_URL; or leave it out"]
        return []

    def production_problems(self) -> list[str]:
        """What must be set before strangers may come in; empty when all is well."""
        problems = []
        if self.secret_key == DEVELOPMENT_KEY or len(self.secret_key) < 32:
            problems.append(
                f"PORTAL_SECRET_KEY: set 32 characters or more, such as {secrets.token_urlsafe(32)}"
            )
        if len(self.address_key) < 32:
            problems.append("PORTAL_ADDRESS_KEY: set 32 characters or more, and keep them for ever")
        if urlsplit(self.base_url).scheme != "https":
            problems.append("PORTAL_BASE_URL: must begin with https:// (cookies are only sent there)")
        if not self.smtp_url:
            problems.append("PORTAL_SMTP_URL: set a mail server; members sign in by mailed codes")
        if self.mail_from.endswith("@localhost"):
            problems.append("PORTAL_MAIL_FROM: set the shop's own address")
        # A space or line break that was pasted along would refuse every message, a short word could be guessed.
        if self.stripe_secret_key and not re.fullmatch(r"whsec_[!-~]{16,}", self.stripe_webhook_secret):
            problems.append(
                "PORTAL_STRIPE_WEBHOOK_SECRET: set the secret of the webhook to /billing/events, whsec_... alone"
            )
        if self.stripe_api_base:
            problems.append("PORTAL_STRIPE_API_BASE: leave it out; a stand-in takes no real money")
        if self.demo:
            problems.append("PORTAL_DEMO: the demonstration does not run in production")
        return problems

    @field_validator("base_url", "staff_url")
    @classmethod
    def _as_browsers_write_it(cls, address: str) -> str:
        """Browsers name a host in small letters, whatever was typed."""
        parts = urlsplit(address)
        return parts._replace(netloc=parts.netloc.lower()).geturl() if parts.netloc else address

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the database."""
        if not self.database_url:
            return f"sqlite:///{(self.home / 'portal.sqlite').resolve()}"
        for prefix in ("postgresql://", "postgres://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    @property
    def address_secret(self) -> bytes:
        """Key of the hash under which addresses are looked up."""
        return (
            self.address_key or hashlib.sha256(b"address:" + self.secret_key.encode()).hexdigest()
        ).encode()

    @property
    def secure(self) -> bool:
        """Whether members come by https, which decides the names and flags of the cookies."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        """Host, with port where one is named, that the portal answers members on."""
        return urlsplit(self.base_url).netloc

    @property
    def staff_base_url(self) -> str:
        """What the addresses of staff's pages begin with."""
        return (self.staff_url or self.base_url).rstrip("/")

    @property
    def staff_host(self) -> str:
        """Host, with port where one is named, that the portal answers staff on."""
        return urlsplit(self.staff_base_url).netloc


_current: Settings | None = None


def use(settings: Settings) -> None:
    """Make these the settings of this process; called once, at boot."""
    global _current
    _current = settings


def current() -> Settings:
    """The settings of this process. Raises RuntimeError before boot."""
    if _current is None:
        raise RuntimeError("no settings yet: create_app() puts them in place")
    return _current
