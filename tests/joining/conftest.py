"""What these tests share."""

from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]
