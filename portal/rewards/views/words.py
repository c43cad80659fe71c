"""What pages of rewards say: why something cannot be taken now, what became of it, why a tap did nothing."""

from datetime import datetime

from portal import rewards
from portal.errors import Refused
from portal.programme import Programme, Reward
from portal.web.filters import day as day_words
from portal.web.filters import instant as instant_words
from portal.web.filters import points as points_words
from portal.web.filters import points_unit, use_until
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext


def why_words(offer: rewards.Offer, active: Programme, waits_until: datetime | None) -> str:
    """What stands in the way; empty for nothing. `waits_until`: when what is as good as money may be taken again."""
    again = offer.again_on
    return {
        "": "",
        "stock": _("All taken"),
        "limit": _("Yours again from %(day)s", day=day_words(again)) if again else _("You have had yours"),
        "tier": _("For %(tiers)s", tiers=tier_names(active, offer.reward.tiers)),
        "owed": _("Once what is owed is filled"),
        "points": _("%(points)s to go", points=points_unit(offer.to_go)),
        "frozen": _("Once your bank has settled a payment of yours"),
        "stopped": _("Once your points can move again"),
        "waits": _("From %(when)s", when=instant_words(waits_until)) if waits_until else "",
    }[offer.why]


def off_slider(reward: Reward) -> str:
    """What a slider takes, for who chose something else."""
    slider = reward.slider
    if slider is None:
        return ""
    least, step = points_unit(slider.minimum), points_words(slider.step)
    if slider.maximum is None:
        return _("Choose %(least)s or more, in steps of %(step)s.", least=least, step=step)
    most = points_unit(slider.maximum)
    return _("Choose from %(least)s to %(most)s, in steps of %(step)s.", least=least, most=most, step=step)


def limit_words(offer: rewards.Offer) -> str:
    """How often one may take it, and how often she did."""
    limit = offer.reward.limit
    if limit is None:
        return ""
    count = limit.count
    often = {
        "day": ngettext("Once a day", "%(num)s times a day", count),
        "month": ngettext("Once a month", "%(num)s times a month", count),
        "year": ngettext("Once a year", "%(num)s times a year", count),
        "lifetime": ngettext("Once", "%(num)s times in all", count),
    }[limit.per]
    if not offer.taken:
        return often
    return _("%(often)s; taken so far: %(taken)s", often=often, taken=offer.taken)


def tier_names(active: Programme, tiers_of: tuple[str, ...]) -> str:
    """The labels of these tiers, in the order of the ladder."""
    return ", ".join(tier.label for tier in active.tiers if tier.key in tiers_of)


def kept_words(taken: rewards.Taken) -> str:
    """What became of one of hers, in a few words."""
    on = day_words(taken.ended_on or taken.expires_on)
    return {
        "available": use_until(taken.expires_on),
        "used": _("Used on %(day)s", day=on),
        "undone": _("Undone on %(day)s", day=on),
        "expired": _("Expired after %(day)s", day=day_words(taken.expires_on)),
        "withdrawn": _("Taken back on %(day)s", day=on),
    }[taken.state]


def refused_words(refused: Refused) -> str:
    """What happened and what to do, a sentence each; nothing was written."""
    facts = refused.facts
    if refused.code == "conflict" and "price" in facts:
        price, before = points_unit(facts["price"]), points_unit(facts["expected"])  # type: ignore[arg-type]  # our own facts
        return _("Nothing was taken: the price is %(price)s now, it was %(before)s. Take it if you still want it.",
                 price=price, before=before)  # fmt: skip
    return {
        "not_enough_points": _(
            "Nothing was taken: you have fewer points now than when you opened this page."
        ),
        "owes_points": _(
            "Nothing was taken: points are owed after a refund. What you earn next fills that first."
        ),
        "frozen": _(
            "Nothing was taken: your bank is looking into a payment of yours. Your points are safe, and can be used "
            "again once that is settled."
        ),
        "stopped": _("Nothing was taken: your points are stopped."),
        "must_wait": _(
            "Nothing was taken: how you sign in has changed, so money off and gift cards wait a while."
        ),
        "out_of_stock": _("Nothing was taken: somebody else was faster, and there is none left."),
        "limit_reached": _("Nothing was taken: you have had it as often as one can."),
        "not_allowed_by_tier": _("Nothing was taken: it is for another tier."),
        "already_used": _("It stays taken: the code has been used."),
        "expired": _("It has ended, and nothing was changed."),
        "not_allowed": _("It cost nothing, so there is nothing to give back. Use it while it lasts."),
    }.get(refused.code, _("Nothing was changed. Look at what stands here now, then try again."))


def too_often_words(seconds: int) -> str:
    """That so much was taken in a short while."""
    minutes = -(-seconds // 60)
    if minutes <= 60:
        return ngettext(
            "Nothing was taken: that was a lot in a short while. Try again in %(num)s minute.",
            "Nothing was taken: that was a lot in a short while. Try again in %(num)s minutes.",
            minutes,
        )
    return ngettext(
        "Nothing was taken: that was a lot for one day. Try again in %(num)s hour.",
        "Nothing was taken: that was a lot for one day. Try again in %(num)s hours.",
        -(-minutes // 60),
    )


def too_many_codes_words() -> str:
    """That so many codes were opened in a day."""
    return _(
        "You have opened many codes today. Those that you opened stay open; try this one again tomorrow."
    )
