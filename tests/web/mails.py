"""A sample of each mail, for tests of what it says in a language."""

from types import SimpleNamespace

from portal import notices
from tests import make
from tests.web.korean import ZOE

PLAN = {
    "member_name": "Zoe", "plan_label": "Plus", "zone": "Asia/Seoul", "membership_url": "http://localhost/membership",
    "cancel_url": "http://localhost/membership/cancel",
}  # fmt: skip
NOT_ME = "http://localhost/not-me/x"
SAFETY = {"member_name": "Zoe", "at": make.NOW.isoformat(), "safety_url": "http://localhost/safety"}
MAILS = {
    "welcome": {"member_name": "Zoe", "balance": 100, "value_minor": 100, "home_url": "http://localhost/home"},
    "new_sign_in": {
        "member_name": None, "device": "Safari · iPhone", "at": make.NOW.isoformat(), "sessions_url": "http://localhost/safety",
        "not_me_url": NOT_ME,
    },
    "address_code": {"code": "314159", "minutes": 10},
    "address_taken": {"member_name": "Zoe"},
    "address_asked": {**SAFETY, "new_email": "z•••@example.org", "not_me_url": NOT_ME},
    "address_changed": {**SAFETY, "new_email": "z•••@example.org", "undo_url": "http://localhost/undo/x", "days": 14},
    "address_new": {**SAFETY, "waits_at": make.NOW.isoformat(), "not_me_url": NOT_ME},
    "address_back": {**SAFETY, "old_email": "z•••@example.com"},
    "passkey_changed": {**SAFETY, "what": "added", "passkey_name": "Windows Hello", "not_me_url": NOT_ME},
    "card_stopped": SAFETY,
    "stop_lifted": {**SAFETY, "removed": "Windows Hello", "numbers": "c-17", "not_me_url": NOT_ME},
    "recovery_begun": {
        **SAFETY, "new_email": "z•••@example.org", "acts_at": make.NOW.isoformat(), "not_me_url": NOT_ME,
    },
    "recovery_waits": {"member_name": None, "acts_at": make.NOW.isoformat()},
    "recovery_stopped": {"member_name": None},
    "recovery_doubted": {"member_name": None},
    "key_ending": {
        "member_name": None, "key_name": "till", "prefix": "pk_abc123", "shop_name": "main",
        "ends_at": make.NOW.isoformat(), "command": "portal keys create --name till --shop main --scopes orders,read",
    },
    "sign_in_code": {"code": "314159", "link_url": "http://localhost/sign-in/link/x", "minutes": 10},
    "points_left": {
        "member_name": "Zoe", "points": 450, "left": 50, "more": 2, "not_me_url": NOT_ME,
        "home_url": "http://localhost/home",
        "moves": [
            {"kind": kind, "label": "Zoe", "points": 150, "at": make.NOW.isoformat(), "way": way}
            for kind, way in (("redeemed", "portal"), ("redeemed", "shop"), ("donated", "monthly"))
        ],
    },
    "link_request": {
        "member_name": "Zoe", "shop_name": "", "number": "c-17", "link_url": "http://localhost/links/x", "days": 14,
    },
    "number_linked": {
        "member_name": "Zoe", "shop_name": "", "number": "c-17", "at": make.NOW.isoformat(), "not_me_url": NOT_ME,
    },
    "left": {"member_name": "Zoe", "balance": 100},
    "plan_joined": {
        "member_name": "Zoe", "plan_label": "Plus", "amount_minor": 300, "currency": "GBP",
        "next_charge_at": make.NOW.isoformat(), "membership_url": "http://localhost/membership",
    },
    "plan_failed": {
        "member_name": "Zoe", "plan_label": "Plus", "amount_minor": 300, "currency": "GBP",
        "stays_until_at": make.NOW.isoformat(), "pay_url": "http://localhost/pay",
        "membership_url": "http://localhost/membership",
    },
    "plan_ending": {
        "member_name": "Zoe", "plan_label": "Plus", "ends_at": make.NOW.isoformat(),
        "membership_url": "http://localhost/membership",
    },
    "plan_receipt": {
        **PLAN, "amount_minor": 3000, "currency": "GBP", "number": "A-1", "invoice_url": "http://localhost/invoice",
        "paid_at": make.NOW.isoformat(),
    },
    "plan_renewing": {
        **PLAN, "amount_minor": 3000, "currency": "GBP", "renews_at": make.NOW.isoformat(), "paid_minor": 3000,
        "gave_minor": 4210,
    },
    "plan_trial_ending": {
        **PLAN, "amount_minor": 300, "currency": "GBP", "has_card": False, "ends_at": make.NOW.isoformat(),
    },
    "plan_price": {
        **PLAN, "before_minor": 300, "amount_minor": 400, "currency": "GBP", "since_at": make.NOW.isoformat(),
    },
    "plan_paused": {**PLAN, "stays_until_at": make.NOW.isoformat()},
    "plan_changed_late": {
        **PLAN, "from_label": "Plus", "back_minor": 200, "currency": "GBP", "begins_at": make.NOW.isoformat(),
    },
    "plan_not_done": {**PLAN, "wish": "pause", "asked_at": make.NOW.isoformat()},
    "plan_not_paid": {
        **PLAN, "amount_minor": 300, "currency": "GBP", "asked_at": make.NOW.isoformat(),
        "plans_url": "http://localhost/plans",
    },
    "plan_resumed": {
        **PLAN, "amount_minor": 300, "currency": "GBP", "next_charge_at": make.NOW.isoformat(),
    },
    "plan_given": {
        **PLAN, "source": "gift", "note": "", "since_at": make.NOW.isoformat(), "until_at": make.NOW.isoformat(),
    },
    "plan_given_ending": {
        **PLAN, "ends_at": make.NOW.isoformat(), "plans_url": "http://localhost/plans",
        "prices": [{"interval": one, "amount_minor": 300} for one in ("month", "year", "life")],
    },
    "plan_given_over": {**PLAN, "source": "gift"},
    "plan_ended": {**PLAN, "why": "unpaid", "still": ""},
    "gift_bought": {
        "member_name": "Zoe", "plan_label": "Plus", "months": 3, "amount_minor": 900, "currency": "GBP",
        "code": "K7QM-2XRD-9TVB-4HNC", "gift_url": "http://localhost/gift/K7QM-2XRD-9TVB-4HNC", "is_mailed": 1,
        "gifts_url": "http://localhost/gifts/x",
    },
    "gift_back": {
        "member_name": "Zoe", "plan_label": "Plus", "months": 3, "amount_minor": 900, "currency": "GBP", "was_used": 0,
        "back_at": make.NOW.isoformat(), "gifts_url": "http://localhost/gifts/x",
    },
    "gift_given": {
        "giver_name": "Anna", "words": "생일 축하해", "plan_label": "Plus", "months": 3, "code": "K7QM-2XRD-9TVB-4HNC",
        "gift_url": "http://localhost/gift/K7QM-2XRD-9TVB-4HNC",
    },
    "referral_matured": {
        "member_name": "Zoe", "friend_name": "Ben", "points": 0, "reward_label": "A coffee and a bun",
        "share_url": "http://localhost/share", "home_url": "http://localhost/home",
    },
    "points_ending": {
        "member_name": "Zoe", "points": 100, "value_minor": 100, "orders_keep_them": 1,
        "lots": [{"points": 100, "value_minor": 100, "ends_at": make.NOW.isoformat()}], "home_url": "http://localhost/home",
    },
    "tier_ending": {
        "member_name": "Zoe", "tier_label": "Gold", "after_label": "Silver", "ends_at": make.NOW.isoformat(),
        "next_at": make.NOW.isoformat(), "is_over": 0, "home_url": "http://localhost/home",
    },
    "post_hidden": {
        "member_name": "Zoe", "title": "Mend cushions", "reason": "It names a neighbour.", "is_answer": 1,
        "board_url": "http://localhost/board",
    },
    "visit_started": {
        "member_name": "Zoe", "at": make.NOW.isoformat(), "minutes": 15, "visits_url": "http://localhost/you/visits",
        "not_me_url": NOT_ME,
    },
}  # fmt: skip


def mail_of(app, kind: str, locale: str):
    """The sample of a mail, written in a language."""
    notice = SimpleNamespace(id="01J0", kind=kind, recipient=ZOE, locale=locale, created_at=make.NOW)
    return notices.Renderer(app.jinja_env)(notice, MAILS[kind])
