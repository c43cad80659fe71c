"""The policies: every view declares one, and what declares none is closed (security.md rule 20).

anonymous  anybody
member     a signed-in member, else to the sign-in page and back
fresh      a member who showed within five minutes that it is still her, else to the proof and back (rule 14)
newcomer   staff who came by a one-time link and have no passkey yet, or staff with a fresh proof: both may add one
staff      staff who signed in by a passkey, whatever their role; else to their sign-in page
staff_fresh  the same, with a fresh proof
staff:PERMISSION  the same, of a role that has it (portal/support/rules.py)
operator   whoever knows the token of the metrics
stripe     a message that Stripe has signed; the view checks the signature before anything else
api:SCOPES a shop's key with any one of these scopes, as in api:orders|read; the API's own blueprint looks at it
debug      development and testing only
"""

from collections.abc import Callable
from typing import Any, TypeVar

from portal import merchant, support

View = TypeVar("View", bound=Callable[..., Any])
POLICIES = {
    "anonymous",
    "member",
    "fresh",
    "newcomer",
    "staff",
    "staff_fresh",
    *(f"staff:{permission}" for permission in sorted(support.PERMISSIONS)),
    "operator",
    "stripe",
    "debug",
}
OF_MEMBERS = {"member", "fresh"}
OF_STAFF = {name for name in POLICIES if name == "newcomer" or name.startswith("staff")}


def policy(
    name: str, *, visit: bool = False, fresh: bool = False, staff: str | None = None
) -> Callable[[View], View]:
    """Declare who may use a view. `visit`: support may look at it too while it visits a member (security.md section 4):
    only a page that shows no code, no key and no way in, and never one that writes. `fresh`: its page opens without a
    fresh proof, and says so; its verb refuses what is sent without one. `staff`: it is there once more for them, under
    /staff and by this policy.

    Raises ValueError for a policy that is none.
    """
    for one in (name, staff or name):
        if not is_policy(one):
            raise ValueError(f"{one!r} is no policy")

    def declare(view: View) -> View:
        view.policy = name  # type: ignore[attr-defined]  # a mark on the function, read by enforce and the tests
        view.visit = visit  # type: ignore[attr-defined]  # as above, read by support
        view.fresh = fresh  # type: ignore[attr-defined]  # as above, read by `portal routes` and the tests
        view.staff_policy = staff  # type: ignore[attr-defined]  # as above, read by doors
        return view

    return declare


def is_policy(name: str | None) -> bool:
    """Whether the portal knows how to enforce this."""
    if name is None or name in POLICIES:
        return name is not None
    kind, _, scopes = name.partition(":")
    return kind == "api" and set(scopes.split("|")) <= set(merchant.SCOPES)
