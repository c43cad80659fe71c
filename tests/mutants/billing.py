"""Mistakes with money and with Stripe: those of the fault list (stripe.md 4.4), and others that would be dear."""

from tests.mutants import Mutant

_MOMENTS = "tests/billing/test_case_04_to_07_19_20_bad_moments.py"
_MESSAGES = "tests/billing/test_case_16_messages.py"
_DEARER = "tests/billing/test_case_10_dearer_plans.py"
_ONCE = "tests/billing/test_changes_once.py"
_BACK = "tests/billing/test_case_18_paid_back.py"
_UNHEARD = "tests/billing/test_paid_back_unheard.py"
_MONTHS = "tests/billing/test_months_paid_back.py"
_OWED = "tests/billing/test_owed_refunds.py"
_WITH = "tests/billing/test_with_the_shop.py"
_CARDS = "tests/billing/test_case_08_and_12_cards_and_ends.py"

FAULT_LIST = (
    Mutant(
        "an older look at Stripe overwrites a newer one, so that what has ended comes back",
        "portal/billing/sync.py",
        "if before is not None and before.fetched_at > found.seen_at:",
        "if before is not None and not found.id:",
        (f"{_MESSAGES}::test_a_look_that_is_older_than_what_stands_is_dropped",),
    ),
    Mutant(
        "the key of what moves points does not make it once",
        "portal/ledger/posting.py",
        "    if run(statements.begin(), operation).one_or_none() is not None:\n        return None",
        "    if run(statements.begin(), operation).one_or_none() is not None or key:\n        return None",
        ("tests/ledger/test_verbs.py::test_twice_is_once_and_answers_the_same",),
    ),
    Mutant(
        "a bill that is told again is another payment",
        "portal/billing/sync.py",
        'return is_news and found.status == "paid"',
        'return found.status == "paid"',
        (
            "tests/billing/test_holding.py::test_joining_and_renewing_are_one_payment_each_whoever_tells_of_them",
        ),
    ),
    Mutant(
        "a checkout is asked for without a key of its own",
        "portal/billing/sessions.py",
        'params["payment_method_collection"] = "always" if asks_card else "if_required"\n    with failures():\n'
        '        return _checkout(gateway().client.v1.checkout.sessions.create(params, {"idempotency_key": key}))',
        'params["payment_method_collection"] = "always" if asks_card else "if_required"\n    with failures():\n'
        "        return _checkout(gateway().client.v1.checkout.sessions.create(params))",
        (f"{_MOMENTS}::test_case_06_power_cut_between_stripe_and_our_commit_is_the_same_session",),
    ),
    Mutant(
        "a second checkout begins beside one that is open",
        "portal/billing/checkout.py",
        "op = queries.open_checkout(member_id)\n    if op is not None and (op.state",
        "op = None\n    if op is not None and (op.state",
        (f"{_MOMENTS}::test_case_05_and_least_11_join_in_two_tabs_is_one_subscription",),
    ),
    Mutant(
        "no index lets one charge alone be under way",
        "migrations/versions/0018_plan_changes.py",
        '        ["member_id"],\n        unique=True,\n        sqlite_where=sa.text(CHARGES),',
        '        ["member_id"],\n        unique=False,\n        sqlite_where=sa.text(CHARGES),',
        ("tests/test_house.py::test_migrations_build_what_the_models_declare",),
    ),
    Mutant(
        "an end that is spelled as a moment (`cancel_at`) is not seen",
        "portal/billing/gateway.py",
        "ends_at = found.cancel_at\n",
        "ends_at = None\n",
        (f"{_CARDS}::test_case_12_three_ways_to_end_and_each_can_be_kept",),
    ),
    Mutant(
        "of messages only the signature is refused, and what is no event breaks the page",
        "portal/billing/gateway.py",
        "except UNREADABLE as error:",
        "except stripe.SignatureVerificationError as error:",
        (f"{_MESSAGES}::test_case_16_what_is_no_event_is_refused_signed_or_not",),
    ),
    Mutant(
        "the client of Stripe does not try again",
        "portal/billing/gateway.py",
        "max_network_retries=RETRIES",
        "max_network_retries=0",
        (f"{_MOMENTS}::test_stripes_own_retry_makes_one_session",),
    ),
    Mutant(
        "the page after the payment does not look at Stripe",
        "portal/billing/views/buying.py",
        "found = outcome.fetch_checkout(session_id, now)[0] if queries.is_on() else None",
        "found = None",
        (
            "tests/billing/test_case_02_joining_by_month.py"
            "::test_case_03_redirect_before_any_message_and_then_all_of_them_reversed_and_three_times",
        ),
    ),
    Mutant(
        "a message that could not be looked into is done",
        "portal/billing/inbox.py",
        "_settle(event, due_at=min(due_at, late_at) if now < late_at else due_at, error=what)",
        '_settle(event, state="done", due_at=None, error=what)',
        (f"{_MESSAGES}::test_case_17_stripe_is_silent_and_the_message_waits",),
    ),
)

DEAR = (
    Mutant(
        "a card that failed keeps the plan for eight days",
        "portal/billing/rules.py",
        "GRACE_DAYS = 7",
        "GRACE_DAYS = 8",
        ("tests/billing/test_rules.py::test_the_status_and_whether_it_gives_anything",),
    ),
    Mutant(
        "a plan that was paused at Stripe gives its benefits",
        "portal/billing/rules.py",
        'if status == "paused" or holding.collection_paused:\n        paid',
        'if status == "paused":\n        paid',
        (
            "tests/billing/test_case_13_pauses.py::test_case_13_a_pause_that_was_set_in_the_dashboard_is_shown_as_one",
        ),
    ),
    Mutant(
        "a part of a payment that goes back ends a plan for life",
        "portal/billing/rules.py",
        'return dispute == "lost" or 0 < paid_minor <= refunded_minor',
        'return dispute == "lost" or 0 < refunded_minor',
        ("tests/billing/test_rules.py",),
    ),
    Mutant(
        "on the last paid day a paused plan goes on for nothing",
        "portal/billing/rules.py",
        "return 0 if day < paid_until else period_minor",
        "return 0 if day <= paid_until else period_minor",
        ("tests/billing/test_rules.py::test_going_on_is_free_before_the_last_paid_day",),
    ),
    Mutant(
        "who withdraws has thirteen days and not fourteen",
        "portal/billing/rules.py",
        "WITHDRAWAL_DAYS = 14",
        "WITHDRAWAL_DAYS = 13",
        ("tests/billing/test_rules.py::test_who_may_withdraw_and_until_when",),
    ),
    Mutant(
        "what was given lasts one day longer when it is taken back",
        "portal/billing/rules.py",
        "min(given.ends_on, given.ended_on - DAY)",
        "min(given.ends_on, given.ended_on)",
        (
            "tests/billing/test_granted_rules.py"
            "::test_taken_back_it_ends_the_day_before_and_before_it_began_it_never_was",
        ),
    ),
    Mutant(
        "a refund that is told twice is taken back twice",
        "portal/billing/refunds.py",
        "if before != after and bill.plan is not None",
        "if after and bill.plan is not None",
        (
            f"{_MONTHS}::test_a_tier_by_months_in_a_row_ends_with_the_running_period_when_its_months_went_back",
        ),
    ),
    Mutant(
        "points can be spent while a bank looks into a payment",
        "portal/billing/refunds.py",
        "    if queries.is_disputed(member_id):\n        ledger.freeze(member_id)",
        "    if not member_id:\n        ledger.freeze(member_id)",
        (f"{_BACK}::test_case_18_a_dispute_that_is_lost_freezes_and_then_ends_it",),
    ),
    Mutant(
        "a refund that no bank took counts as gone",
        "portal/billing/returns.py",
        "if refund.status in GONE:",
        "if refund.status:",
        (f"{_UNHEARD}::test_a_refund_that_a_bank_did_not_take_counts_no_longer",),
    ),
    Mutant(
        "a change is charged from another second than the one that was shown",
        "portal/billing/running.py",
        '"proration_date": int(at.timestamp()),\n                "payment_behavior"',
        '"proration_date": int(at.timestamp()) + 60,\n                "payment_behavior"',
        (f"{_DEARER}::test_case_10_what_is_charged_is_what_was_shown_to_the_minor_unit_at_any_second",),
    ),
    Mutant(
        "a dearer plan begins before its difference is paid",
        "portal/billing/running.py",
        '"payment_behavior": "pending_if_incomplete",',
        '"payment_behavior": "allow_incomplete",',
        (f"{_DEARER}::test_case_10_on_three_d_secure_the_old_plan_stays_until_the_payment_is_confirmed",),
    ),
    Mutant(
        "a planned change drops the discount that runs",
        "portal/billing/running.py",
        "if lasting := [one.id for one in hung if one.end is None or one.end > here.end_date]:",
        "if lasting := list(hung)[:0]:",
        (
            "tests/billing/test_promotion_and_changes.py"
            "::test_a_planned_cheaper_plan_keeps_what_is_left_of_the_discount",
        ),
    ),
    Mutant(
        "a pause credits what was paid for",
        "portal/billing/running.py",
        '{"bill_for": {"unused_time_from": {"type": "none"}}}',
        '{"bill_for": {"unused_time_from": {"type": "now"}}}',
        (
            "tests/billing/test_case_13_pauses.py"
            "::test_case_13_paused_brings_no_benefits_and_no_bill_and_going_on_takes_payment_first",
        ),
    ),
    Mutant(
        "ending a plan whose card failed leaves its bill open",
        "portal/billing/running.py",
        '("active", "trialing", "paused", "past_due", "unpaid", "incomplete")',
        '("active", "trialing", "paused", "incomplete")',
        (
            "tests/billing/test_true_words.py"
            "::test_ending_a_plan_whose_card_failed_voids_its_open_bill_and_says_so",
        ),
    ),
    Mutant(
        "an end is given up after some tries",
        "portal/billing/operations.py",
        "(op.kind in NEVER_GIVEN_UP or",
        '(op.kind == "extra" or',
        (
            "tests/billing/test_true_words.py::test_an_end_that_stripe_does_not_answer_for_days_is_not_given_up",
        ),
    ),
    Mutant(
        "a change that Stripe does not answer is charged hours later",
        "portal/billing/operations.py",
        "return SOON if op.kind in CHARGES else WAITS",
        "return WAITS",
        (
            f"{_ONCE}"
            "::test_a_change_that_stripe_never_answers_is_given_up_within_the_hour_and_never_charged_later",
        ),
    ),
    Mutant(
        "a second subscription is ended and not paid back",
        "portal/billing/wishes.py",
        "if found.bill is not None and owed.is_paid(found.bill)",
        "if found.bill is not None and not owed.is_paid(found.bill)",
        (f"{_MOMENTS}::test_a_second_live_subscription_is_told_ended_and_paid_back",),
    ),
    Mutant(
        "what a bill took of what she has with the shop is kept",
        "portal/billing/owed.py",
        "if minor is None and bill.credit_minor:",
        "if minor is not None and bill.credit_minor:",
        (f"{_WITH}::test_who_withdraws_has_it_back",),
    ),
    Mutant(
        "what a bill took of what she has with the shop goes back with each try",
        "portal/billing/paying_back.py",
        "if not customers.has_back(customer_id, bill):",
        "if True:",
        (f"{_WITH}::test_it_goes_back_once_though_the_answer_is_lost",),
    ),
    Mutant(
        "what is owed back is given up once Stripe refuses it",
        "portal/billing/owed.py",
        '"state": "open" if asked else "new"',
        '"state": "open" if asked else "failed"',
        (f"{_OWED}::test_a_refund_that_stripe_refuses_is_asked_for_until_it_is_taken",),
    ),
    Mutant(
        "what is owed back of a payment that a bank looks into counts as gone",
        "portal/billing/owed.py",
        'return back.dispute == "lost" or back.minor',
        "return back.dispute is not None or back.minor",
        (f"{_OWED}::test_what_a_bank_looks_into_goes_back_once_it_has_decided_for_the_shop",),
    ),
    Mutant(
        "what goes on in the time of a late pause has its money back as well",
        "portal/billing/sync.py",
        'before.status == "paused" and found.status == "active"',
        'before.status == "paused" and found.status == "none"',
        (
            "tests/billing/test_going_on_is_paid.py::test_a_plan_that_somebody_let_go_on_keeps_what_paid_for_it",
        ),
    ),
    Mutant(
        "a message of the other mode is taken",
        "portal/billing/inbox.py",
        "if told.livemode != gateway().livemode:",
        "if not told.id:",
        (f"{_MESSAGES}::test_case_16_the_other_mode_is_refused_and_two_signatures_are_taken",),
    ),
    Mutant(
        "what belongs to another site on the same Stripe is taken for a member's",
        "portal/billing/ours.py",
        'if metadata.get("site") != queries.site():',
        'if not metadata.get("site"):',
        (f"{_MOMENTS}::test_case_20_what_belongs_to_another_site_of_the_same_stripe_is_left_alone",),
    ),
    Mutant(
        "a renewal that is not paid counts as paid to its end",
        "portal/billing/sync.py",
        "return active.day(found.period_end if asks or not unpaid else found.period_start)",
        "return active.day(found.period_end)",
        (
            "tests/billing/test_case_14_failed_renewals.py"
            "::test_a_renewal_that_failed_has_begun_its_period_and_is_not_paid_for",
        ),
    ),
    Mutant(
        "comparing with Stripe passes over what has ended there",
        "portal/billing/gateway.py",
        '"status": "all", "limit": 100, "expand"',
        '"limit": 100, "expand"',
        (
            "tests/billing/test_comparing.py::test_a_plan_that_began_and_ended_at_stripe_unheard_is_written_down",
        ),
    ),
    Mutant(
        "comparing with Stripe passes over checkouts that are open as far as we know",
        "portal/billing/reconcile.py",
        "for op in queries.open_checkouts():",
        "for op in queries.open_checkouts()[:0]:",
        (
            "tests/billing/test_machine.py"
            "::test_a_plan_for_life_and_a_gift_whose_messages_were_all_lost_are_found_by_comparing",
        ),
    ),
    Mutant(
        "going on after a pause stays under way for ever where the plan has ended",
        "portal/billing/sync.py",
        "    elif is_over:",
        "    elif not found.id:",
        (
            "tests/billing/test_pauses_once.py"
            "::test_going_on_that_is_overtaken_by_an_end_is_settled_and_stands_in_nobodys_way",
        ),
    ),
    Mutant(
        "going on after a pause is shown and agreed to without its discount",
        "portal/billing/pausing.py",
        "found.amount_minor if found.due_minor is None else found.due_minor",
        "found.amount_minor",
        (
            "tests/billing/test_promotion.py"
            "::test_going_on_after_a_pause_costs_what_its_button_says_with_what_is_left_of_the_code",
        ),
    ),
    Mutant(
        "the nightly comparison looks at new subscriptions alone",
        "portal/billing/reconcile.py",
        "for row in _unseen(now if everything else now - LOOKED_AT):",
        "for row in _unseen(now if everything else now - LOOKED_AT)[:0]:",
        (
            "tests/billing/test_comparing.py::test_an_end_of_which_no_message_came_is_found_by_the_nightly_work",
        ),
    ),
    Mutant(
        "yen are counted with two decimals",
        "portal/billing/shapes.py",
        "STRIPE_DECIMALS.get(currency, decimals)",
        "STRIPE_DECIMALS.get(currency, 2)",
        ("tests/billing/test_rules.py::test_stripe_counts_some_currencies_otherwise",),
    ),
    Mutant(
        "the code of a gift can be used by two",
        "portal/billing/gifts.py",
        '"state": "redeemed",\n        "redeemed_by": member_id,',
        '"state": "open",\n        "redeemed_by": member_id,',
        (
            "tests/billing/test_gift_codes.py::test_of_two_who_use_a_code_at_once_one_has_it_and_the_other_is_told",
        ),
    ),
    Mutant(
        "a gift that was paid back a penny short is dead",
        "portal/billing/gifts.py",
        "gone = rules.went_back(gift.amount_minor, refunded, back.dispute)",
        "gone = refunded > 0",
        (
            "tests/billing/test_gifts_paid_back.py::test_a_penny_less_and_it_stands_a_full_refund_ends_what_is_left_once",
        ),
    ),
    Mutant(
        "a card that had a trial has another one with another member",
        "portal/billing/trials.py",
        "if owner == member_id or not begins",
        "if owner or not begins",
        (
            "tests/billing/test_trials.py"
            "::test_a_second_trial_with_the_card_of_another_member_is_not_begun_and_charges_nothing",
        ),
    ),
    Mutant(
        "the end of a paused plan takes the time that she has paid for",
        "portal/billing/pausing.py",
        'return {"at_once": False, "resumes": True} if stays(live, active.day(now)) else {"at_once": True}',
        'return {"at_once": True}',
        (
            "tests/billing/test_ends_of_paused_plans.py::test_a_page_of_before_its_last_paid_day_is_shown_again_after_it",
        ),
    ),
    Mutant(
        "withdrawing promises what went back before as well",
        "portal/billing/withdrawing.py",
        "sum(int(row.paid_minor) - _gone(row) for row in rows)",
        "sum(int(row.paid_minor) for row in rows)",
        ("tests/billing/test_withdrawing.py::test_an_amount_that_changed_since_it_was_shown_is_shown_again",),
    ),
    Mutant(
        "what renewed after she had ended it is not paid back",
        "portal/billing/ending.py",
        "    if not renewals:\n        if at_once or",
        "    if not renewals or wanted:\n        if at_once or",
        (
            "tests/billing/test_ends_that_come_late.py"
            "::test_what_renewed_after_she_had_ended_it_is_paid_back_and_it_ends_at_once",
        ),
    ),
    Mutant(
        "what renewed after she had asked for a pause is kept",
        "portal/billing/ending.py",
        "    if not renewals:\n        return running.pause(wanted, key)",
        "    if not renewals or wanted:\n        return running.pause(wanted, key)",
        (
            "tests/billing/test_wishes_that_come_late.py"
            "::test_a_renewal_that_came_after_she_had_asked_for_a_pause_goes_back",
        ),
    ),
    Mutant(
        "who is in a stopped card agrees to a dearer plan",
        "portal/billing/changes.py",
        "        return op, False\n    people.refuse_while_stopped(member_id)\n",
        "        return op, False\n",
        (
            "tests/billing/test_stopped.py"
            "::test_a_change_that_was_shown_before_the_stop_takes_nothing_from_the_card",
        ),
    ),
    Mutant(
        "a change agreed to before the stop is asked of Stripe after it",
        "portal/billing/changes.py",
        "if op.kind in operations.CHARGES and people.is_frozen(op.member_id):",
        "if False:",
        ("tests/billing/test_stopped_and_before.py",),
    ),
    Mutant(
        "a payment page that was open at the stop stays open",
        "portal/billing/checkout.py",
        "if people.has_left(op.member_id) or people.is_frozen(op.member_id):",
        "if people.has_left(op.member_id):",
        ("tests/billing/test_stopped_and_before.py",),
    ),
    Mutant(
        "a plan that nobody new can have is begun by a form that was made by hand",
        "portal/billing/sold.py",
        "    if not plan.for_sale:",
        "    if not plan.key:",
        ("tests/billing/test_not_for_sale.py::test_nobody_new_can_join_it_from_a_page_or_by_hand",),
    ),
    Mutant(
        "whatever else is sold to the same customer is taken for a plan",
        "portal/billing/sync.py",
        "    if before is None and not ours.is_plan(member_id, found):",
        "    if before is None and not found.id:",
        (
            "tests/billing/test_sold_beside_plans.py"
            "::test_a_magazine_beside_a_plan_goes_on_and_is_compared_as_nothing",
        ),
    ),
)

BILLING = FAULT_LIST + DEAR
