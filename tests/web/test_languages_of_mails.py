"""Every mail in the language of its reader."""

import re
from datetime import timedelta

import pytest

from portal import programme as programmes
from tests.notices.mailbox import Mailbox, mailbox, programme
from tests.page import Element, Visit, read
from tests.web.korean import ROOT, ZOE, check_korean, english_in, join_in_korean
from tests.web.mails import MAILS, mail_of

__all__ = ["mailbox", "programme"]


def test_every_mail_is_looked_at() -> None:
    assert MAILS.keys() == {
        folder.name for folder in (ROOT / "templates/emails").iterdir() if folder.is_dir()
    }


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_is_written_in_its_readers_language(app, programme: programmes.Programme, kind: str) -> None:
    mail = mail_of(app, kind, "ko-KR")
    html = read(mail.get_body(("html",)).get_content())
    check_korean(html)
    plain = Element("", parts=[mail.get_body(("plain",)).get_content(), mail["Subject"]])
    assert english_in(plain) == []
    assert re.search("[가-힣]", mail["Subject"])


def test_the_mails_of_joining_are_in_the_language_of_the_page(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    join_in_korean(visit, mailbox)
    subjects = [re.sub("[0-9]{6}", "…", mail["Subject"]) for mail in mailbox.to(ZOE)]
    assert subjects == ["[Pennywren Rewards] 인증 코드 …", "[Pennywren Rewards] 카드가 준비되었습니다"]


def test_a_day_later_a_korean_mail_tells_the_korean_time(app, programme: programmes.Programme, clock) -> None:
    clock.shift(timedelta(days=1))
    assert "2026. 6. 10." in mail_of(app, "new_sign_in", "ko").get_body(("plain",)).get_content()
