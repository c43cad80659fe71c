"""Leaving: her points and codes end, who she was is erased, and the figures stay without a name."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal import billing, earning, giving, granting, ledger, notices, people, referrals, rewards, signin
from portal import programme as programmes
from portal.errors import Refused

Forget = Callable[[str], None]
_told: list[Forget] = []


def on_leaving(forget: Forget) -> None:
    """Let a slice after this one forget who leaves (by id), in the same write; said when an app is put together."""
    if forget not in _told:
        _told.append(forget)


def leave(
    member: Row[Any] | signin.Person, *, actor: str, now: datetime, proof: datetime | None = None
) -> int:
    """Let a member leave for good; how many points went with her. Left twice is once. `proof`: when she who leaves in
    her own browser last showed that it is she.

    Her points, those that wait among them, and her unused rewards end. Name, address, birthday and ids are erased and
    free; orders and entries stay as figures. She is signed out everywhere and gets one last mail. A plan that Stripe
    charges is ended by the worker as soon as this write stands.

    Of what she does herself it refuses `proof_needed` without a recent proof, and `stopped` while her card is stopped:
    a thief takes nothing away by ending it (security.md rule 14).
    """
    ledger.lock(member.id)  # a stop that is on its way counts
    if actor == people.HERSELF:
        if not people.is_recent(proof, now):
            raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
        people.refuse_while_stopped(member.id)
    billing.let_go(member.id, now)
    number, active = programmes.active()
    because = ledger.Because("leaving", member.id, actor, number, {"leaving": True})
    points = ledger.close(member.id, because=because, at=now, day=active.day(now))
    rewards.close_all(member.id, now)
    granting.forget(member.id)
    earning.forget(member.id)
    giving.forget(member.id)
    referrals.forget_code(member.id)
    signin.end_sessions(member.id, now)
    signin.forget_safety(member.id)
    signin.forget_passkeys("member", member.id)
    if member.email:
        signin.forget_address(member.email)
        notices.queue(
            "left", key=f"left/{member.id}", recipient=member.email, locale=member.locale or active.languages[0],
            facts={"member_name": member.name, "balance": points}, now=now, member_id=None,
        )  # fmt: skip
    for forget in _told:
        forget(member.id)
    people.leave(member.id)
    return points
