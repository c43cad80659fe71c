"""Random sequences of what members, Stripe, its messages and its faults do.

Hypothesis chooses the steps; what must be so after each, and in the end, stands in `watched`.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from tests.billing.ground import MEMBERS, Ground
from tests.billing.judge import LIVE
from tests.billing.presents import CODES, Presents
from tests.billing.shop import AGREED, now, session_of

WHO, CARDS = st.sampled_from(MEMBERS), ("4242", "4242", "4242", "0341", "3155", "0002")
BY_MONTH_OR_YEAR = ("gold-monthly", "gold-yearly", "platinum-monthly", "platinum-yearly")
PLANS = st.sampled_from((*BY_MONTH_OR_YEAR, "gold-monthly", "gold-life"))
SPANS = {
    "an hour": timedelta(hours=1), "a day": timedelta(days=1), "3 days": timedelta(days=3),
    "8 days": timedelta(days=8), "15 days": timedelta(days=15), "31 days": timedelta(days=31),
    "2 months": timedelta(days=61), "13 months": timedelta(days=396),
}  # fmt: skip
FAULTS = st.sampled_from(("409", "429", "500", "lost", "drop"))
PATHS = ("*", "*", "/v1/subscriptions/*", "/v1/invoices/*", "/v1/checkout/sessions*", "/v1/customers*")
PAGES = (
    *("/membership", "/plans", "/membership/cancel", "/membership/change", "/membership/pause", "/you"),
    "/gifts",
)


class Machine(Presents):
    """What may happen: what members do, what others do at Stripe, messages, faults and time."""

    # Buying

    @initialize(
        first=st.sampled_from((*BY_MONTH_OR_YEAR, "gold-life")), second=st.sampled_from((*BY_MONTH_OR_YEAR, None)),
        card=st.sampled_from(("4242", "4242", "0341")), days=st.sampled_from((0, 0, 3, 15, 29, 40)),
        lost=st.booleans(),
    )  # fmt: skip
    def who_has_a_plan_already(
        self, first: str, second: str | None, card: str, days: int, lost: bool
    ) -> None:
        self.lost = lost
        self.joins("anna", first, card, True)
        if second is not None:
            self.joins("bella", second, "4242", False)
        if days:
            self._pass_time(f"{days} days", timedelta(days=days), hears=True)

    @rule(name=WHO, plan=PLANS, card=st.sampled_from((*CARDS, None)), back=st.booleans(), code=CODES)
    def joins(self, name: str, plan: str, card: str | None, back: bool, code: str | None = None) -> None:
        page = self._page(name, plan)
        if page is not None:
            self._pay(name, page, card, "complete", back, code)

    @rule(name=WHO, plan=PLANS)
    def opens_a_checkout(self, name: str, plan: str) -> None:
        self._page(name, plan)

    def _page(self, name: str, plan: str) -> str | None:
        """The checkout that she is sent to."""
        from portal.billing import checkout
        from portal.billing.terms import Terms

        agreed, member = Terms("You agree to pay.", "en_GB"), self.ground.members[name]
        url = self._do(
            f"{name} joins {plan}", lambda: checkout.begin_checkout(member, plan, "GBP", agreed, now())
        )
        if url is None:
            return None
        self.pages[session_of(url)] = name
        return session_of(url)

    def _open_pages(self) -> list[str]:
        return [id for id in self._ids("checkout.session", "open") if id in self.pages]

    @precondition(lambda self: self._open_pages())
    @rule(data=st.data(), card=st.sampled_from(CARDS), bank=st.sampled_from(("complete", "fail", "leave")))
    def pays_a_page_that_was_left_open(self, data: Any, card: str, bank: str) -> None:
        page = data.draw(st.sampled_from(self._open_pages()))
        self._pay(self.pages[page], page, card, bank, data.draw(st.booleans()))

    @precondition(lambda self: self._open_pages())
    @rule(name=WHO)
    def leaves_the_checkout(self, name: str) -> None:
        from portal.billing import checkout

        self._do(f"{name} leaves the checkout", lambda: checkout.leave_checkout(self._id(name), now()))

    # What she does with a plan that runs

    @precondition(lambda self: self._with("active"))
    @rule(data=st.data(), plan=st.sampled_from(BY_MONTH_OR_YEAR), after=st.sampled_from((0, 0, 7, 20)))
    def changes(self, data: Any, plan: str, after: int) -> None:
        from portal.billing import changes

        name = data.draw(st.sampled_from(self._with("active")))
        op = self._do(f"{name} looks at {plan}", lambda: changes.show(self._id(name), plan, now()))
        if op is not None:
            self.ground.clock.shift(timedelta(minutes=after))
            self._do(f"{name} agrees to it", lambda: changes.agree(self._id(name), op, now(), AGREED).state)

    @precondition(lambda self: self._with(*LIVE))
    @rule(data=st.data())
    def ends(self, data: Any) -> None:
        from portal.billing import wishes

        self._wish(data, "end", lambda member: wishes.ask_to_end(member, None, now()))

    @precondition(lambda self: self._with(*LIVE, that=lambda one: one["cancel_at"] is not None))
    @rule(data=st.data())
    def keeps(self, data: Any) -> None:
        from portal.billing import wishes

        self._wish(data, "keep", lambda member: wishes.ask_to_keep(member, now()))

    @precondition(lambda self: self._with(*LIVE, that=lambda one: one["schedule"] or one["pending_update"]))
    @rule(data=st.data())
    def stays(self, data: Any) -> None:
        from portal.billing import wishes

        self._wish(data, "stay", lambda member: wishes.ask_to_stay(member, now()))

    @precondition(lambda self: self._with("active"))
    @rule(data=st.data())
    def pauses(self, data: Any) -> None:
        from portal.billing import wishes

        self._wish(data, "pause", lambda member: wishes.ask_to_pause(member, now()))

    def _wish(self, data: Any, words: str, ask: Callable[[str], Any]) -> None:
        name = data.draw(st.sampled_from(self._with(*LIVE)))
        self._do(f"{name} wants: {words}", lambda: ask(self._id(name)))

    @precondition(lambda self: self._with("paused"))
    @rule(data=st.data())
    def resumes(self, data: Any) -> None:
        from portal import programme
        from portal.billing import pausing, queries, rules

        name = data.draw(st.sampled_from(self._with("paused")))
        live = queries.live_subscription(self._id(name))
        if live is not None:
            day = programme.active()[1].day(now())
            period_minor = live.amount_minor if live.due_minor is None else live.due_minor
            due = rules.resume_minor(live.paid_until, period_minor, day)
            self._do(f"{name} goes on for {due}", lambda: pausing.resume(self._id(name), due, now()))

    @precondition(lambda self: self._ids("payment_intent", "succeeded"))
    @rule(name=WHO)
    def withdraws(self, name: str) -> None:
        from portal import programme
        from portal.billing import withdrawing

        active = programme.active()[1]
        opened = withdrawing.open_to(self._id(name), active, active.day(now()))
        if opened:
            found = opened[0]
            words = f"{name} withdraws for {found.minor}"
            self._do(words, lambda: withdrawing.withdraw(self._id(name), found.of, found.minor, now()))

    @precondition(lambda self: self._ids("invoice", "open"))
    @rule(data=st.data(), card=st.sampled_from(CARDS))
    def pays_an_open_bill(self, data: Any, card: str) -> None:
        bill = data.draw(st.sampled_from(self._ids("invoice", "open")))
        self._say(f"bill {bill} is paid with {card}")
        self.stripe.pay_invoice(bill, card)
        self._look()

    @precondition(lambda self: self._customers())
    @rule(data=st.data(), card=st.sampled_from(("4242", "0341", "3155", "3184")))
    def changes_the_card(self, data: Any, card: str) -> None:
        customer = data.draw(st.sampled_from(self._customers()))
        self._say(f"the card of {customer} is {card}")
        self.stripe.set_card(customer, card)
        self._look()

    def _customers(self) -> list[str]:
        return [id for id, one in self.judge.all["customer"].items() if not one.get("_deleted")]

    @rule(name=WHO, page=st.sampled_from(PAGES))
    def looks(self, name: str, page: str) -> None:
        self._open(name, page)

    # What others do at Stripe

    @precondition(lambda self: self._customers())
    @rule(data=st.data())
    def a_customer_is_deleted(self, data: Any) -> None:
        customer = data.draw(st.sampled_from(self._customers()))
        self._at_stripe("DELETE", f"/v1/customers/{customer}")

    def _at_stripe(self, method: str, path: str, **params: Any) -> None:
        self._say(f"at Stripe: {method} {path} {params or ''}")
        self.steps[-1] += f": {self.stripe.do(method, path, **params)}"
        self._look()

    @precondition(lambda self: self._ids("payment_intent", "succeeded"))
    @rule(data=st.data(), how=st.sampled_from(("all", "a part", "by her bank")))
    def a_payment_goes_back(self, data: Any, how: str) -> None:
        payment = data.draw(st.sampled_from(self._ids("payment_intent", "succeeded")))
        if how != "by her bank":
            self._at_stripe(
                "POST", "/v1/refunds", payment_intent=payment, **({} if how == "all" else {"amount": "100"})
            )
        elif not any(one["payment_intent"] == payment for one in self._disputes()):
            self._say(f"{payment} is disputed")
            self.stripe.dispute(payment)
            self._look()

    def _disputes(self, *states: str) -> list[Any]:
        found = self.judge.all["dispute"].values()
        return [one for one in found if not states or one["status"] in states]

    @precondition(lambda self: self._disputes("needs_response"))
    @rule(data=st.data(), outcome=st.sampled_from(("won", "lost")))
    def a_bank_decides(self, data: Any, outcome: str) -> None:
        dispute = data.draw(st.sampled_from([one["id"] for one in self._disputes("needs_response")]))
        self._say(f"{dispute} is {outcome}")
        self.stripe.close_dispute(dispute, outcome)
        self._look()

    @precondition(lambda self: self._ids("subscription", *LIVE))
    @rule(
        data=st.data(),
        what=st.sampled_from(
            (
                {"cancel_at_period_end": "true"}, {"cancel_at_period_end": "false"}, {"cancel_at": "min_period_end"},
                {"cancel_at": ""}, {"pause_collection": {"behavior": "void"}}, {"pause_collection": ""},
                {"pause_collection": {"behavior": "keep_as_draft"}}, None,
            )
        ),
    )  # fmt: skip
    def the_dashboard_changes_a_subscription(self, data: Any, what: dict[str, Any] | None) -> None:
        one = data.draw(st.sampled_from(self._ids("subscription", *LIVE)))
        if what is None:
            self._at_stripe("DELETE", f"/v1/subscriptions/{one}")
        else:
            self._at_stripe("POST", f"/v1/subscriptions/{one}", **what)

    @precondition(lambda self: self._ids("invoice", "open"))
    @rule(data=st.data(), how=st.sampled_from(("void", "mark_uncollectible")))
    def the_dashboard_gives_up_a_bill(self, data: Any, how: str) -> None:
        bill = data.draw(st.sampled_from(self._ids("invoice", "open")))
        self._at_stripe("POST", f"/v1/invoices/{bill}/{how}")

    # Time, messages, the worker, faults

    @rule(span=st.sampled_from((*list(SPANS), "a day", "31 days")), hears=st.booleans())
    def time_passes(self, span: str, hears: bool) -> None:
        self._pass_time(span, SPANS[span], hears)

    def _pass_time(self, words: str, span: timedelta, hears: bool) -> None:
        """Where the portal `hears`, each thing is told as it happens, and the nightly work is done in the end."""
        self._say(f"{words} pass{'' if hears else ', and nobody hears'}")
        until = now() + span
        due = self.stripe.next_due()
        while hears and due is not None and due < until.timestamp():
            self.ground.clock.move_to(max(now(), _instant(due)))
            self.stripe.catch_up()
            self._hear(self.stripe.waiting())
            self._work()
            due = self.stripe.next_due()
        self.ground.clock.move_to(max(now(), until))
        self.stripe.catch_up()
        if hears:
            from portal import billing

            self._hear(self.stripe.waiting())
            self._work()
            billing.nightly(now())
            self._follow()
        self._look()

    def _hear(self, events: list[str]) -> None:
        for event in events:
            assert self.ground.tell(event) == 200, event

    def _work(self) -> None:
        from portal import billing

        billing.work_off(now())

    @precondition(lambda self: self.stripe.waiting())
    @rule(
        data=st.data(),
        how=st.sampled_from(("in order", "in order", "shuffled", "twice", "lost", "some forged", "too old")),
        works=st.booleans(),
    )
    def messages_arrive(self, data: Any, how: str, works: bool) -> None:
        self._say(f"messages arrive: {how}{', and are looked into' if works else ''}")
        events = self.stripe.waiting()
        if how == "shuffled":
            events = data.draw(st.permutations(events))
        if how == "some forged":
            assert self.ground.tell(events[0], secret="whsec_of_another") == 400
            assert self.ground.tell(events[-1], tampered=True) == 400
        elif how == "too old":
            assert self.ground.tell(events[0], age_seconds=400) == 400
        elif how == "lost":
            self.stripe.drop(events[::2])
            events = events[1::2]
        self._hear(events if how != "twice" else events + events[::-1])
        if works:
            self._work()
        self._look()

    @rule(
        path=st.sampled_from(PATHS),
        kind=FAULTS,
        times=st.integers(1, 4),
        method=st.sampled_from(("*", "POST")),
    )
    def stripe_falls_ill(self, path: str, kind: str, times: int, method: str) -> None:
        self._say(f"the next {times} calls {method} {path}: {kind}")
        self.stripe.fault(kind, path, method=method, times=times)

    @rule(everything=st.booleans())
    def reconciles(self, everything: bool) -> None:
        from portal import billing

        self._say(f"reconcile{' everything' if everything else ''}")
        with suppress(billing.Unavailable, billing.Rejected):
            billing.reconcile(now(), everything=everything)
        self._look()


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, now().tzinfo)


def run(ground: Ground, examples: int, *, steps: int, number: int | None = None) -> None:
    """So many examples of at most so many steps, the same each time, or those of the seed `number`.

    Fails with the steps of the first that goes wrong.
    """
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        derandomize=number is None, suppress_health_check=list(HealthCheck), print_blob=False,
        phases=(Phase.generate,),  # to look for a shorter one takes hours, and the steps are told in words
    )  # fmt: skip

    class OnGround(Machine):
        pass

    OnGround.ground = ground
    run_state_machine_as_test(OnGround if number is None else seed(number)(OnGround), settings=chosen)
