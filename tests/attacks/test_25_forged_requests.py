"""25: no other site writes with a member's cookie, and looking at anything changes nothing."""

import json

import pytest

from tests.attacks.ground import FILLED, UNSAFE, addresses, policy_of, proof, stored
from tests.attacks.life import lead, pages
from tests.home.doors import employ, enter, make_fresh

FIELDS = {
    "email": "eve@example.com",
    "marketing": "y",
    "session": "x",
    "code": "123456",
    "name": "Eve",
    "terms": "y",
    "points": "100",
    "charity": "forests",
}
PAST = {
    "/join": 303,
    "/sign-in": 200,
    "/sign-in/code": 303,
    "/sign-in/resend": 303,
    "/sign-in/lost": 200,
    "/sign-in/lost/code": 303,
    "/sign-in/lost/resend": 303,
    "/sign-out": 303,
    "/staff/sign-out": 303,
    "/passkeys/sign-in": 200,
    "/staff/passkeys/sign-in": 200,
    f"/staff/sign-in/link/{FILLED['token']}": 410,
}
LED_ON = {
    "nobody": PAST,
    "member": PAST | {"/sign-in": 303, "/passkeys/sign-in": 303, "/sign-out": 403},
    "staff": PAST | {"/staff/passkeys/sign-in": 303, "/staff/sign-out": 403},
}
"""Pages that look at the form's own proof: whoever is past them is led on, and a stranger is shown the page again."""
WHO_MAY = {
    "nobody": {"anonymous"},
    "member": {"anonymous", "member", "fresh"},
    "staff": {"anonymous", "staff"},
}


def writing(app, who: str) -> list[str]:
    """The pages that this visitor may send a form to."""

    def wanted(policy: str, methods: set[str]) -> bool:
        return policy.split(":")[0] in WHO_MAY[who] and bool(methods & UNSAFE)

    return [path for path in addresses(app, wanted) if not path.startswith("/api/")]


def visitors(app, client) -> dict[str, object]:
    """A browser of each kind."""
    return {"nobody": client, "member": make_fresh(enter(app)).client, "staff": employ(app).client}


@pytest.mark.both_engines
def test_25_a_form_without_its_proof_is_refused_everywhere(app, client, anna):
    for who, visitor in visitors(app, client).items():
        before = stored()
        for path in writing(app, who):
            for token in ({}, {"csrf_token": ""}, {"csrf_token": "x.y.z"}):
                answer = visitor.post(path, data=FIELDS | token)
                assert answer.status_code in (403, LED_ON[who].get(path)), (who, path, answer.status_code)
        assert stored() == before, who


def test_25_the_proof_of_another_browser_is_none(app, anna):
    eve = app.test_client()
    token = eve.get("/sign-in").text.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    assert token
    visit = make_fresh(enter(app))
    before = stored()
    for path in writing(app, "member"):
        answer = visit.client.post(path, data=FIELDS | {"csrf_token": token})
        assert answer.status_code in (403, LED_ON["member"].get(path)), path
    assert stored() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": "ftp://localhost"},
        {"Origin": "//localhost"},
        {"Origin": "http://["},
        {"Origin": "localhost"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_25_what_another_site_sends_is_refused_even_with_a_stolen_proof(app, anna, headers):
    visit = make_fresh(enter(app))
    token = {"csrf_token": proof(visit.client)}
    before = stored()
    for path in [*writing(app, "member"), "/billing/events"]:
        assert visit.client.post(path, data=FIELDS | token, headers=headers).status_code == 403, path
    assert stored() == before
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert visit.client.post("/you/consents", data=FIELDS | token, headers=own).status_code == 303
    assert stored() != before


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/octet-stream"])
def test_25_json_in_plain_text_is_no_form(app, anna, kind):
    visit = make_fresh(enter(app))
    body = json.dumps(FIELDS | {"csrf_token": proof(visit.client)})
    before = stored()
    for path in writing(app, "member"):
        answer = visit.client.post(path, data=body, content_type=kind)
        assert answer.status_code in (403, LED_ON["member"].get(path)), (path, answer.status_code)
    assert stored() == before


def test_25_a_members_cookie_opens_nothing_of_the_api(app, anna):
    visit = make_fresh(enter(app))
    before = stored()
    for path in addresses(app, lambda policy, methods: policy.startswith("api:")):
        for method in sorted(UNSAFE):
            answer = visit.client.open(path, method=method, data="{}", content_type="text/plain")
            assert answer.status_code in (401, 405), (method, path)
            assert answer.mimetype == "application/problem+json"
    assert stored() == before


def test_25_a_shops_key_sends_json_and_nothing_else(app, programme):
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    shop = app.test_client(use_cookies=False)
    before = stored()
    for method, path in (
        ("PUT", "/members/c-1"),
        ("PUT", "/orders/1"),
        ("POST", "/orders/batch"),
        ("POST", "/quotes"),
        ("POST", "/activities"),
        ("POST", "/members/c-1/donations"),
        ("POST", "/members/c-1/redemptions"),
        ("PUT", "/members/c-1/attributes/x"),
    ):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
            headers = {"Authorization": f"Bearer {life.key}"}
            answer = shop.open(f"/api/v1{path}", method=method, data="{}", content_type=kind, headers=headers)
            assert answer.status_code == 415, (method, path, kind)
    assert stored() == before


@pytest.mark.both_engines
def test_25_looking_at_everything_changes_nothing(app, client, programme):
    """Every route with an invented id, then every page that is reached by the links of a full life."""
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    shop = app.test_client()
    shop.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {life.key}"
    others = {"nobody": client, "member": life.hers.client, "staff": life.desk.client, "shop": shop}
    before = stored()
    for who, visitor in others.items():
        for path in addresses(app, lambda _policy, methods: "GET" in methods):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = visitor.open(path, method=method)
                assert answer.status_code < 500, (who, method, path)
    assert len(pages(life.hers, ("/home", "/you", "/board", "/rewards", "/give", "/share", "/plans"))) > 30
    assert len(pages(life.desk, ("/staff/", "/staff/members/c-1", "/staff/board"), most=60)) > 10
    for path in (f"/rewards/taken/{life.redemption}", f"/api/v1/codes/{life.code}", "/activity/2"):
        for visitor in others.values():
            assert visitor.get(path).status_code < 500, path
    assert stored() == before


def test_25_no_page_writes_by_a_method_that_is_meant_for_looking(app):
    """A view that writes takes POST and nothing else beside GET: no route hides a write behind HEAD or OPTIONS."""
    for rule in app.url_map.iter_rules():
        methods = set(rule.methods or ())
        if not rule.rule.startswith("/api/"):
            assert methods <= {"GET", "HEAD", "OPTIONS", "POST"}, rule.rule
        assert policy_of(app, rule.endpoint), f"{rule.rule} declares no policy"
