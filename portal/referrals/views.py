"""The pages of sharing: the member's own, and the one behind her link, on which a friend lands."""

from dataclasses import dataclass
from datetime import timedelta

import segno
from babel import Locale
from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import clock, notices
from portal import programme as programmes
from portal.db import transact
from portal.programme import Programme, ReferralOffer
from portal.referrals import queries, service
from portal.referrals.forms import CodeForm
from portal.referrals.rules import PATH
from portal.web import policy
from portal.web.i18n import reader
from portal.web.throttle import Misses
from portal.web.wording import gift_words

referrals = Blueprint("referrals", __name__)
misses = Misses()


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer in words: where it holds (empty: everywhere, or everywhere else), what friend and inviter are given.

    `detail` and `minimum_minor` say how the friend's can be used.
    """

    where: str
    friend: str
    inviter: str
    detail: str
    minimum_minor: int


@referrals.get("/share")
@policy("member")
def share() -> str:
    """The offer, her link and code, and what became of the friends she told."""
    active = reader().programme
    day = active.day(clock.now())
    code = queries.code_of(current_user.id)
    terms = active.referral
    url = notices.address(PATH + code) if code else ""
    limit = None if terms is None else terms.limit
    counted = 0 if limit is None else queries.counted(current_user.id, limit, day)
    return render_template(
        "referrals/share.html",
        code=code,
        url=url,
        qr_svg=_drawing(url) if url else None,
        offers=offers(active),
        terms=terms,
        room=None if limit is None else max(0, limit.count - counted),
        friends=queries.timeline(current_user.id),
        mine=_mine(),
        today=day,
        form=CodeForm(formdata=None),
    )


@referrals.post("/share/code")
@policy("member")
def make_code() -> Response:
    """A code for a member who joined before there were any; whoever has one keeps it."""
    member, name = current_user.id, current_user.name
    transact(lambda: service.give_code(member, name))
    return redirect(url_for("referrals.share"), 303)


@referrals.get(f"{PATH}<code>")
@policy("anonymous")
def invitation(code: str) -> tuple[str, int]:
    """Where a friend lands. Her way to joining carries the code along, through the mail too. Codes are short, to be
    passed on by word of mouth, so whoever goes through them is stopped (security.md attack 37).
    """
    active = reader().programme
    misses.refuse()
    inviter = queries.inviter_of(code) if active.referral is not None else None
    if inviter is None:
        misses.note()
    is_member = getattr(current_user, "kind", None) == "member"
    own = is_member and inviter is not None and inviter.id == current_user.id
    state = "unknown" if inviter is None else "own" if own else "member" if is_member else "open"
    next_path = PATH + inviter.code if inviter is not None else None
    page = render_template(
        "referrals/invitation.html",
        state=state,
        inviter=inviter,
        offers=offers(active),
        join_url=url_for("signin.address", join=1, next=next_path),
    )
    return page, 404 if inviter is None else 200


def offers(active: Programme) -> list[Offered]:
    """The offers of a programme in words, in the order in which they are looked at."""
    if active.referral is None:
        return []
    names = Locale.parse(reader().language).territories
    return [
        _offered(offer, ", ".join(names.get(country, country) for country in offer.countries), active)
        for offer in active.referral.offers
    ]


def _offered(offer: ReferralOffer, where: str, active: Programme) -> Offered:
    given = offer.friend.reward if offer.friend is not None else None
    reward = active.reward(given) if given is not None else None
    return Offered(
        where=where,
        friend=gift_words(offer.friend, active),
        inviter=gift_words(offer.inviter, active),
        detail=reward.detail if reward is not None else "",
        minimum_minor=(reward.minimum_minor or 0) if reward is not None else 0,
    )


def _mine() -> dict[str, object] | None:
    """Who invited her: her own side of the story."""
    mine = queries.invited_by(current_user.id)
    if mine is None:
        return None
    then = programmes.version(mine.programme_version)
    offer = then.referral_offer(mine.country)
    waits = timedelta(days=then.referral.matures_days if then.referral is not None else 0)
    return {
        "name": mine.name, "joined_on": mine.joined_on, "ordered_on": mine.ordered_on, "settled_on": mine.settled_on,
        "due_on": None if mine.ordered_on is None else mine.ordered_on + waits, "days": waits.days,
        "friend": gift_words(offer.friend, then) if offer is not None else "",
    }  # fmt: skip


def _drawing(url: str) -> Markup:
    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(border=0, scale=8, omitsize=True))  # noqa: S704 - segno draws, from our own address
