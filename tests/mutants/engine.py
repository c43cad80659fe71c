"""Mistakes in points, tiers, grants, referrals, gifts and plans by lines: boundaries, days, signs, rounding, caps."""

from tests.mutants import Mutant

ENGINE = (
    Mutant(
        "a tier is reached only by more than it needs",
        "portal/tiers/rules.py",
        "if counters.of(way.metric) >= way.need:",
        "if counters.of(way.metric) > way.need:",
        ("tests/tiers/test_rules.py::test_a_tier_is_reached_with_the_last_penny_and_not_before",),
    ),
    Mutant(
        "a tier is not held on its last day",
        "portal/tiers/rules.py",
        "return grant.since <= day and (grant.until is None or day <= grant.until)",
        "return grant.since <= day and (grant.until is None or day < grant.until)",
        ("tests/tiers/test_rules.py::test_a_member_stands_on_the_highest_tier_that_is_granted_on_the_day",),
    ),
    Mutant(
        "the grace of a tier is one day short",
        "portal/tiers/verdicts.py",
        "return day - DAY + timedelta(days=programme.tier_rules.grace_days)",
        "return day - DAY - DAY + timedelta(days=programme.tier_rules.grace_days)",
        (
            "tests/tiers/test_counting.py::test_grace_lasts_its_days_and_what_is_bought_in_it_counts_as_holding",
        ),
    ),
    Mutant(
        "a tier is kept only by what it takes to get in",
        "portal/tiers/verdicts.py",
        "if keeps and walked(tier.keep or tier.entry, counters, facts.holding):",
        "if keeps and walked(tier.entry, counters, facts.holding):",
        ("tests/tiers/test_verdicts.py",),
    ),
    Mutant(
        "what is bought on the day of a review counts in it",
        "portal/tiers/verdicts.py",
        "max(months_after(day, -YEAR) - DAY, row.since), day - DAY)",
        "max(months_after(day, -YEAR) - DAY, row.since), day)",
        ("tests/tiers/test_verdicts.py::test_rolling_months_are_the_twelve_that_just_ended",),
    ),
    Mutant(
        "the notice of a tier that ends goes out one day late",
        "portal/tiers/telling.py",
        "ahead = min(days for days in NOTICE_DAYS if review_on - timedelta(days=days) <= day)",
        "ahead = min(days for days in (90, *NOTICE_DAYS) if review_on - timedelta(days=days) < day)",
        (
            "tests/tiers/test_telling.py::test_least_10_a_drop_is_announced_three_times_and_a_late_refund_is_told_the_same_day",
        ),
    ),
    Mutant(
        "points lapse on their last day and not after it",
        "portal/ledger/expiring.py",
        "        if one.last_day < day:\n            if one.held_until",
        "        if one.last_day <= day:\n            if one.held_until",
        (
            "tests/ledger/test_expiring.py::test_what_has_ended_can_be_neither_spent_nor_given_before_the_nightly_work_has_run",
        ),
    ),
    Mutant(
        "points are announced one day late",
        "portal/ledger/rules.py",
        "days = {before: known.ends_on - timedelta(days=before) for before in expiry.notices}",
        "days = {before: known.ends_on - timedelta(days=before - 1) for before in expiry.notices}",
        (
            "tests/ledger/test_announcing.py::test_she_is_told_sixty_thirty_and_seven_days_before_though_she_wants_no_news",
        ),
    ),
    Mutant(
        "what is owed is not paid first by points that arrive",
        "portal/ledger/statements.py",
        '"available": _w.available + case((_w.owed < _points, _points - _w.owed), else_=0),',
        '"available": _w.available + _points,',
        ("tests/ledger/test_verbs.py::test_what_is_owed_is_paid_first_by_what_is_earned",),
    ),
    Mutant(
        "points are rounded half up where the programme rounds down",
        "portal/earning/assessing.py",
        'half_up = programme.orders.rounding == "half-up"',
        "half_up = True",
        (
            "tests/earning/test_rules.py::test_points_are_rounded_once_for_each_rule_and_again_after_a_multiplier",
        ),
    ),
    Mutant(
        "lines are rounded before they are added",
        "portal/earning/assessing.py",
        "groups[group] = groups.get(group, 0) + minor",
        "groups[group] = groups.get(group, 0) + minor // rate.per_minor * rate.per_minor",
        (
            "tests/earning/test_rules.py::test_lines_under_one_rule_are_added_before_rounding_and_those_of_two_rules_are_not",
        ),
    ),
    Mutant(
        "a campaign gives beyond its cap",
        "portal/earning/assessing.py",
        "if asked <= left:",
        "if asked <= left or cap.points:",
        (
            "tests/earning/test_campaigns.py::test_a_cap_leaves_the_usual_points_and_cuts_what_comes_beside_them",
        ),
    ),
    Mutant(
        "hours end a minute late: the hour at which they end is in",
        "portal/earning/conditions.py",
        "within = begins <= now < ends if begins < ends",
        "within = begins <= now <= ends if begins < ends",
        ("tests/earning/test_conditions.py::test_an_hour_is_in_from_its_beginning_until_before_its_end",),
    ),
    Mutant(
        "points of an order that mature today still wait",
        "portal/earning/applying.py",
        "waits = matures_on > told.day",
        "waits = matures_on >= told.day",
        ("tests/earning/test_waiting.py::test_an_order_told_after_its_waiting_is_over_is_available_at_once",),
    ),
    Mutant(
        "taking an activity back looks at what it asked for and not at what its cap left",
        "portal/earning/activity_rules.py",
        "return min(given, steps(count, before, of) * each)",
        "return steps(count, before, of) * each",
        (
            "tests/earning/test_activity_rules.py::test_what_stays_is_what_is_asked_for_the_rest_and_never_more_than_was_given",
        ),
    ),
    Mutant(
        "taking an activity back adds to what counts for tiers",
        "portal/earning/reversing.py",
        "tiers.Counters(earned=-points)",
        "tiers.Counters(earned=points)",
        ("tests/earning/test_activities_taken_back.py",),
    ),
    Mutant(
        "a cap by month is a cap by day",
        "portal/earning/activities.py",
        "first = midnight(programmes.first_day(cap.per, day))",
        "first = midnight(day)",
        (
            "tests/earning/test_activity_caps.py"
            "::test_a_cap_is_filled_by_all_days_of_its_period_in_whatever_order_they_are_told",
        ),
    ),
    Mutant(
        "spend of the day before joining counts for a dividend",
        "portal/earning/measuring.py",
        "if frozen.joined_day is None or frozen.joined_day > 0:",
        "if frozen.joined_day is None or frozen.joined_day >= 0:",
        ("tests/earning/test_measuring.py",),
    ),
    Mutant(
        "who held the plan on the last day of the year and began anew is paid no dividend",
        "portal/granting/measuring.py",
        "entitled = bool(held_then) or not dividend.plans",
        "entitled = not dividend.plans",
        (
            "tests/granting/test_dividends.py"
            "::test_who_held_it_on_the_last_day_is_paid_also_when_she_began_anew_and_stopped_since",
        ),
    ),
    Mutant(
        "a dividend is rounded half up",
        "portal/granting/rules.py",
        "return max(0, spend_minor) * dividend.percent // 100",
        "return (max(0, spend_minor) * dividend.percent + 50) // 100",
        ("tests/granting/test_rules.py::test_a_share_is_rounded_down",),
    ),
    Mutant(
        "a birthday within 330 days of the last one is kept",
        "portal/granting/rules.py",
        "APART = timedelta(days=330)",
        "APART = timedelta(days=329)",
        ("tests/granting/test_birthdays.py::test_after_a_change_none_within_330_days",),
    ),
    Mutant(
        "a goal's prize stays when a refund goes below it",
        "portal/granting/measuring.py",
        "if place in added and max(after[place], after[place] - added[place]) >= goal.need:",
        "if place in added and after[place] >= goal.need:",
        (
            "tests/granting/test_goals.py"
            "::test_a_refund_below_the_goal_takes_the_unused_reward_and_reaching_it_again_gives_another",
        ),
    ),
    Mutant(
        "one person with dots in her address is a friend twice",
        "portal/referrals/service.py",
        'people.reserve("person", people.address_hash(person(friend.email)), friend_id)',
        'people.reserve("person", people.address_hash(friend.email), friend_id)',
        ("tests/referrals/test_limits.py::test_one_person_is_a_friend_once",),
    ),
    Mutant(
        "one friend more than the limit counts",
        "portal/referrals/service.py",
        "counted(inviter.id, limit, day) >= limit.count",
        "counted(inviter.id, limit, day) > limit.count",
        (
            "tests/referrals/test_limits.py::test_no_more_friends_count_than_the_limit_says_and_a_new_month_brings_room",
        ),
    ),
    Mutant(
        "the programme adds to gifts beyond its most for the year",
        "portal/giving/funding.py",
        "return min(added, max(0, matching.most_minor - matched_in(member_id, day)))",
        "return min(added, matching.most_minor)",
        ("tests/giving/test_matching.py::test_the_years_most_is_reached_to_the_penny",),
    ),
    Mutant(
        "a monthly gift that could not be given is given later in the month",
        "portal/giving/standing.py",
        "run(update(StandingGift).where(_standing.member_id == member_id).values(next_on=first_after(day)))\n    ref",
        "ref",
        (
            "tests/giving/test_standing.py::test_where_there_are_too_few_nothing_is_given_and_the_next_month_it_is",
        ),
    ),
    Mutant(
        "a wish to end on the last paid day ends at once",
        "portal/billing/lines.py",
        "over = day > running.paid_until",
        "over = day >= running.paid_until",
        ("tests/billing/test_lines.py::test_a_wish_to_end_on_the_last_paid_day_keeps_that_day",),
    ),
    Mutant(
        "a payment told twice pays for two periods",
        "portal/billing/lines.py",
        "if same and running is not None and running.paid_on == day:\n            return None\n        until",
        "until",
        ("tests/billing/test_lines.py::test_the_same_payment_again_is_nothing",),
    ),
)
