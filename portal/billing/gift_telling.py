"""What is told by mail about a plan that was bought for somebody else: the receipt to who paid, the gift to her friend,
and that the money has gone back.

What becomes of the plan once it is used is told by `granted`, as of every plan that is given.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from portal import notices, people, referrals, rewards
from portal import programme as programmes
from portal.billing.named import label_of
from portal.db import read

PATH = "/gift/"
_member = people.Member.__table__.c


def link(code: str) -> str:
    """Where a code is opened."""
    return notices.address(PATH + rewards.grouped(code))


def giver(member_id: str) -> str:
    """The first name of who bought a gift, all that a friend is told of her; empty for one who has left."""
    return "" if people.has_left(member_id) else referrals.first_name(_row(member_id).name)


def tell_bought(gift: Row[Any], code: str, now: datetime) -> None:
    """Her receipt, with the code to hand on."""
    member = _row(gift.member_id)
    if not member.email:
        return
    notices.queue(
        "gift_bought", key=f"gift_bought/{gift.id}", recipient=member.email, locale=_locale(member), now=now,
        member_id=gift.member_id,
        facts={
            "member_name": member.name, **_facts(gift, code), "amount_minor": gift.amount_minor,
            "currency": gift.currency, "is_mailed": int(gift.is_mailed),
            "gifts_url": notices.address(f"/gifts/{gift.id}"),
        },
    )  # fmt: skip


def tell_friend(gift: Row[Any], code: str, email: str, now: datetime) -> None:
    """The gift itself, in the language of who gives it; the address is kept nowhere else."""
    member = _row(gift.member_id)
    notices.queue(
        "gift_given", key=f"gift_given/{gift.id}", recipient=email, locale=_locale(member), now=now,
        facts={"giver_name": giver(gift.member_id), "words": gift.words or "", **_facts(gift, code)},
    )  # fmt: skip


def tell_back(gift: Row[Any], now: datetime) -> None:
    """What was paid has gone back to her: withdrawn from, refunded, or taken back by her bank (Directive 2011/83/EU,
    Article 11(3)). Each time that it goes, should it come again in between."""
    member = _row(gift.member_id)
    if not member.email:
        return
    _, active = programmes.active()
    notices.queue(
        "gift_back", key=f"gift_back/{gift.id}/{now.isoformat()}", recipient=member.email, locale=_locale(member),
        now=now, member_id=gift.member_id,
        facts={
            "member_name": member.name, "plan_label": label_of(active, gift.plan),
            "months": gift.months, "amount_minor": gift.refunded_minor, "currency": gift.currency,
            "was_used": int(gift.redeemed_by is not None), "back_at": now.astimezone(active.zone).isoformat(),
            "gifts_url": notices.address(f"/gifts/{gift.id}"),
        },
    )  # fmt: skip


def _facts(gift: Row[Any], code: str) -> dict[str, Any]:
    label = label_of(programmes.active()[1], gift.plan)
    return {"plan_label": label, "months": gift.months, "code": rewards.grouped(code), "gift_url": link(code)}


def _row(member_id: str) -> Row[Any]:
    who = (_member.email, _member.name, _member.locale)
    return read(select(*who).where(_member.id == member_id)).one()


def _locale(member: Row[Any]) -> str:
    return str(member.locale or programmes.active()[1].languages[0])
