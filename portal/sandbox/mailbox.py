"""The stand-in mail server: it keeps what it is given in a folder, one file each, and delivers nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiosmtpd.controller import Controller

from portal.db import new_id

KEPT = 500
SHOWN = 100
LARGEST_BYTES = 5_000_000
_ID = re.compile(r"[0-9A-Z]{26}", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]]")
Part = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it is shown; `text_parts` are pieces of its text, each with its address where it is a link."""

    id: str
    to: str
    sender: str
    subject: str
    sent: str
    text_parts: list[Part]
    html: str | None


class Mailbox:
    """A folder of mails, newest last by name; only the newest `KEPT` stay."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def serve(self, port: int) -> Controller:
        """Take mail by SMTP on loopback from now on, in a thread. Raises OSError for a port that is taken."""

        async def keep(_server: Any, _session: Any, envelope: Any) -> str:
            self.keep(envelope.content)
            return "250 Kept, and not delivered"

        controller = Controller(
            SimpleNamespace(handle_DATA=keep), hostname="127.0.0.1", port=port, data_size_limit=LARGEST_BYTES
        )
        controller.start()
        return controller

    def keep(self, content: bytes) -> str:
        """Keep one mail as it came; answers its id."""
        mail_id = new_id()
        half_made = self.folder / f"{mail_id}.part"
        half_made.write_bytes(content)
        half_made.rename(self.folder / f"{mail_id}.eml")
        for old in self._files()[:-KEPT]:
            old.unlink(missing_ok=True)
        return mail_id

    def newest(self) -> list[Mail]:
        """The newest mails first, at most `SHOWN`."""
        return [_mail(file, headers_only=True) for file in reversed(self._files()[-SHOWN:])]

    def find(self, mail_id: str) -> Mail | None:
        """One mail; None when there is none of that id."""
        file = self.folder / f"{mail_id}.eml"
        return _mail(file) if _ID.fullmatch(mail_id) and file.exists() else None

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"))


def _mail(file: Path, *, headers_only: bool = False) -> Mail:
    parser: BytesParser[EmailMessage] = BytesParser(policy=policy.default)
    with file.open("rb") as stream:
        message = parser.parse(stream, headersonly=headers_only)
    date = message["Date"]
    sent = parsedate_to_datetime(date).astimezone() if date else None
    return Mail(
        file.stem,
        str(message["To"] or ""),
        str(message["From"] or ""),
        str(message["Subject"] or "(no subject)"),
        f"{sent:%-d %B %Y, %H:%M}" if sent else "",
        [] if headers_only else list(_linked(_body(message, "plain") or "")),
        None if headers_only else _body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content())


def _linked(text: str) -> Iterator[Part]:
    """The text in pieces: what stands between addresses, and each address as a link to itself."""
    end = 0
    for found in _LINK.finditer(text):
        yield text[end : found.start()], None
        yield found[0], found[0]
        end = found.end()
    yield text[end:], None
