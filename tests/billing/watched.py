"""What is looked at while random things happen to members and their plans: after each step, and once all is quiet.

Whatever happened, comparing with Stripe in the end makes our state equal to Stripe's.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.billing import mirror
from tests.billing.ground import MEMBERS, Ground
from tests.billing.judge import Judge, months, rows
from tests.billing.mirror import Row
from tests.billing.shop import now

ROUNDS = 12  # in which all has to become quiet


class Watched(RuleBasedStateMachine):
    """Two members with Stripe behind them. `steps` is what happened so far, in words; with `lost`, the messages that
    nobody has heard in the end never come."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        self.lost = False
        self.pages: dict[str, str] = {}  # checkouts whose address a member has, and whose they are
        self._left = ExitStack()
        self._left.enter_context(self.ground.anew())
        self.stripe = self.ground.stripe
        self._look()

    # What Stripe has, looked at once after each step

    def _look(self) -> None:
        self.stripe.catch_up()
        self.judge = Judge(self.stripe)

    def _ids(self, kind: str, *states: str) -> list[str]:
        """The objects in one of these states."""
        return [id for id, one in self.judge.all[kind].items() if one["status"] in states]

    def _with(self, *states: str, that: Callable[[Row], Any] = bool) -> list[str]:
        """The members who have a subscription in one of these states, and such a one."""
        return [
            name
            for name in MEMBERS
            for one in self.judge.of("subscription", self._id(name))
            if one["status"] in states and that(one)
        ]

    def _id(self, name: str) -> str:
        return str(self.ground.members[name].id)

    def _say(self, words: str) -> None:
        self.ground.clock.shift(timedelta(seconds=1))
        self.steps.append(f"{now():%Y-%m-%d %H:%M:%S} {words}")

    def _do(self, words: str, act: Callable[[], Any]) -> Any:
        """Do something of the portal's, which may refuse."""
        from portal.errors import Refused

        self._say(words)
        try:
            answer = act()
        except Refused as refused:
            answer = None
            self.steps[-1] += f": refused, {refused.code}"
        else:
            self.steps[-1] += f": {answer}" if isinstance(answer, str | bool) else ""
        self._look()
        return answer

    # What must be so

    @invariant()
    def nobody_pays_for_two_plans_that_renew_and_the_ledger_is_whole(self) -> None:
        from portal import ledger

        self._nothing(ledger.faults())
        for name in MEMBERS:
            live = self.judge.live(self._id(name))
            if len(live) > 1:
                known = {
                    row["id"] for row in rows("subscription", member_id=self._id(name)) if row["extra_of"]
                }
                self._true(len(set(live) - known) < 2, f"{name} has {live}")

    def teardown(self) -> None:
        try:
            self._settle()
        finally:
            self._left.close()

    def _settle(self) -> None:
        from portal import billing
        from portal import programme as programmes

        self.stripe.heal()
        if self.lost:
            self._say("whatever nobody has heard by now is lost")
            self.stripe.drop(self.stripe.waiting())
        self._say("all is well again: time passes until nothing waits")
        for _ in range(ROUNDS):
            billing.reconcile(now(), everything=True)
            billing.work_off(now())
            waiting = self._unfinished()
            if not waiting:
                break
            self.ground.clock.move_to(
                max(now(), min(one["due_at"] for one in waiting)) + timedelta(seconds=1)
            )
        self._follow()
        self._look()
        again = billing.reconcile(now(), everything=True)
        self._nothing(waiting)
        self._nothing(again.drift)
        self._true(not again.pending + again.parked, str(again))
        self._nothing(mirror.differences(self.stripe))
        today = programmes.active()[1].day(now())
        for name in MEMBERS:
            self._judge(name, today)
        self.nobody_pays_for_two_plans_that_renew_and_the_ledger_is_whole()

    def _follow(self) -> None:
        """What the nightly work does about plans that were given."""
        from portal import billing
        from portal.db import transact

        for name in MEMBERS:
            transact(partial(billing.follow_given, self._id(name), now()))

    def _unfinished(self) -> list[dict[str, Any]]:
        """What is to be asked of Stripe, and messages that wait to be looked into."""
        wishes = [one for name in MEMBERS for one in rows("billing_operation", member_id=self._id(name))]
        return [one for one in wishes if one["state"] == "new"] + rows("stripe_event", state="pending")

    def _judge(self, name: str, today: date) -> None:
        from portal import billing, granting, tiers

        member = self._id(name)
        extra = {row["id"] for row in rows("subscription", member_id=member) if row["extra_of"]}
        self._true(len(set(self.judge.live(member)) - extra) < 2, f"{name} has two plans that renew")
        found, wanted = billing.standing(member, today), self.judge.standings(member, today, extra)
        one = [] if found is None else [(found.plan, found.status, found.perks)]
        others = [(each.plan, each.status, each.perks) for each in wanted]
        fits = not others if found is None else one[0] in others
        self._true(fits, f"{name} stands as {one}, by Stripe's objects as {others}")
        holds = {one.plan for one in self.judge.holdings(member, today, extra) if one.perks}
        told = set(tiers.plans_on(member, today))
        self._true(told == holds, f"{name} has the benefits of {told}, by Stripe's objects of {holds}")
        self._nothing([f"{name}: {one}" for one in self.judge.causeless(member)])
        payments = self.judge.standing_payments(member)
        given = [
            row
            for row in rows("given", member_id=member)
            if row["key"] == "grant:thanks" and not row["withdrawn_on"]
        ]
        most = payments.total() + self.judge.months_given(member)
        self._true(len(given) <= most, f"{name} has {len(given)} gifts for {payments}: {given}")
        self._nothing([f"{name}: {one}" for one in self.judge.gift_faults(member, today)])
        in_a_row = max((tiers.paid_months(member, plan) for plan in told), default=0)
        self._true(in_a_row <= months(payments), f"{name} has {in_a_row} paid months for {payments}")
        self._nothing(granting.faults())
        self._nothing(billing.faults())

    def _nothing(self, found: list[Any]) -> None:
        self._true(not found, "\n".join(map(str, found)))

    def _true(self, holds: bool, words: str) -> None:
        if not holds:
            said = "\n".join([*self.steps, "", words])
            note(said)
            raise AssertionError(said)
