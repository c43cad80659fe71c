"""The look keeps its promises: nothing inline, few bytes, colours from tokens, and pages that hold when text grows."""

import re
from pathlib import Path

import brotli
import css_inline
import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from portal import programme
from portal.db import transact
from portal.web.gallery import PAGES
from tests import make
from tests.browser import OF_COLOUR, PHONE, check_axe, check_width, new_phone

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html")) + sorted((ROOT / "templates").rglob("*.txt"))
SHEETS = ("base", "layout", "components", "utilities")
FIRST_VISIT_BYTES = 14_000
WHOLE_PAGE_BYTES = 50_000
PARTS = 4  # of the gallery, so that they are looked at side by side
NOTICES = sorted(path.name for path in (ROOT / "templates" / "emails").iterdir() if path.is_dir())
MAIL_LAYOUT = "layout.html"
MAIL = {
    "code": "482913",
    "link_url": "https://p.example/l/x",
    "minutes": 10,
    "help_url": "https://p.example/help",
}
MAIL |= {
    "member_name": "Anna Ferris",
    "balance": 100,
    "value_minor": 100,
    "home_url": "https://p.example/home",
}
MAIL |= {
    "device": "Firefox on Windows",
    "at": make.NOW,
    "sessions_url": "https://p.example/you",
    "subject": "A mail",
}
MAIL |= {
    "friend_name": "Ben",
    "points": 0,
    "reward_label": "£5.00 off",
    "share_url": "https://p.example/share",
}
MAIL |= {"visits_url": "https://p.example/you/visits"}
MAIL |= {
    "plan_label": "Plus",
    "amount_minor": 300,
    "currency": "GBP",
    "membership_url": "https://p.example/membership",
}
MAIL |= {
    "next_charge_at": make.NOW,
    "ends_at": make.NOW,
    "stays_until_at": make.NOW,
    "pay_url": "https://p.example/pay",
}
MAIL |= {
    "cancel_url": "https://p.example/membership/cancel",
    "invoice_url": "https://p.example/invoice",
    "number": "A-1",
    "zone": "Asia/Seoul",
    "before_minor": 300,
    "due_minor": 200,
    "paid_minor": 3000,
    "gave_minor": 4210,
    "why": "unpaid",
}
MAIL |= {"paid_at": make.NOW, "renews_at": make.NOW, "since_at": make.NOW}
MAIL |= {
    "title": "Mend cushions",
    "reason": "It names a neighbour.",
    "is_answer": 0,
    "board_url": "https://p.example/board",
}
MAIL |= {"shop_name": "Main Street", "number": "c-17", "days": 14}
MAIL |= {
    "lots": [{"points": 1200, "value_minor": 1200, "ends_at": make.NOW}],
    "orders_keep_them": 1,
}
MAIL |= {
    "until_at": make.NOW,
    "source": "staff",
    "note": "Sorry for the lost parcel.",
    "plans_url": "https://p.example/plans",
    "prices": [{"interval": "month", "amount_minor": 300}, {"interval": "year", "amount_minor": 3000}],
}
MAIL |= {"was_used": 1, "back_at": make.NOW, "gifts_url": "https://p.example/gifts"}
MAIL |= {
    "wish": "pause",
    "asked_at": make.NOW,
    "from_label": "Gold",
    "begins_at": make.NOW,
    "back_minor": 1000,
}
MAIL |= {"tier_label": "Gold", "after_label": "Silver", "next_at": make.NOW, "is_over": 0}

MAIL |= {"not_me_url": "https://p.example/not-me/x", "undo_url": "https://p.example/undo/x"}
MAIL |= {
    "new_email": "a•••@example.org",
    "old_email": "a•••@example.com",
    "removed": "Windows Hello",
    "acts_at": make.NOW,
    "waits_at": make.NOW,
}
MAIL |= {"safety_url": "https://p.example/safety"}
MAIL |= {
    "moves": [{"kind": "redeemed", "label": "A coffee", "points": 100, "at": make.NOW, "way": "portal"}],
    "more": 1,
    "left": 1900,
}
MAIL |= {"key_name": "till", "prefix": "pk_abc123", "command": "portal keys create --name till --shop main"}


@pytest.fixture
def app(app: Flask) -> Flask:
    """The portal, running the demonstration's programme."""
    source = programme.load("demo").source
    transact(lambda: programme.publish(source, make.NOW))
    return app


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_carries_nothing_inline_and_speaks_calmly(path: Path) -> None:
    source = path.read_text()
    in_mail = path.parent.name == "emails"
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", source)
    assert in_mail or "<style" not in source
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"Oops|Unfortunately|Please note|\w!", source)


@pytest.mark.parametrize("name", SHEETS)
def test_a_stylesheet_takes_its_colours_from_tokens(name: str) -> None:
    source = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / "css" / f"{name}.css").read_text(), flags=re.S)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|oklch\(|rgba?\(|hsla?\(", source)


def test_every_drawing_that_is_asked_for_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text()))
    asked = {name for path in TEMPLATES for name in re.findall(r'icon\("([a-z-]+)"(?: ~)?', path.read_text())}
    asked -= {"mark-"}
    asked |= {
        f"{kind}-{pattern}"
        for kind in ("art", "mark")
        for pattern in ("leaf", "wave", "grid", "dots", "none")
    }
    assert asked <= drawn


def test_a_first_visit_arrives_in_what_a_phone_network_carries_at_once(client: FlaskClient) -> None:
    sizes: dict[str, int] = {}
    for name, (template, _context) in PAGES.items():
        if template.startswith("sandbox/"):
            continue
        html = client.get(f"/gallery/pages/{name}").text
        asked = {address.split("#")[0] for address in re.findall(r'"(/(?:static|brand)/[^"]+)"', html)}
        for address in asked - sizes.keys():
            sizes[address] = _compressed(client.get(address).text)
        critical = [address for address in asked if address.endswith(("/app.css", "/app.js"))]
        assert len(critical) == 2, name
        first_visit = _compressed(html) + sum(sizes[address] for address in critical)
        assert first_visit <= FIRST_VISIT_BYTES, name
        assert _compressed(html) + sum(sizes[address] for address in asked) <= WHOLE_PAGE_BYTES, name


@pytest.mark.parametrize("notice", NOTICES)
def test_a_mail_has_a_subject_a_text_and_a_page_whose_styles_go_inline(app: Flask, notice: str) -> None:
    with app.test_request_context():
        context = MAIL | {"programme": programme.active()[1]}
        subject, text, html = (
            render_template(f"emails/{notice}/{part}", **context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    assert "\n" not in subject.strip()
    assert "https://p.example/help" in text
    assert "&" not in text
    assert 'style="' in css_inline.inline(html)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_shuts_anybody_out_and_each_holds_on_a_narrow_phone_with_text_twice_as_large(
    chromium: Browser, site: str, part: int
) -> None:
    # As wide as its window says: a phone would zoom out, and hide what sticks out.
    with new_phone(chromium, site, is_mobile=False) as phone:
        for name in sorted(PAGES)[part::PARTS]:
            phone.set_viewport_size(PHONE["viewport"])
            phone.emulate_media(color_scheme="light")
            _open(phone, name)
            check_axe(phone)
            phone.emulate_media(color_scheme="dark")
            check_axe(phone, *OF_COLOUR)
            phone.set_viewport_size({"width": 320, "height": 640})
            check_width(phone)
            phone.evaluate("document.documentElement.style.fontSize = '200%'")
            check_width(phone)


def _open(phone: Page, name: str) -> None:
    answer = phone.goto(f"/gallery/pages/{name}")
    assert answer is not None
    assert answer.ok, name


def _compressed(text: str) -> int:
    return len(brotli.compress(text.encode(), quality=5))
