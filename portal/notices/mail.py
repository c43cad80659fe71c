"""Mail: how a notice becomes a message in its reader's language, and how a message leaves."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import css_inline
import jinja2
from babel import Locale, UnknownLocaleError
from email_validator import validate_email
from flask_babel import force_locale, get_locale

from portal import config
from portal import programme as programmes
from portal.config import Settings

TIMEOUT_SECONDS = 20
INSTANTS = "_at"  # facts whose names end so are instants, kept as text while they wait
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Outgoing(Protocol):
    """What a row of the outbox says of its message."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


class Undeliverable(Exception):
    """This message can never be delivered; trying again would change nothing."""


Transport = Callable[[EmailMessage], None]
"""Sends one message. Raises Undeliverable, or OSError (SMTPException is one) for what may pass."""


def address(path: str) -> str:
    """The absolute address of a path of the portal: from the settings, never from a request (security.md rule 19)."""
    return config.current().base_url.rstrip("/") + path


class Renderer:
    """Writes messages from templates/emails/<kind>/ with the app's templates and filters."""

    def __init__(self, templates: jinja2.Environment) -> None:
        self.templates = templates
        self.inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

    def __call__(self, notice: Outgoing, facts: dict[str, Any]) -> EmailMessage:
        """The message of a notice, in its reader's language where the programme speaks it.

        Raises Undeliverable for a recipient that is no address.
        """
        _, active = programmes.active()
        settings = config.current()
        message = EmailMessage()
        try:
            message["To"] = _addressed(notice.recipient)
        except ValueError as error:
            raise Undeliverable("the recipient is no address") from error
        message["From"] = Address(active.name, addr_spec=settings.mail_from)
        message["Reply-To"] = Address(active.name, addr_spec=active.contact.email)
        message["Date"] = format_datetime(notice.created_at)
        # The same notice has the same id, so that a second copy after a crash is known as one.
        message["Message-ID"] = f"<{notice.id}@{urlsplit(settings.base_url).hostname}>"
        message["Auto-Submitted"] = "auto-generated"
        with force_locale(_language(notice.locale, active)):
            locale = get_locale()
            context = {
                "programme": active,
                "lang": "-".join(filter(None, (locale.language, locale.script))),
                "text_direction": locale.text_direction,
                "help_url": address("/help"),
                **{name: _revived(name, fact) for name, fact in facts.items()},
            }
            subject = " ".join(
                self._write(notice.kind, "subject.txt", context).split()
            )  # a header is one line
            message["Subject"] = subject
            message.set_content(self._write(notice.kind, "body.txt", context))
            html = self._write(notice.kind, "body.html", {**context, "subject": subject})
        message.add_alternative(self.inliner.inline(html), subtype="html")
        return message

    def _write(self, kind: str, part: str, context: dict[str, Any]) -> str:
        return self.templates.get_template(f"emails/{kind}/{part}").render(context)


def _addressed(recipient: str) -> Address:
    """The recipient as every mail server takes it: its domain in ASCII. Raises ValueError where it is no address."""
    if not recipient.rpartition("@")[2].isascii():
        told = validate_email(recipient, check_deliverability=False)
        recipient = f"{told.local_part}@{told.ascii_domain}"
    return Address(addr_spec=recipient)


def _language(wanted: str, programme: programmes.Programme) -> str:
    """The wanted locale when the programme speaks its language, else the programme's first; as Babel writes it."""
    asked = Locale.parse(wanted, sep="-")
    for own in (Locale.parse(tag, sep="-") for tag in programme.languages):
        if own.language == asked.language and own.script in (None, asked.script):
            # A catalogue of a script is found by its name alone; else dates are those of the reader's country or ours.
            return str(own) if own.script else _at_home(own.language, asked.territory or programme.country)
    return _at_home(programme.languages[0].replace("-", "_"), programme.country)


def _at_home(language: str, country: str | None) -> str:
    """en in GB is en_GB; a language that is not at home there stays as it is."""
    try:
        return str(Locale.parse(f"{language}_{country}")) if country else language
    except (ValueError, UnknownLocaleError):
        return language


def _revived(name: str, fact: Any) -> Any:
    if isinstance(fact, list):
        return [{inner: _revived(inner, value) for inner, value in one.items()} for one in fact]
    return datetime.fromisoformat(fact) if name.endswith(INSTANTS) or name == "at" else fact


class Smtp:
    """A mail server: smtp://name:password@host:port, or smtps:// for TLS from the first byte."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise config.BadSettings(
                ["PORTAL_SMTP_URL: write smtp://host:port or smtps://name:password@host:port"]
            )
        self.tls = parts.scheme == "smtps"
        self.host = parts.hostname
        self.port = parts.port or (465 if self.tls else 25)
        self.name, self.password = unquote(parts.username or ""), unquote(parts.password or "")

    def __call__(self, message: EmailMessage) -> None:
        """Hand one message over. Raises Undeliverable when the server refuses its recipient for good."""
        with self._connect() as server:
            if not self.tls and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif not self.tls and self.password and self.host not in LOOPBACK:
                raise ssl.SSLError("the mail server offers no encryption, so the password is not sent")
            if self.name:
                server.login(self.name, self.password)
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as refused:
                code, _ = next(iter(refused.recipients.values()))
                if code >= 500:
                    raise Undeliverable(f"the mail server refuses the recipient ({code})") from refused
                raise

    def _connect(self) -> smtplib.SMTP:
        if self.tls:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        return server


def transport(settings: Settings) -> Transport | None:
    """Where mail goes by these settings; None when no mail server is set."""
    return Smtp(settings.smtp_url) if settings.smtp_url else None
