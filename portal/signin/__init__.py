"""Signing in: sessions on the server, and the mailed codes and links that open them. There are no passwords.

It answers everybody who asks in the same way, member or not, and decides after the address is proved. It refuses
nothing by raising: a try that fails is counted and committed, so outcomes are values. It owns the sessions, the
challenges and the counters that slow down guessing; who may see what is decided by the views' policies.
"""

from portal.signin.challenges import (
    LINK_PATH,
    Asked,
    Entered,
    Visitor,
    ask,
    ask_again,
    enter_by_code,
    enter_by_link,
    find_challenge,
    find_link,
    forget_address,
    forget_old,
    is_elsewhere,
    make_link,
    prove_address,
    prove_again,
    proved_address,
    resend_in,
    wanted_path,
)
from portal.signin.limits import seconds_to_wait, too_many
from portal.signin.models import Attempt, Challenge, Session
from portal.signin.rules import MEMBER_IDLE, Limit, agent_label, masked, suggested_address
from portal.signin.sessions import (
    Device,
    Person,
    as_seen,
    end_session,
    end_sessions,
    load_session,
    open_session,
    sessions_of,
    touch,
)

__all__ = [
    "LINK_PATH",
    "MEMBER_IDLE",
    "Asked",
    "Attempt",
    "Challenge",
    "Device",
    "Entered",
    "Limit",
    "Person",
    "Session",
    "Visitor",
    "agent_label",
    "as_seen",
    "ask",
    "ask_again",
    "end_session",
    "end_sessions",
    "enter_by_code",
    "enter_by_link",
    "find_challenge",
    "find_link",
    "forget_address",
    "forget_old",
    "is_elsewhere",
    "load_session",
    "make_link",
    "masked",
    "open_session",
    "prove_address",
    "prove_again",
    "proved_address",
    "resend_in",
    "seconds_to_wait",
    "sessions_of",
    "suggested_address",
    "too_many",
    "touch",
    "wanted_path",
]
