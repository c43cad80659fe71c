"""Two programmes over the same lines: who moves tier, who gains or loses, what it costs and what is owed for it.

It works on two runs of `simulate`, of programmes with the same home currency; money is in its minor units.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import case, func, select

from portal import giving, people, rewards
from portal.db import read
from portal.money import to_minor
from portal.programme import Programme

_member, _held, _funded = (
    people.Member.__table__.c,
    rewards.Redemption.__table__.c,
    giving.FundedGift.__table__.c,
)

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sum:
    """What some members have of a programme, in minor units.

    `given`: what was earned or issued in all. `cost`: what of it was taken or given away. `liability`: what can still
    be taken, less what is owed back.
    """

    members: int = 0
    given: int = 0
    cost: int = 0
    liability: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.members + other.members,
            self.given + other.given,
            self.cost + other.cost,
            self.liability + other.liability,
        )


@dataclass(frozen=True, slots=True)
class Issued:
    """What a member was given beside points, in minor units: rewards that cost her nothing, used ones, funded gifts."""

    rewards: int = 0
    used: int = 0
    funded: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One simulation: the programme, its outcome, and what was issued to each member by her id."""

    programme: Programme
    outcome: State
    issued: Mapping[str, Issued]


def issued() -> dict[str, Issued]:
    """What every member of the database at hand was given beside points."""
    value = func.coalesce(_held.value_minor, 0)
    used = value - func.coalesce(_held.left_minor, 0)
    given = (
        select(
            _member.ref,
            func.sum(case((_held.state == "withdrawn", 0), else_=value)).label("given"),
            func.sum(case((_held.state == "used", value), else_=used)).label("used"),
        )
        .join(rewards.Redemption, _held.member_id == _member.id)
        .where(_held.points == 0)
        .group_by(_member.ref)
    )
    funded = (
        select(_member.ref, func.sum(_funded.amount_minor).label("funded"))
        .join(giving.FundedGift, _funded.member_id == _member.id)
        .where(_funded.withdrawn_on.is_(None), _funded.charity.is_not(None))
        .group_by(_member.ref)
    )
    paid = {row.ref: int(row.funded) for row in read(funded)}
    found = {row.ref: Issued(int(row.given), int(row.used), paid.pop(row.ref, 0)) for row in read(given)}
    return found | {ref: Issued(funded=amount) for ref, amount in paid.items()}


def compare(old: Run, new: Run) -> State:
    """What changes from one run to the other, member by member, by tier and in total."""
    one, other = old.programme, new.programme
    members: State = {}
    moves: Counter[tuple[str, str]] = Counter()
    tiers: dict[str, tuple[Sum, Sum]] = {}
    verdicts: dict[str, Counter[str]] = {}
    for ref in sorted(set(old.outcome["members"]) | set(new.outcome["members"])):
        (was, had), (will, has) = _of(ref, old), _of(ref, new)
        if was != will:
            moves[was, will] += 1
        tiers[was] = _added(tiers.get(was), had, Sum())
        tiers[will] = _added(tiers.get(will), Sum(), has)
        change = has.given - had.given
        verdicts.setdefault(was, Counter())["gain" if change > 0 else "lose" if change < 0 else "same"] += 1
        members[ref] = {"tier": [was, will], "given": [had.given, has.given], "change": change}
    in_all = sum(verdicts.values(), Counter())
    pairs = list(tiers.values())
    ladder = [tier.key for programme in (other, one) for tier in programme.tiers]
    order = sorted(tiers, key=lambda key: (ladder.index(key) if key in ladder else len(ladder), key))
    return {
        "as_of": new.outcome["as_of"],
        "currency": other.currency,
        "before": one.key,
        "after": other.key,
        "moves": [{"from": was, "to": will, "members": many} for (was, will), many in sorted(moves.items())],
        **_verdict(in_all),
        "tiers": {key: _told(tiers[key]) | _verdict(verdicts.get(key, Counter())) for key in order},
        "totals": _told((sum((p[0] for p in pairs), Sum()), sum((p[1] for p in pairs), Sum()))),
        "refused": [len(run.outcome["refused"]) for run in (old, new)],
        "members": members,
    }


def _verdict(counted: Counter[str]) -> dict[str, int]:
    """How many gain, lose and stay as they are; of a tier those who are in it before."""
    return {name: counted[name] for name in ("gain", "lose", "same")}


def _of(ref: str, run: Run) -> tuple[str, Sum]:
    """A member's tier and sums in one run."""
    state = run.outcome["members"].get(ref)
    if state is None:
        return "none", Sum()
    points, worth = state["points"], run.programme.value_minor
    beside = run.issued.get(ref, Issued())
    held = sum(_left(one, run.programme) for one in state["rewards"] if one["state"] == "available")
    given = worth(max(0, points["earned"])) + beside.rewards + beside.funded
    cost = worth(points["spent"] + points["donated"]) + beside.used + beside.funded
    owed_to_her = worth(points["available"] + points["pending"]) - worth(points["owed"]) + held
    return state["tier"]["key"], Sum(1, given, cost, owed_to_her)


def _left(reward: State, programme: Programme) -> int:
    return 0 if reward["left"] is None else to_minor(reward["left"]["amount"], programme.currency)


def _added(pair: tuple[Sum, Sum] | None, before: Sum, after: Sum) -> tuple[Sum, Sum]:
    known = pair or (Sum(), Sum())
    return known[0] + before, known[1] + after


def _told(pair: tuple[Sum, Sum]) -> State:
    before, after = (asdict(one) for one in pair)
    return {
        "before": before,
        "after": after,
        "difference": {name: after[name] - before[name] for name in before},
    }
