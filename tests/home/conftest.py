"""What these tests share."""

from tests.notices.mailbox import programme, statements

__all__ = ["programme", "statements"]
