"""Rules of the random sequences for what is not simply bought: gifts to others, plans that staff give, promotion codes.

Trials need no rule of their own: one of the plans that are joined begins with one.
"""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.billing.ground import MEMBERS
from tests.billing.judge import rows
from tests.billing.shop import now, session_of
from tests.billing.watched import Watched

WHO = st.sampled_from(MEMBERS)
OFFERS = st.sampled_from(
    ("gold-monthly-1", "gold-monthly-1", "gold-monthly-3", "platinum-monthly-1", "gold-yearly-12")
)
GIVEN = st.sampled_from(("gold-monthly", "gold-yearly", "platinum-monthly", "gold-life"))
DAYS = st.sampled_from((1, 7, 8, 40, 100))
CODES = st.sampled_from((None, None, None, "ONCE", "THRICE", "ALWAYS"))


class Presents(Watched):
    """Members who give each other plans, and staff who give some away."""

    @rule(
        name=WHO,
        offer=OFFERS,
        card=st.sampled_from(("4242", "4242", "3155", "0002", None)),
        back=st.booleans(),
    )
    def buys_a_gift(self, name: str, offer: str, card: str | None, back: bool) -> None:
        from portal import programme
        from portal.billing import gift_rules, gifting
        from portal.billing.terms import Terms

        found = {one.key: one for each in gift_rules.choices(programme.active()[1]) for one in each.offers}
        member, once = self.ground.members[name], f"{len(self.steps):026}"
        told: dict[str, Any] = {"once": once, "friend": None, "words": None}
        agreed = Terms("You agree to pay.", "en_GB")
        url = self._do(
            f"{name} gives {offer}", lambda: gifting.begin(member, found[offer], agreed, now(), **told)
        )
        if url is not None:
            self.pages[session_of(url)] = name
            if card is not None:  # without one the page is left open
                self._pay(name, session_of(url), card, "complete", back)

    @precondition(lambda self: self._gifts("open"))
    @rule(name=WHO, data=st.data())
    def uses_a_code(self, name: str, data: Any) -> None:
        from portal.billing import gifts
        from portal.db import transact

        one = data.draw(st.sampled_from(self._gifts("open")))
        row = gifts.bought_by(one["member_id"], one["id"])
        assert row is not None, "it was read a moment ago"
        code = gifts.code_of(row)
        self._do(
            f"{name} uses gift {one['id']}",
            lambda: transact(lambda: gifts.redeem(self._id(name), code, now())).state,
        )

    @precondition(lambda self: self._gifts("open", "redeemed"))
    @rule(data=st.data())
    def wants_the_money_of_a_gift_back(self, data: Any) -> None:
        from portal.billing import gifting

        one = data.draw(st.sampled_from(self._gifts("open", "redeemed")))
        left = one["amount_minor"] - one["refunded_minor"]
        self._do(
            f"gift {one['id']} is withdrawn",
            lambda: gifting.withdraw(one["member_id"], one["id"], left, now()),
        )

    def _gifts(self, *states: str) -> list[dict[str, Any]]:
        return [one for one in rows("plan_gift") if one["state"] in states]

    @rule(name=WHO, plan=GIVEN, days=DAYS)
    def staff_give_a_plan(self, name: str, plan: str, days: int) -> None:
        from portal import billing
        from portal import programme as programmes
        from portal.db import transact

        until = programmes.active()[1].day(now()) + timedelta(days=days)
        ref = f"staff:{len(self.steps)}"
        self._do(
            f"{name} is given {plan} until {until}",
            lambda: transact(
                lambda: billing.give_plan(
                    self._id(name), plan, until=until, source="staff", ref=ref, at=now()
                )
            ),
        )

    @precondition(lambda self: rows("plan_grant", source="staff"))
    @rule(data=st.data())
    def staff_take_a_plan_back(self, data: Any) -> None:
        from portal import billing
        from portal.db import transact

        one = data.draw(st.sampled_from(rows("plan_grant", source="staff")))
        self._do(
            f"{one['ref']} is taken back",
            lambda: transact(lambda: billing.end_given(one["member_id"], one["ref"], now())),
        )

    def _pay(
        self, name: str, page: str, card: str | None, bank: str, back: bool, code: str | None = None
    ) -> None:
        with_code = f" and the code {code}" if code is not None else ""
        self._say(f"{name} pays with {card}{with_code}, bank: {bank}")
        answer = self.stripe.pay(page, card, bank=bank, promotion_code=code)
        self._look()
        if answer.status == 303 and back and "/return" in answer.location:
            self._open(name, answer.location.removeprefix("http://localhost"))

    def _open(self, name: str, path: str) -> None:
        self._say(f"{name} opens {path}")
        self.ground.visit(name, now()).open(path)
        self._look()
