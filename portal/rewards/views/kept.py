"""What a member has taken or was given: the list, one with its code, and giving it back.

A code that she took is shown at once, in the browser in which she took it. Any other is opened by a button: who has got
into a card could else read all codes of it at a glance.
"""

import segno
from flask import abort, redirect, render_template, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import clock, ledger, rewards
from portal.db import transact
from portal.errors import Refused
from portal.rewards import queries
from portal.rewards.rules import is_like_money
from portal.rewards.views.kit import held_back, is_open, note_open, pages, today
from portal.rewards.views.words import kept_words, refused_words, too_many_codes_words
from portal.web import conditions, policy, throttle
from portal.web.i18n import reader

MOST_CODES = 10  # that one member opens in a day (security.md section 5.3)


@pages.get("/rewards/taken")
@policy("member", visit=True)
def taken_list() -> str:
    """All of hers: those she can use, and those that ended within 90 days. Codes are on their own pages."""
    active = reader().programme
    held = rewards.held(current_user.id, today(active))
    return render_template(
        "rewards/list.html",
        ready=[one for one in held if one.state == "available"],
        ended=[(one, kept_words(one)) for one in held if one.state != "available"],
    )


@pages.get("/rewards/taken/<redemption>")
@policy("member")
def taken(redemption: str) -> str:
    """One of hers, with its code while it can be used; another member's is as missing as none."""
    return _taken_page(redemption)


@pages.post("/rewards/taken/<redemption>/code")
@policy("member")
def show_code(redemption: str) -> Response | tuple[str, int]:
    """Open the code in this browser; its page shows it from then on."""
    found = queries.of_member(current_user.id, redemption, today(reader().programme))
    if found is None:
        abort(404)
    if found.state == "available" and not _is_kept_back(found) and not is_open(found.id):
        if throttle.member_waits("reveal", MOST_CODES, current_user.id, hours=24):
            return _taken_page(redemption, too_many_codes_words()), 429
        note_open(found.id)
    return redirect(url_for("rewards.taken", redemption=redemption), 303)


@pages.post("/rewards/taken/<redemption>/undo")
@policy("member")
def undo(redemption: str) -> Response | tuple[str, int]:
    """Give it back, as long as it is unused."""
    member, now = current_user.id, clock.now()
    try:
        transact(lambda: rewards.undo(member, redemption, at=now, actor="member"))
    except Refused as refused:
        if refused.status == 404:
            abort(404)
        return _taken_page(redemption, refused_words(refused)), refused.status
    return redirect(url_for("rewards.taken", redemption=redemption), 303)


def _taken_page(redemption: str, fault: str | None = None) -> str:
    active = reader().programme
    day = today(active)
    found = queries.of_member(current_user.id, redemption, day)
    if found is None:
        abort(404)
    used_on = rewards.uses(found.member_id, found.id)
    back = ledger.entry_of(found.member_id, f"undo/{found.id}")
    usable, kept_back = found.state == "available", _is_kept_back(found)
    code = found.code if usable and not kept_back and is_open(found.id) else None
    return render_template(
        "rewards/taken.html",
        taken=found,
        fault=fault,
        code=code,
        qr_svg=None if code is None else _drawing(code),
        can_open=usable and not kept_back and code is None,
        stopped=usable and held_back().stopped,
        waits_until=current_user.waits_until if usable and kept_back else None,
        uses=used_on,
        on=conditions.reward_words(found.terms, active),
        words=kept_words(found),
        can_undo=usable
        and found.reason == "bought"
        and found.terms.kind != "permanent-discount"
        and not used_on,
        back=[] if back is None else ledger.lot_uses(found.member_id, back.seq),
        paid_off=0 if back is None else -back.d_owed,
        never=ledger.NEVER,
        line_url=None if back is None else url_for("home.line", number=back.seq),
    )


def _is_kept_back(found: rewards.Taken) -> bool:
    """Whether nobody may read this code now. One that was taken before a bank looked into a payment stays good."""
    held = held_back()
    return held.stopped or (held.waits and is_like_money(found.terms))


def _drawing(code: str) -> Markup:
    drawn = segno.make(code, error="m", micro=False).svg_inline(border=0, scale=8, omitsize=True)
    return Markup(drawn)  # noqa: S704 - segno draws, from letters and digits alone
