"""The gallery shows everything there is to see, and every page stands in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal import programme
from portal.db import transact
from portal.web.gallery import PAGES
from tests import make

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
COMPONENTS = sorted(path.stem for path in (TEMPLATES / "components").glob("*.html"))
FOLDERS = (
    *(
        "billing",
        "board",
        "errors",
        "giving",
        "home",
        "joining",
        "merchant",
        "rewards",
        "referrals",
        "sandbox",
    ),
    *("signin", "support", "tiers", "web"),
)


@pytest.fixture
def gallery(client: FlaskClient) -> Iterator[FlaskClient]:
    """A client of a portal that runs the demonstration's programme."""
    source = programme.load("demo").source
    transact(lambda: programme.publish(source, make.NOW))
    return client


def test_every_component_stands_in_the_gallery(gallery: FlaskClient) -> None:
    page = gallery.get("/gallery/").text
    missing = [name for name in COMPONENTS if f'data-component="{name}"' not in page]
    assert not missing


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_file_holds_the_one_macro_it_is_named_after(name: str) -> None:
    source = (TEMPLATES / "components" / f"{name}.html").read_text()
    assert source.count("{% macro ") == 1
    assert f"{{% macro {name}(" in source


def test_every_page_can_be_looked_at_before_anybody_needs_it(gallery: FlaskClient) -> None:
    broken = [name for name in PAGES if gallery.get(f"/gallery/pages/{name}").status_code != 200]
    assert not broken  # and each is linted, see conftest.py


def test_every_page_template_has_a_preview() -> None:
    pages = {
        str(path.relative_to(TEMPLATES)) for folder in FOLDERS for path in (TEMPLATES / folder).glob("*.html")
    }
    assert pages == {template for template, _context in PAGES.values()}


def test_a_page_that_nobody_drew_is_missing(gallery: FlaskClient) -> None:
    assert gallery.get("/gallery/pages/nothing").status_code == 404
