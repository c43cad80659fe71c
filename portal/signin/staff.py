"""Staff whose passkey is lost: what they had opens nothing any more, links neither, and a new link begins anew."""

from datetime import datetime

from sqlalchemy import update

from portal import people
from portal.db import run
from portal.errors import Refused
from portal.signin.keyring import forget_passkeys
from portal.signin.models import Challenge, Session

_session, _challenge = Session.__table__.c, Challenge.__table__.c


def start_staff_anew(email: str, now: datetime) -> str:
    """Delete the passkeys of this colleague, end their links and sign them out everywhere; their id. Refuses
    `unknown_key` for who does not work here, or no longer."""
    address = people.normal_address(email)
    known = people.staff_by_email(address)
    if known is None or known.disabled_at is not None:
        raise Refused("unknown_key", f"{email} is not staff.")
    forget_passkeys("staff", known.id)
    live = (_session.staff_id == known.id, _session.ended_at.is_(None))
    run(update(Session).where(*live).values(ended_at=now))
    open_links = (_challenge.purpose == "staff", _challenge.email == address, _challenge.used_at.is_(None))
    run(update(Challenge).where(*open_links).values(used_at=now))
    return str(known.id)
