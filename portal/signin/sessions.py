"""Sessions: rows on the server that a token in the browser's cookie points at. A row that ended ends the session."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Executable, and_, bindparam, insert, or_, select, update

from portal import config, ledger, notices, people
from portal import programme as programmes
from portal.db import new_id, prepared, read, run
from portal.errors import Refused
from portal.signin.models import Session
from portal.signin.noting import note
from portal.signin.rules import MEMBER_SESSION, STAFF_SESSION
from portal.signin.secrets import new_token, token_hash
from portal.signin.telling import not_me_url

Kind = Literal["member", "staff"]
_session = Session.__table__.c
_member, _wallet, _staff = people.Member.__table__.c, ledger.Wallet.__table__.c, people.Staff.__table__.c
MEMBER_FIELDS = (
    "ref", "number", "name", "birthday", "locale", "timezone", "joined_on", "marketing", "frozen_at", "waits_until",
)  # fmt: skip
WALLET_FIELDS = ("available", "pending", "owed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in: a member (`id`) with her wallet (points, whole), or staff (`id`) with a role.

    Read anew at every request, so it holds what pages show and no more.
    """

    kind: Kind
    id: str
    email: str | None
    token: str = field(repr=False)
    session_id: str
    opened_at: datetime
    fresh_at: datetime | None = None  # when she last showed that it is her, beyond the first mailed code
    passkey_id: str | None = None  # the passkey that showed it
    # a member's
    ref: str = ""
    number: str = ""
    name: str | None = None
    birthday: str | None = None
    locale: str | None = None
    timezone: str | None = None  # None: that of the programme
    joined_on: date | None = None
    marketing: bool = False
    frozen_at: datetime | None = None
    waits_until: datetime | None = None
    available: int = 0
    pending: int = 0
    owed: int = 0
    # staff's
    role: str | None = None
    # what Flask-Login asks of everybody
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def signed_in(self) -> "Person":
        """Whose session this is; somebody else only while support looks at a member's pages."""
        return self

    def get_id(self) -> str:
        """What the cookie holds: the session's token, never the person's id."""
        return self.token


@dataclass(frozen=True, slots=True)
class Device:
    """One browser in which somebody is signed in, since when."""

    id: str
    label: str
    since: datetime
    current: bool


def load_session(token: str, now: datetime) -> Person | None:
    """Who is signed in by this token, in one statement; None when the session ended or its owner may not come in."""
    row = read(_live_session(), {"p_token": token_hash(token), "p_now": now}).one_or_none()
    if row is None:
        return None
    common: dict[str, Any] = {
        "token": token, "session_id": row.id, "opened_at": row.created_at, "fresh_at": row.fresh_at,
        "passkey_id": row.passkey_id,
    }  # fmt: skip
    if row.staff_id is not None:
        return Person(kind="staff", id=row.staff_id, email=row.staff_email, role=row.role, **common)
    own = {name: row._mapping[name] for name in (*MEMBER_FIELDS, *WALLET_FIELDS)}
    return Person(kind="member", id=row.member_id, email=row.member_email, **own, **common)


@prepared
def _live_session() -> Executable:
    member_columns = [_member[name] for name in MEMBER_FIELDS]
    wallet_columns = [_wallet[name] for name in WALLET_FIELDS]
    return (
        select(
            _session.id, _session.member_id, _session.staff_id, _session.created_at, _session.fresh_at,
            _session.passkey_id, _staff.role, _member.email.label("member_email"), _staff.email.label("staff_email"),
            *member_columns, *wallet_columns,
        )
        .select_from(Session)
        .outerjoin(people.Member, _member.id == _session.member_id)
        .outerjoin(ledger.Wallet, _wallet.member_id == _session.member_id)
        .outerjoin(people.Staff, _staff.id == _session.staff_id)
        .where(
            _session.token_hash == bindparam("p_token"),
            _session.ended_at.is_(None),
            _session.expires_at > bindparam("p_now"),
            or_(_member.status == "active", and_(_staff.id.is_not(None), _staff.disabled_at.is_(None))),
        )
    )  # fmt: skip


def as_seen(member_id: str) -> dict[str, Any] | None:
    """What a session of this member's own would bring along (fields of Person); None when she is no member any more."""
    row = read(_seen(), {"p_member": member_id}).one_or_none()
    return None if row is None else dict(row._mapping)


@prepared
def _seen() -> Executable:
    own = [_member[name] for name in MEMBER_FIELDS] + [_wallet[name] for name in WALLET_FIELDS]
    return (
        select(_member.email, *own)
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .where(_member.id == bindparam("p_member"), _member.status == "active")
    )


def is_fresh(person: Person, now: datetime) -> bool:
    """Whether this person showed at most five minutes ago that it is still them (security.md rule 14)."""
    return people.is_recent(person.fresh_at, now)


def open_session(
    kind: Kind,
    owner_id: str,
    *,
    challenge_id: str,
    browser: str,
    agent: str,
    now: datetime,
    passkey_id: str | None = None,
) -> str | None:
    """Sign a member or staff in, in this browser, by what this challenge has proved; the token for its cookie.

    A passkey makes it fresh, a first mailed code does not. None when a session of this challenge was ended before: a
    proof that somebody signed out of is worth nothing.
    """
    mine = _session.member_id == owner_id if kind == "member" else _session.staff_id == owner_id
    ended = select(_session.id).where(
        mine, _session.challenge_id == challenge_id, _session.ended_at.is_not(None)
    )
    if run(ended.limit(1)).one_or_none() is not None:
        return None
    token, session_id = new_token(), new_id()
    run(
        insert(Session),
        {
            "token_hash": token_hash(token), "id": session_id, "member_id": owner_id if kind == "member" else None,
            "staff_id": owner_id if kind == "staff" else None, "challenge_id": challenge_id,
            "browser_hash": token_hash(browser), "agent": agent, "created_at": now,
            "fresh_at": None if passkey_id is None else now, "passkey_id": passkey_id,
            "expires_at": now + (MEMBER_SESSION if kind == "member" else STAFF_SESSION),
        },
    )  # fmt: skip
    how = "passkey" if passkey_id is not None else "mail" if kind == "member" else "link"
    note("session", "opened", now, kind=kind, owner_id=owner_id, how=how, about=session_id)
    return token


def was_opened_by(challenge_id: str, member_id: str) -> bool:
    """Whether this proof has signed this member in before, in a session that may have ended since."""
    its = select(_session.id).where(_session.member_id == member_id, _session.challenge_id == challenge_id)
    return read(its.limit(1)).first() is not None


def renew(
    person: Person, now: datetime, *, passkey_id: str | None = None, is_fresh: bool = True
) -> str | None:
    """Give a session another token and another name, as at every change of what it may do; the one before is dead.

    It is fresh from now on, by this passkey or by a mailed code; not `is_fresh`: as fresh as it was. It ends when it
    would have ended. None when it has ended.
    """
    token = new_token()
    proof = {"fresh_at": now, "passkey_id": passkey_id} if is_fresh else {}
    renewed = run(
        update(Session)
        .where(_session.token_hash == token_hash(person.token), _session.ended_at.is_(None))
        .values(token_hash=token_hash(token), id=new_id(), **proof)
    )
    return token if renewed.rowcount else None


def end_others(person: Person, now: datetime) -> int:
    """Sign this person out everywhere but in this session, because they ask for it; how many sessions there were.

    Refuses `proof_needed` without a fresh proof: whoever took her phone in hand does not sign her out elsewhere.
    """
    _refuse_unless_fresh(person, now)
    return end_all_but_this(person, now)


def end_all_but_this(person: Person, now: datetime) -> int:
    """The same after a change of the ways in, which has had its own proof. The browsers of the others are new ones from
    then on."""
    others = (_owned_by(person), _session.token_hash != token_hash(person.token), _session.ended_at.is_(None))
    ended = int(run(update(Session).where(*others).values(ended_at=now)).rowcount)
    here = select(_session.browser_hash).where(_session.token_hash == token_hash(person.token))
    forget_browsers(_owned_by(person), _session.browser_hash.not_in(here))
    if ended:
        note("session", "ended", now, kind=person.kind, owner_id=person.id, how="others")
    return ended


def tell_of_new_device(
    owner: Any, kind: Kind = "member", *, challenge_id: str, browser: str, agent: str, now: datetime
) -> None:
    """Queue a mail when this browser never opened this member's card, or the desk for this colleague, before, or was
    signed out from elsewhere since; asked before its session is opened. `owner` is the row of whom it is."""
    whose = _session.member_id if kind == "member" else _session.staff_id
    known = select(_session.id).where(whose == owner.id, _session.browser_hash == token_hash(browser))
    if not owner.email or run(known.limit(1)).one_or_none() is not None:
        return
    facts = {"member_name": None, "device": agent, "at": now.isoformat(), "not_me_url": ""}
    locale, member_id = programmes.active()[1].languages[0], None
    if kind == "member":
        facts["member_name"], locale, member_id = owner.name, owner.locale or locale, owner.id
        facts["not_me_url"] = not_me_url(owner.id, owner.email, "device", now)
    notices.queue(
        "new_sign_in", key=f"new_sign_in/{challenge_id}", recipient=owner.email, locale=locale, now=now,
        facts=facts | {"sessions_url": safety_url(kind)}, member_id=member_id,
    )  # fmt: skip


def safety_url(kind: Kind) -> str:
    """Absolute address of the page where the ways in of a member, or of staff, are listed."""
    if kind == "member":
        return notices.address("/safety")
    return f"{config.current().staff_base_url}/staff/safety"


def sessions_of(person: Person, now: datetime) -> list[Device]:
    """Where this person is signed in, a browser once, the newest first."""
    rows = read(
        select(Session.__table__).where(_owned_by(person), *_live(now)).order_by(_session.created_at.desc())
    ).all()
    here = {row.browser_hash for row in rows if row.id == person.session_id}
    devices: dict[str, Device] = {}
    for row in rows:
        devices.setdefault(
            row.browser_hash, Device(row.id, row.agent, row.created_at, row.browser_hash in here)
        )
    return list(devices.values())


def end_session(person: Person, session_id: str, now: datetime) -> bool:
    """End the person's sessions in the browser of this one; whether there was one. Nobody ends another's. A browser
    that is not the one at hand is a new one from then on.

    Refuses `proof_needed` without a fresh proof, but for the session at hand: signing out here asks for nothing.
    """
    if session_id != person.session_id:
        _refuse_unless_fresh(person, now)
    browser = read(
        select(_session.browser_hash).where(_owned_by(person), _session.id == session_id)
    ).scalar_one_or_none()
    its = (_owned_by(person), _session.browser_hash == browser)
    ended = run(update(Session).where(*its, _session.ended_at.is_(None)).values(ended_at=now))
    if ended.rowcount:
        how = "sign_out" if session_id == person.session_id else "device"
        if how == "device":
            forget_browsers(*its)
        note("session", "ended", now, kind=person.kind, owner_id=person.id, how=how, about=session_id)
    return bool(ended.rowcount)


def end_sessions(member_id: str, now: datetime, *, keep: Collection[str] = (), how: str = "all") -> int:
    """Sign a member out everywhere, as when her address changes, but in the sessions with the ids `keep`; how many
    sessions there were, `how` is for the log. Their browsers are new ones from then on."""
    hers = _session.member_id == member_id
    live = (hers, _session.id.not_in(keep), _session.ended_at.is_(None))
    ended = int(run(update(Session).where(*live).values(ended_at=now)).rowcount)
    kept = select(_session.browser_hash).where(hers, _session.id.in_(keep))
    forget_browsers(hers, _session.browser_hash.not_in(kept))
    if ended:
        note("session", "ended", now, owner_id=member_id, how=how)
    return ended


def end_one(session_id: str, now: datetime) -> None:
    """End one session and no other of the same browser: another has taken its place."""
    run(update(Session).where(_session.id == session_id, _session.ended_at.is_(None)).values(ended_at=now))


def forget_browsers(*which: Any) -> None:
    """Let the browsers of these sessions, ended ones too, be new ones: who signed them out from elsewhere may mean a
    thief, and hears of it when he comes back."""
    run(update(Session).where(*which, _session.browser_hash != "").values(browser_hash=""))


def _refuse_unless_fresh(person: Person, now: datetime) -> None:
    if not is_fresh(person, now):
        raise Refused("proof_needed", "Signing out elsewhere asks for a fresh proof.", status=403)


def _owned_by(person: Person) -> Any:
    return (_session.member_id if person.kind == "member" else _session.staff_id) == person.id


def _live(now: datetime) -> tuple[Any, ...]:
    return _session.ended_at.is_(None), _session.expires_at > now
