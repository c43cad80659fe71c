"""What the pages of rewards share: their blueprint, the day, what is held back, and which codes are open here."""

from datetime import date

from flask import Blueprint, session
from flask_login import current_user

from portal import clock, ledger
from portal.programme import Programme
from portal.rewards.rules import HeldBack

pages = Blueprint("rewards", __name__)
SHOWN = "shown"  # in the browser's signed cookie: the codes that were opened in this session, by the end of their id
MOST_SHOWN = 20
END = 8  # letters of an id: 40 random bits among what one member holds


def today(active: Programme) -> date:
    """The programme's day."""
    return active.day(clock.now())


def held_back() -> HeldBack:
    """What of the member's at hand stands still now."""
    until = current_user.waits_until
    return HeldBack(
        frozen=ledger.wallet(current_user.id).frozen,
        stopped=current_user.frozen_at is not None,
        waits=until is not None and clock.now() < until,
    )


def is_open(redemption_id: str) -> bool:
    """Whether this session opened this code before: then a look at its page shows it again, and counts nothing."""
    return redemption_id[-END:] in session.get(SHOWN, ())


def note_open(redemption_id: str) -> None:
    """Remember that this session opened a code. Signing in anew begins with none."""
    if not is_open(redemption_id):
        session[SHOWN] = [*session.get(SHOWN, ()), redemption_id[-END:]][-MOST_SHOWN:]
