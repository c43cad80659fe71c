"""Lines of one day that are told together: first who joins, then the orders, each in few statements.

Members do not concern one another, so what a window leaves is what its lines, told one by one, would leave. A line
that could see the difference is never put into one (an address that was named before, a birthday near the day, a
referral, a member told twice, a code, any other kind): it is told after what was gathered before it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from portal import earning, joining, merchant
from portal import programme as programmes
from portal.db import savepoint, transact
from portal.errors import Refused
from portal.lab.acting import ACTOR, tell
from portal.lab.events import Event, MemberLine, OrderLine

MOST = 200
Answer = Callable[[int, str | Refused | None], None]


@dataclass(slots=True)
class _Order:
    number: int
    event: OrderLine
    body: earning.OrderBody


@dataclass(slots=True)
class Window:
    """What was gathered and is not told yet. `answer(line, outcome)` hears of each line.

    Who is known is who was told here: the database is empty before the first line.
    """

    answer: Answer
    _known: set[str] = field(default_factory=set)
    _addresses: set[str] = field(default_factory=set)
    _joining: list[tuple[int, MemberLine]] = field(default_factory=list)
    _orders: list[_Order] = field(default_factory=list)
    _members: set[str] = field(default_factory=set)

    def take(self, number: int, event: Event) -> bool:
        """Gather a line, or tell what was gathered and then the line; whether something may be due within its day now.

        All that a line makes due begins with a day, a birthday perhaps within this one: then it is told alone.
        """
        if isinstance(event, OrderLine):
            self._order(number, event)
        elif isinstance(event, MemberLine):
            return self._member(number, event)
        else:
            self.close()
            self._alone(number, event)
        self._close_when_full()
        return False

    def close(self) -> None:
        """Tell what was gathered."""
        if not self._joining and not self._orders:
            return
        members, orders = self._joining, self._orders
        self._joining, self._orders, self._members = [], [], set()
        for number, outcome in transact(lambda: _together(members, orders)):
            self.answer(number, outcome)

    def _close_when_full(self) -> None:
        if len(self._joining) + len(self._orders) >= MOST:
            self.close()

    def _member(self, number: int, event: MemberLine) -> bool:
        plain = self._is_plain(event)
        self._known.add(event.member)
        if event.data.email is not None:
            self._addresses.add(event.data.email)
        if plain:
            self._members.add(event.member)
            self._joining.append((number, event))
            self._close_when_full()
        else:
            self.close()
            self._alone(number, event)
        return not plain and (event.data.birthday is not None or event.data.timezone is not None)

    def _order(self, number: int, event: OrderLine) -> None:
        try:
            body = merchant.check(earning.OrderBody, event.data)
        except Refused as refused:
            self.answer(number, refused)
            return
        if body.codes:
            self.close()
            self._alone(number, event)
            return
        if body.member is not None and body.member.id is not None:
            self._members.add(body.member.id)
        if body.address is not None:
            self._addresses.add(body.address)
        self._orders.append(_Order(number, event, body))

    def _is_plain(self, event: MemberLine) -> bool:
        """Whether nothing that was gathered can tell if she joins, or changes, before it."""
        if event.referred_by is not None or event.member in self._members:
            return False
        data = event.data
        if event.member in self._known and (
            data.email is not None
            or data.email_verified
            or data.birthday is not None
            or data.timezone is not None
        ):
            return False
        day = programmes.active()[1].day(event.at)
        return data.email not in self._addresses and joining.joins_plainly(data, day)

    def _alone(self, number: int, event: Event) -> None:
        try:
            outcome: str | Refused | None = transact(lambda: tell(event, number))
        except Refused as refused:
            outcome = refused
        self.answer(number, outcome)


def _together(
    members: list[tuple[int, MemberLine]], orders: list[_Order]
) -> list[tuple[int, str | Refused | None]]:
    """One write: what each line came to, by its number."""
    words = [joining.Word(event.member, event.data, event.at) for _, event in members]
    puts = joining.put_fresh(words, source=ACTOR)
    outcomes = [
        (number, None if put is not None else _within(event, number))
        for (number, event), put in zip(members, puts, strict=True)
    ]
    answers = earning.record_fresh(
        [earning.Telling(one.body, merchant.MAIN, one.event.order, one.event.at, ACTOR) for one in orders]
    )
    for one, answer in zip(orders, answers, strict=True):
        outcomes.append((one.number, None if answer is not None else _within(one.event, one.number)))
    return outcomes


def _within(event: Event, number: int) -> str | Refused | None:
    """Tell a line so that a refused one leaves nothing behind."""
    try:
        with savepoint():
            return tell(event, number)
    except Refused as refused:
        return refused
