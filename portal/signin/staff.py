"""Staff whose passkey is lost: what they had opens nothing any more, links neither, and a new link begins anew."""

from datetime import datetime

from sqlalchemy import update

from portal import people
from portal.db import run
from portal.errors import Refused
from portal.signin.keyring import forget_passkeys
from portal.signin.models import Challenge, Session
from portal.signin.sessions import forget_browsers

_session, _challenge = Session.__table__.c, Challenge.__table__.c


def start_staff_anew(email: str, now: datetime) -> str:
    """Delete the passkeys of this colleague, end their links and sign them out everywhere; their id. Their browsers are
    new ones from then on. Refuses `unknown_key` for who does not work here, or no longer."""
    known = people.staff_by_email(people.normal_address(email))
    if known is None or known.disabled_at is not None:
        raise Refused("unknown_key", f"{email} is not staff.")
    forget_passkeys("staff", known.id)
    theirs = _session.staff_id == known.id
    run(update(Session).where(theirs, _session.ended_at.is_(None)).values(ended_at=now))
    forget_browsers(theirs)
    end_staff_links(email, now)
    return str(known.id)


def end_staff_links(email: str, now: datetime) -> None:
    """Let the links of this colleague that are still good be too old from now on: the next one alone opens the desk."""
    theirs = (_challenge.purpose == "staff", _challenge.email == people.normal_address(email))
    good = (_challenge.used_at.is_(None), _challenge.expires_at > now)
    run(update(Challenge).where(*theirs, *good).values(expires_at=now))
