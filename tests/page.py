"""Pages as tests see them: read, linted, and walked through like a person without JavaScript.

`lint` is run over every HTML page that the app answers to any test (conftest.py), so no test asks for it.
"""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BUDGET_BYTES = 14_000
OWN_HOSTS = {"localhost", "127.0.0.1"}
FORM_HOSTS = OWN_HOSTS | {"checkout.stripe.com", "billing.stripe.com"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
WITHOUT_LABEL = {"hidden", "submit", "button", "image", "reset"}
ADDRESSES = {"href", "src", "srcset", "action", "formaction", "poster"}
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "for")


@dataclass(eq=False)
class Element:
    """One element of a page, with what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: "Element | None" = None
    parts: list["Element | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Element"]:
        """This element and all inside it, in the order of the page."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += [part for part in reversed(element.parts) if isinstance(part, Element)]

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def all(self, *tags: str, **attributes: str) -> list["Element"]:
        """Elements inside with one of these tags and these attributes."""
        return [
            element
            for element in self
            if element.tag in tags and all(element[name] == value for name, value in attributes.items())
        ]

    @property
    def text(self) -> str:
        """The words, each gap one space."""
        words = [part if isinstance(part, str) else f" {part.text} " for part in self.parts]
        return re.sub(r"\s+", " ", "".join(words)).strip()

    @property
    def spoken_name(self) -> str:
        """What a screen reader calls a link or button."""
        pictures = " ".join(image["alt"] for image in self.all("img"))
        return self["aria-label"] or self["aria-labelledby"] or self.text or pictures

    def inside(self, tag: str) -> bool:
        """Whether some element around this one has the tag."""
        return self.parent is not None and (self.parent.tag == tag or self.parent.inside(tag))


class _Reader(HTMLParser):
    """Makes elements of HTML, and notes what is closed out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.top = self.here = Element("")
        self.elements: list[Element] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.here = self.elements[-1]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.parts.append(element)
        self.elements.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self.here.tag != tag or self.here.parent is None:
            self.faults.append(f"</{tag}> where <{self.here.tag}> is open (line {self.getpos()[0]})")
        else:
            self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)


def read(html: str) -> Element:
    """The page as elements; nobody changes them, so who reads the same page again gets the same ones."""
    return _reader(html).top


@lru_cache(maxsize=16)  # a page is linted as it leaves the app, and read once more by whoever asked for it
def _reader(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader


def lint(html: str, budget_bytes: int | None = BUDGET_BYTES) -> list[str]:
    """What is wrong with a page, a line each: structure, names, labels, and nothing inline or from elsewhere."""
    reader = _reader(html)
    faults = [*reader.faults]
    by_tag: dict[str, list[Element]] = defaultdict(list)
    for element in reader.elements:
        by_tag[element.tag].append(element)
    if reader.here is not reader.top:
        faults.append(f"<{reader.here.tag}> is never closed")
    if not html.lstrip()[:15].lower().startswith("<!doctype html>"):
        faults.append("no <!doctype html>")
    if len(by_tag["h1"]) != 1 or not by_tag["h1"][0].text:
        faults.append(f"{len(by_tag['h1'])} h1 with words, one is wanted")
    if not any(title.text for title in by_tag["title"] if title.inside("head")):
        faults.append("no title")
    if not any(element["lang"] for element in by_tag["html"]):
        faults.append("no language")
    if not any(meta["name"] == "viewport" for meta in by_tag["meta"]):
        faults.append("no viewport")
    size_bytes = len(zlib.compress(html.encode()))
    if budget_bytes is not None and size_bytes > budget_bytes:
        faults.append(f"{size_bytes} bytes compressed, at most {budget_bytes}")
    ids = Counter(element["id"] for element in reader.elements if element["id"])
    faults += [f'id "{name}" is there {times} times' for name, times in sorted(ids.items()) if times > 1]
    labelled = {label["for"] for label in by_tag["label"]}
    for element in reader.elements:
        faults += _inline(element) + _elsewhere(element) + _unnamed(element, labelled)
        faults += [
            f'<{element.tag} {name}="{wanted}"> points at nothing'
            for name in REFERENCES
            if name in element.attributes
            for wanted in element[name].split()
            if wanted not in ids
        ]
    return faults


def _inline(element: Element) -> list[str]:
    """What a strict content security policy would refuse."""
    faults = [
        f"<{element.tag} {name}> is inline"
        for name in element.attributes
        if name == "style" or name.startswith("on")
    ]
    if element.tag == "style" or (element.tag == "script" and not element["src"]):
        faults.append(f"<{element.tag}> is inline")
    for name in ("href", "src", "action", "formaction"):
        if name in element.attributes and element[name].strip().lower().startswith("javascript:"):
            faults.append(f"<{element.tag} {name}> is a script")
    return faults


def _elsewhere(element: Element) -> list[str]:
    """What would fetch from, or send to, somebody else's host; and links without encryption."""
    faults = []
    for name in ADDRESSES & element.attributes.keys():
        if not element[name]:
            continue
        parts = urlsplit(element[name])
        if not parts.netloc or parts.hostname in OWN_HOSTS:
            continue
        if (element.tag == "a" and parts.scheme != "http") or element["rel"] in ("canonical", "alternate"):
            continue
        if name in ("action", "formaction") and parts.scheme == "https" and parts.hostname in FORM_HOSTS:
            continue
        faults.append(f"<{element.tag} {name}> goes to {element[name]}")
    return faults


def _unnamed(element: Element, labelled: set[str]) -> list[str]:
    """Fields, buttons, links and pictures that have no words, and forms that anybody could post."""
    tag, kind = element.tag, element["type"].lower()
    if tag in ("select", "textarea") or (tag == "input" and kind not in WITHOUT_LABEL):
        has_label = element["id"] in labelled or element.inside("label")
        if not (has_label or element["aria-label"] or element["aria-labelledby"]):
            return [f'<{tag} name="{element["name"]}"> has no label']
    if tag in ("a", "button") and not element.spoken_name:
        return [f'<{tag} id="{element["id"]}" href="{element["href"]}"> has no words']
    if tag == "img" and "alt" not in element.attributes:
        return [f'<img src="{element["src"]}"> has no alt']
    if tag == "form" and element["method"].lower() == "post" and not element.all("input", name="csrf_token"):
        return [f'<form action="{element["action"]}"> has no csrf_token']
    return []


class Visit:
    """A person without JavaScript: opens pages, follows links and fills in forms by their words."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.response: TestResponse | None = None
        self.path = "/"
        self.page = Element("")

    def open(self, path: str, status: int = 200) -> Element:
        """Ask for a page, following redirects. Asserts the status that comes in the end."""
        return self._take(self.client.get(path, follow_redirects=True), status)

    def follow(self, words: str, status: int = 200) -> Element:
        """Follow the link with these words."""
        links = {link.spoken_name: link["href"] for link in self.page.all("a")}
        assert words in links, f"no link {words!r} on {self.path}, only {sorted(links)}"
        return self.open(links[words], status)

    def submit(self, button: str, status: int = 200, **values: str | bool | None) -> Element:
        """Press the button with these words, in its form, after filling in `values` by the names of the fields.

        True ticks a box, False unticks it. Asserts that a redirect after a POST is a 303.
        """
        form, pressed = self._form_with(button)
        fields = _fields(form)
        for name, value in values.items():
            assert form.all("input", "select", "textarea", name=name), f"no field {name!r} beside {button!r}"
            fields.pop(name, None)
            if value is True:
                fields[name] = form.all("input", name=name)[0]["value"] or "on"
            elif value is not None and value is not False:
                fields[name] = value
        if pressed["name"]:
            fields[pressed["name"]] = pressed["value"]
        path = pressed["formaction"] or form["action"] or self.path
        if form["method"].lower() != "post":
            return self._take(self.client.get(path, query_string=fields, follow_redirects=True), status)
        response = self.client.post(path, data=fields, follow_redirects=True)
        assert not response.history or response.history[0].status_code == 303, "after a POST comes a 303"
        return self._take(response, status)

    def _form_with(self, words: str) -> tuple[Element, Element]:
        buttons = [
            (form, button)
            for form in self.page.all("form")
            for button in form.all("button", "input")
            if words in (button.spoken_name, button["value"]) and button["type"] in ("", "submit")
        ]
        assert buttons, f"no button {words!r} on {self.path}: {self.page.text[:400]}"
        return buttons[0]

    def _take(self, response: TestResponse, status: int) -> Element:
        self.response, self.path = response, response.request.path
        self.page = read(response.text) if response.mimetype == "text/html" else Element("")
        assert response.status_code == status, (
            f"{response.status_code} at {self.path}: {self.page.text[:400]}"
        )
        return self.page


def _fields(form: Element) -> dict[str, str]:
    """What a browser would send for the form as it stands, its buttons aside."""
    found: dict[str, str] = {}
    for element in form.all("input", "select", "textarea"):
        name, kind, attributes = element["name"], element["type"], element.attributes
        if not name or "disabled" in attributes or kind in ("submit", "button", "image", "reset"):
            continue
        if element.tag == "select":
            options = element.all("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            found[name] = _value(chosen[0]) if chosen else ""
        elif element.tag == "textarea":
            found[name] = element.text
        elif kind not in ("checkbox", "radio") or "checked" in attributes:
            found[name] = element["value"] or ("on" if kind == "checkbox" else "")
    return found


def _value(option: Element) -> str:
    attributes: Mapping[str, str] = option.attributes
    return attributes.get("value", option.text)
