"""The programme: what a whole file says, frozen, and the questions that other slices ask of it.

It answers about days, rates, values and keys. It holds no member and decides nothing about one.
"""

from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from portal import money
from portal.errors import Refused
from portal.programme.automatic import Dividend, Expiry, Funding, Goal, Grant, Step
from portal.programme.community import Board
from portal.programme.earn import Activity, Campaign, ChosenDay, EarnRule, Multiplier, Orders
from portal.programme.kinds import Country, Currency, Key, Label, Language, Timezone, filled, key_of
from portal.programme.ladder import Tier, TierRules
from portal.programme.offers import Charity, Giving, Perk, Plan, Referral, ReferralOffer, Support
from portal.programme.parts import Brand, CurrencyRate, Part, Unit
from portal.programme.periods import lot_date
from portal.programme.rewards import Reward
from portal.programme.safety import Safety, default_basic_daily
from portal.programme.words import Contact, Joining, Named, Pages, Question


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


class Programme(Part):
    """One version of a programme. Equal files give equal programmes; nothing changes after reading."""

    key: Key = Field(description="name for machines, and of the file", examples=["demo"])
    name: Label = Field(description="name of the programme", examples=["Pennywren Rewards"])
    tagline: Label = Field("", description="one sentence under the name", examples=["A small thank-you."])
    timezone: Timezone = Field(
        description="the zone of every rule, day and deadline", examples=["Europe/London"]
    )
    currency: Currency = Field(
        description="home currency; all money of the file is in it, other prices of plans left out",
        examples=["GBP"],
    )
    languages: Annotated[tuple[Language, ...], AfterValidator(filled)] = Field(
        ("en",),
        json_schema_extra={"minItems": 1},
        description="languages of the pages, the first by default",
        examples=[["en", "ko"]],
    )
    country: Country | None = Field(None, description="home country", examples=["GB"])
    tone: Literal["warm", "formal"] = Field(
        "warm", description="how a member is greeted, on her page and in mails", examples=["warm"]
    )
    unit: Unit = Field(description="what the balance counts")
    brand: Brand = Field(default_factory=Brand, description="how the pages look")
    currencies: tuple[CurrencyRate, ...] = Field((), description="other currencies that orders may have")
    orders: Orders = Field(default_factory=Orders, description="what holds for every order")
    earn: tuple[EarnRule, ...] = Field((), description="points on orders")
    multipliers: tuple[Multiplier, ...] = Field((), description="more points on orders")
    campaigns: tuple[Campaign, ...] = Field((), description="more points on orders for a while")
    chosen_day: ChosenDay | None = Field(None, description="one day of more points, picked by the member")
    activities: tuple[Activity, ...] = Field((), description="points for other things")
    goals: tuple[Goal, ...] = Field((), description="so much in a period, for a prize")
    steps: tuple[Step, ...] = Field((), description="a prize for each full step of spend or of a counter")
    grants: tuple[Grant, ...] = Field((), description="what is given by itself")
    dividends: tuple[Dividend, ...] = Field((), description="a share of the year's spend, paid in the next")
    tiers: Annotated[tuple[Tier, ...], AfterValidator(filled)] = Field(
        json_schema_extra={"minItems": 1}, description="the ladder, base tier first"
    )
    tier_rules: TierRules = Field(default_factory=TierRules, description="how tiers count and last")
    perks: tuple[Perk, ...] = Field((), description="standing benefits that tiers and plans name")
    plans: tuple[Plan, ...] = Field((), description="paid memberships")
    rewards: tuple[Reward, ...] = Field((), description="what points buy, and what is given")
    charities: tuple[Charity, ...] = Field((), description="causes to give points to")
    giving: Giving = Field(default_factory=Giving, description="how points are given")
    funding: tuple[Funding, ...] = Field((), description="gifts to charities that the programme pays")
    referral: Referral | None = Field(None, description="what bringing a friend is worth")
    board: Board | None = Field(None, description="a place where members write and vote")
    support: Support = Field(default_factory=Support, description="what the people at the desk may do")
    safety: Safety = Field(default_factory=Safety, description="what asks for a fresh proof")
    expiry: Expiry = Field(default_factory=Expiry, description="when points end")
    words: tuple[Named, ...] = Field((), description="what members read for the words that shops send")
    pages: Pages = Field(default_factory=Pages, description="legal texts")
    contact: Contact = Field(description="how a member reaches a person")
    faq: tuple[Question, ...] = Field((), description="frequent questions")
    joining: Joining = Field(default_factory=Joining, description="words of the joining page")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of every rule."""
        return ZoneInfo(self.timezone)

    def expires_on(self, day: date) -> date:
        """The last day of points earned on a day (Reading 18); 9999-12-31 where they have none when they are earned."""
        return lot_date(self.expiry, day)

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """The counters that activities of the file move, in its order."""
        return tuple(dict.fromkeys(one.counter for one in self.activities if one.counter is not None))

    @cached_property
    def collects(self) -> bool:
        """Whether a balance can come to be at all: anything of the file gives points, or money to the balance."""
        offers = self.referral.offers if self.referral is not None else ()
        gifts = [gift for offer in offers for gift in (offer.friend, offer.inviter) if gift is not None]
        prizes = [one.gives for one in self.goals] + [one.gives for one in self.steps]
        prizes += [one.gives for one in self.grants]
        given = any(gift.points for gift in gifts) or any(prize.points for prize in prizes)
        done = any(activity.points for activity in self.activities)
        return bool(given or done or self.earn or self.campaigns or self.dividends)

    @cached_property
    def named(self) -> dict[str, Named]:
        """`[[words]]` by the word that shops send."""
        return {one.key: one for one in self.words}

    def word(self, key: str, many: int = 2) -> str:
        """What members read for so many of a word that shops send, or of a counter; one without a label is readable."""
        named = self.named.get(key)
        if named is None:
            return key.replace("_", " ").replace("-", " ")
        return named.one or named.label if many == 1 else named.label

    @cached_property
    def follows_orders(self) -> bool:
        """Whether an order can bring more than points and goals: steps, dividends, grants, gifts, a cap."""
        grants = any(one.on in ("tier", "month", "year") for one in self.grants)
        funded = any(one.on == "order" for one in self.funding)
        capped = any(one.cap is not None for one in self.campaigns)
        return bool(self.steps or self.dividends or grants or funded or capped)

    @property
    def base_tier(self) -> Tier:
        """The tier that everybody has."""
        return self.tiers[0]

    @cached_property
    def for_points(self) -> tuple[Reward, ...]:
        """The rewards that a member takes, for points or free, cheapest first; the others are only ever given."""
        return tuple(sorted((r for r in self.rewards if r.least is not None), key=lambda r: r.least or 0))

    def tier(self, key: str) -> Tier:
        """The tier of this key. Refuses `unknown_key`."""
        return _one(self.tiers, key, "tier")

    def activity(self, key: str) -> Activity:
        """The activity of this key. Refuses `unknown_key`."""
        return _one(self.activities, key, "activity")

    def reward(self, key: str) -> Reward:
        """The reward of this key. Refuses `unknown_key`."""
        return _one(self.rewards, key, "reward")

    def plan(self, key: str) -> Plan:
        """The plan of this key. Refuses `unknown_key`."""
        return _one(self.plans, key, "plan")

    @cached_property
    def plans_for_sale(self) -> tuple[Plan, ...]:
        """The plans that can be had anew, in the order of the file."""
        return tuple(plan for plan in self.plans if plan.for_sale)

    def price_in(self, plan: Plan, currency: str) -> int | None:
        """One payment of a plan in a currency, in its minor units; None where it is not sold in it."""
        return plan.price_minor if currency == self.currency else dict(plan.prices).get(currency)

    @cached_property
    def plan_currencies(self) -> tuple[str, ...]:
        """The currencies in which any plan is sold, the home currency first; none where none is sold."""
        others = (code for plan in self.plans_for_sale for code, _minor in plan.prices)
        return tuple(dict.fromkeys([self.currency, *others])) if self.plans_for_sale else ()

    def charity(self, key: str) -> Charity:
        """The charity of this key. Refuses `unknown_key`."""
        return _one(self.charities, key, "charity")

    def perks_of(self, named: tuple[str, ...]) -> list[Perk]:
        """The perks that a tier or plan names: those of `[[perks]]` by key, words as benefits of their own.

        A benefit in words has the key that its words make: "Early access to sales" is "early-access-to-sales".
        """
        known = {perk.key: perk for perk in self.perks}
        return [known.get(name) or Perk(key=key_of(name), label=name) for name in named]

    def referral_offer(self, country: str | None) -> ReferralOffer | None:
        """The offer for a friend of this country: the first that names it, else the first for everywhere."""
        offers = self.referral.offers if self.referral is not None else ()
        named = [offer for offer in offers if country is not None and country in offer.countries]
        return next(iter([*named, *[offer for offer in offers if not offer.countries]]), None)

    def day(self, instant: datetime) -> date:
        """The day of the programme's zone in which an aware instant falls."""
        if instant.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return instant.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The first instant of a day of the programme's zone, in UTC.

        On a day whose 0:00 the clocks skip it is the instant of the change, on one that has two the earlier.
        """
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def value_minor(self, points: int) -> int:
        """What points (0 or more) are worth: minor units of the home currency, rounded down (Reading 10)."""
        return points * self.unit.value_minor // self.unit.value_points

    @cached_property
    def basic_daily_minor(self) -> int:
        """How much a member may take and give in a day without a fresh proof: minor units; 0 for nothing."""
        said = self.safety.basic_daily_minor
        if said is not None:
            return said
        return default_basic_daily(self.currency, {rate.code: rate.rate for rate in self.currencies})

    def rate_on(self, currency: str, day: date) -> Fraction | None:
        """Home minor units for one minor unit of a currency on a day, exactly; None when it is not accepted.

        The home currency gives 1. Decimals count: JPY at 0.01 USD is 1 cent for 1 yen (Reading 17).
        """
        if currency == self.currency:
            return Fraction(1)
        in_force = [c for c in self.currencies if c.code == currency and (c.from_ is None or c.from_ <= day)]
        if not in_force:
            return None
        rate = max(in_force, key=lambda c: c.from_ or date.min).rate
        return rate * Fraction(10 ** money.precision(self.currency), 10 ** money.precision(currency))


def _one(parts: tuple[K, ...], key: str, what: str) -> K:
    for part in parts:
        if part.key == key:
            return part
    raise Refused("unknown_key", f"There is no {what} {key[:40]!r} in this programme.")


def schema_json() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a programme file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Programme.model_json_schema(by_alias=True, mode="validation"),
    }
