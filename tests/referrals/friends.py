"""Short ways to bring a friend and to let her buy."""

from datetime import timedelta

from portal import clock, earning, joining, nightly, people, referrals
from portal.db import transact
from portal.errors import Refused
from tests import make

BEN = "ben@example.com"


def bring(code: str, ref: str = "c-2", email: str | None = BEN, country: str | None = "GB") -> Refused | None:
    """A friend joins by a code, told by her shop; why the referral does not count, if it does not."""
    body = joining.MemberBody(
        email=email, name="Ben Hill", country=country, referral_code=code, email_verified=email is not None
    )
    put = transact(lambda: joining.put_member(ref, body, source="shop:main", now=clock.now()))
    return put.warnings[0] if put.warnings else None


def buy(amount: str = "20.00", number: str = "1", ref: str = "c-2", days_ago: int = 0, **changes) -> None:
    """The friend's order."""
    placed_at = (clock.now() - timedelta(days=days_ago, minutes=30)).isoformat()
    order = make.order(amount, member=ref, placed_at=placed_at) | changes
    body = earning.OrderBody.model_validate(order)
    transact(
        lambda: earning.record_order(body, shop="main", number=number, at=clock.now(), actor="shop:main")
    )


def night() -> None:
    """All that is scheduled."""
    nightly.run(clock.now())


def code_of(ref: str = "c-1") -> str:
    """A member's code."""
    code = referrals.code_of(id_of(ref))
    assert code is not None
    return code


def id_of(ref: str) -> str:
    """A member's id."""
    member = people.by_ref(ref)
    assert member is not None
    return str(member.id)


def rewards_of(ref: str) -> list[str]:
    """The rewards that a member was given, by key."""
    from sqlalchemy import select

    from portal import rewards
    from portal.db import read

    held = rewards.Redemption.__table__.c
    return list(read(select(held.reward).where(held.member_id == id_of(ref)).order_by(held.ref)).scalars())


def standing(ref: str = "c-1") -> tuple[int, int, int]:
    """Friends of a member who joined, whose thanks are still to come, and who have brought them."""
    from sqlalchemy import union_all

    from portal.db import read

    row = read(union_all(*referrals.facts()), {"p_member": id_of(ref)}).one()
    return row.n1, row.n2, row.n3


def later(clock, days: int) -> None:
    """Days go by, and the night comes."""
    clock.shift(timedelta(days=days))
    night()


def why(warning) -> tuple[str, str]:
    """Why a referral does not count, as its warning says."""
    assert warning is not None
    assert warning.pointer == "/referral_code"
    return warning.code, warning.facts["why"]
