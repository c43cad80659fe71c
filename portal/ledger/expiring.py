"""How points end: their member is told on the days of the programme, and only what was announced lapses (Reading 3)."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from portal import notices, people
from portal import programme as programmes
from portal.db import read, run
from portal.ledger import lot_statements
from portal.ledger.corrections import forfeit
from portal.ledger.models import NEVER
from portal.ledger.posting import Because, Posted, lock
from portal.ledger.rules import Life, first_look, held_until, life, told_on
from portal.programme import Programme

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Notice:
    """One notice of a lot: the day it was sent, the key of its mail, and whether it was delivered, if that is known."""

    sent_on: date
    mail: str | None
    delivered: bool | None
    is_news: bool = False  # it does not stand so in the database yet


@dataclass(slots=True)
class _Looked:
    """A lot that is looked at: its life, its notices by days before, those that are due now, how long it is held."""

    lot: Row[Any]
    life: Life
    due_on: dict[int, date]
    notices: dict[int, _Notice]
    due: list[int] = field(default_factory=list)
    held_until: date | None = None

    @property
    def was_announced(self) -> bool:
        """Whether its last notice was delivered, or its life is too short for any. All that were due are sent."""
        return not self.notices or bool(self.notices[min(self.notices)].delivered)

    @property
    def last_day(self) -> date:
        """The last day on which it can be used as things stand."""
        return self.held_until or self.life.ends_on

    @property
    def next_on(self) -> date:
        """The next day on which something is to be done for it."""
        to_come = [on for before, on in self.due_on.items() if before not in self.notices]
        return min(to_come) if to_come and self.held_until is None else self.last_day + ONE_DAY


def expire(
    member_id: str, programme: Programme, *, at: datetime, day: date, actor: str, version: int
) -> list[Posted]:
    """Tell a member which of her points end, and let lapse what has ended by `day`, the programme's day of `at`.

    A notice is sent on its day, or when it is looked for later. A lot lapses at 0:00 of the day after its last one; if
    its last notice was not delivered it is held once, thirty days, and lapses then. Only what is available lapses.
    """
    lock(member_id)
    rows = run(lot_statements.lots_due(), {"p_member": member_id, "p_day": day}).all()
    looked_at = [one for row in rows if (one := _look(member_id, programme, row, day)) is not None]
    if not looked_at:
        return []
    _learn(member_id, looked_at, day)
    fresh = [one for one in looked_at if one.due]
    delivered = _reaches(member_id, day) if fresh else None
    mail = f"points_ending/{member_id}/{day}/{fresh[0].life.ends_on}/{fresh[0].due[0]}" if fresh else None
    for one in fresh:
        one.notices |= dict.fromkeys(
            one.due, _Notice(day, mail if delivered is None else None, delivered, True)
        )
    lapsing = []
    for one in looked_at:
        if one.last_day < day:
            if one.held_until is not None or one.was_announced:
                lapsing.append(one)
            else:
                one.held_until = held_until(one.life, day)
    if mail is not None and delivered is None:
        _mail(member_id, programme, mail, fresh, at)
    _write(member_id, looked_at)
    return [_lapse(member_id, programme, one, at, day, actor, version) for one in lapsing]


def touch(member_id: str, day: date) -> None:
    """Her last order or activity was on `day`, or later: where points end by inactivity, they live on from it.

    Nothing in other programmes. A hold ends with it: what is announced next is the end that follows from this day.
    """
    expiry = programmes.active()[1].expiry
    if expiry.kind != "inactivity":
        return
    who = {"p_member": member_id, "p_day": day}
    if run(lot_statements.touch(), who).rowcount:
        run(lot_statements.live_on(), {"p_member": member_id, "p_next": first_look(expiry, day, NEVER)})


def _look(member_id: str, programme: Programme, lot: Row[Any], day: date) -> _Looked | None:
    """What stands of a lot that may be due; None when it has no end any more."""
    known = life(programme.expiry, lot)
    if known is None:
        run(lot_statements.look_at_lot(), {**_lot_key(member_id, lot), "p_next": None, "p_held": None})
        return None
    told = read(lot_statements.lot_notices(), {"p_member": member_id, "p_ends": known.ends_on})
    found = {row.days: _Notice(row.sent_on, row.mail, row.delivered) for row in told}
    one = _Looked(lot, known, told_on(programme.expiry, known), found, held_until=lot.held_until)
    if one.held_until is None:
        one.due = sorted(before for before, on in one.due_on.items() if on <= day and before not in found)
    return one


def _learn(member_id: str, looked_at: list[_Looked], day: date) -> None:
    """Ask what became of notices that were on their way; what is so still when the lot ends did not arrive."""
    unknown = [
        (one, notice)
        for one in looked_at
        for notice in one.notices.values()
        if notice.delivered is None and notice.mail is not None
    ]
    bounces = bool(unknown) and people.mail_bounces(member_id, day)
    for one, notice in unknown:
        notice.delivered = False if bounces else notices.was_delivered(notice.mail or "")
        if notice.delivered is None and one.last_day < day:
            notice.delivered = False
        notice.is_news = notice.delivered is not None


def _reaches(member_id: str, day: date) -> bool | None:
    """Whether a notice of `day` reaches this member; None when that is known only after it was mailed."""
    if people.mail_bounces(member_id, day):
        return False
    if notices.delivery_is_assumed():
        return True
    return None if run(lot_statements.reader(), {"p_member": member_id}).one().email else False


def _mail(member_id: str, programme: Programme, key: str, fresh: list[_Looked], at: datetime) -> None:
    """One service mail for all lots whose notices fall due together, whatever she has said about news."""
    member = run(lot_statements.reader(), {"p_member": member_id}).one()
    total = sum(one.lot.remaining for one in fresh)
    first = min(one.last_day for one in fresh)  # later than that it would say what is not so
    facts: dict[str, Any] = {
        "member_name": member.name,
        "points": total,
        "value_minor": programme.value_minor(total),
        "lots": [
            {
                "points": one.lot.remaining,
                "value_minor": programme.value_minor(one.lot.remaining),
                "ends_at": _instant(one.last_day),
            }
            for one in fresh
        ],
        "orders_keep_them": int(any(one.lot.expires_on == NEVER for one in fresh)),
        "home_url": notices.address("/home"),
    }
    notices.queue(
        "points_ending", key=key, recipient=member.email, locale=member.locale or programme.languages[0],
        facts=facts, now=at, member_id=member_id, best_before=programme.midnight(first + ONE_DAY),
    )  # fmt: skip


def _write(member_id: str, looked_at: list[_Looked]) -> None:
    """What is known now of these lots' notices, and when to look again."""
    for one in looked_at:
        for before, notice in one.notices.items():
            if not notice.is_news:
                continue
            run(
                lot_statements.note_notice(),
                {
                    "member_id": member_id, "expires_on": one.life.ends_on, "days": before, "sent_on": notice.sent_on,
                    "mail": notice.mail, "delivered": notice.delivered,
                },
            )  # fmt: skip
        looked = {"p_next": one.next_on, "p_held": one.held_until}
        run(lot_statements.look_at_lot(), {**_lot_key(member_id, one.lot), **looked})


def _lapse(
    member_id: str, programme: Programme, one: _Looked, at: datetime, day: date, actor: str, version: int
) -> Posted:
    """Let a lot go, with an entry that says which points they were and how their member was told."""
    days = {*programme.expiry.notices, *one.notices}
    trace: dict[str, Any] = {
        "lot": {"expires_on": str(one.life.ends_on), "points": one.lot.remaining},
        "notices": [_outcome(before, one) for before in sorted(days, reverse=True)],
    }
    if one.held_until is not None:
        trace["held_until"] = str(one.held_until)
    if one.lot.expires_on == NEVER:
        trace["inactive"] = {"since": str(one.life.began_on), "days": programme.expiry.days}
    because = Because("expiry", str(one.life.ends_on), actor, version, trace)
    # A lot may fill again, by a late word about an old order, and lapse again: the number before it makes the key.
    key = f"expire/{one.lot.expires_on}/{one.lot.seq}"
    return forfeit(member_id, key, because, at, day, available=one.lot.remaining, lot=one.lot.expires_on)


def _outcome(before: int, one: _Looked) -> dict[str, Any]:
    notice = one.notices.get(before)
    if notice is None:
        return {"days": before, "outcome": "skipped"}
    return {
        "days": before,
        "sent_on": str(notice.sent_on),
        "outcome": "delivered" if notice.delivered else "failed",
    }


def _lot_key(member_id: str, lot: Row[Any]) -> dict[str, Any]:
    return {"p_member": member_id, "p_lot": lot.expires_on}


def _instant(day: date) -> str:
    """A day as a notice carries it: at noon it is the same day wherever it is read."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
