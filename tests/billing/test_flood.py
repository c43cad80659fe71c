"""Messages of many lives, each three times and in any order: the state is right, and the same as by telling in order.

At full size, and on PostgreSQL too, this is `python -m tests.evidence billing-events-sqlite billing-events-postgresql`.
"""

from tests.billing import flood


def test_three_times_in_any_order_is_as_once_in_order_and_as_it_is_at_stripe(environ, tmp_path, clock):
    in_order, at_random = flood.both_ways(environ, tmp_path, None, clock, members=16, days=42, seed=5)
    assert at_random.messages == in_order.messages > 250
    for told in (in_order, at_random):
        assert told.differences == []
        assert told.without_cause == []
        assert told.faults == []
    assert flood.unlike(in_order, at_random) == {}
