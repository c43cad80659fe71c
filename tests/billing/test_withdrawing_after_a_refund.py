"""Withdrawing after a part went back: the page names what is left of it, as what it is."""

from tests.billing.paying_back import refund


def test_what_went_back_before_is_not_called_paid_again(desk):
    desk.join()
    desk.tell()
    refund(desk, 100)
    desk.tell()
    text = " ".join(desk.visit.open("/membership/withdraw").text.split())
    assert "£2.00, all that you paid for it and do not have back yet, the way you paid it." in text
    desk.visit.submit("Withdraw and get £2.00 back")
    assert sorted(one.amount for one in desk.at_stripe("refunds")) == [100, 200]
