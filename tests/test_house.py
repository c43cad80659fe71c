"""The walls of the house: what may import what, and what must be declared and documented (house.md, section 1)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
PORTAL = ROOT / "portal"
FLOOR = ("config", "clock", "db", "errors", "money", "jobs", "serving")
SLICES = (
    *("programme", "people", "notices", "ledger", "tiers", "perks", "rewards", "giving", "referrals"),
    *(
        "granting",
        "earning",
        "billing",
        "signin",
        "joining",
        "home",
        "board",
        "merchant",
        "support",
        "insight",
    ),
    *("lab", "sandbox"),
)
# They put the house together: they import all, and no slice imports them.
TOP = ("__init__", "__main__", "cli", "boot", "nightly")
FRONT_END = ("views", "forms")
BANNED = {"user", "account", "transaction", "process", "handle", "manage", "utils", "helpers", "manager"}
NAMED_BY_OTHERS = {
    *("process_bind_param", "process_result_value", "process_literal_param"),  # SQLAlchemy's column types
    *("process_formdata", "process_data"),  # WTForms' fields
    *("user_agent", "load_user"),  # HTTP's header, Flask-Login's hook
}
MOST_LINES = 400

Breach = str


class Module:
    """One file of portal/, parsed."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.parts = Path(path).with_suffix("").parts  # ("ledger", "service")
        self.unit = self.parts[0]
        self.source = source
        self.tree = ast.parse(source)

    @property
    def is_front_end(self) -> bool:
        """Whether this file shows pages or answers requests."""
        return self.unit in ("web", *TOP) or any(part in FRONT_END for part in self.parts[1:])

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full name of everything imported; `from portal import ledger` is `portal.ledger`."""
        package = ["portal", *self.parts[:-1]]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                names = [*base, *([node.module] if node.module else [])]
                yield from ((node.lineno, ".".join([*names, alias.name])) for alias in node.names)

    def say(self, line: int, what: str) -> Breach:
        """A breach, told with its place."""
        return f"portal/{self.path}:{line}: {what}"


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the portal."""
    files = sorted(PORTAL.rglob("*.py"))
    return tuple(Module(str(file.relative_to(PORTAL)), file.read_text()) for file in files)


def is_file_inside(unit: str, name: str) -> bool:
    """Whether `name` is a file or folder of the slice, and not a name that its front door exports."""
    return (PORTAL / unit / f"{name}.py").exists() or (PORTAL / unit / name).is_dir()


def imports_down_the_list(module: Module) -> Iterator[Breach]:
    """Wall 1: a slice imports the floor and the slices above it, through the front door, at the top of the file."""
    reach = {unit: SLICES[:place] for place, unit in enumerate(SLICES)}
    reach |= dict.fromkeys(FLOOR, ()) | dict.fromkeys(("web", *TOP), SLICES)
    deferred = {
        node.lineno
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    if module.unit not in reach:
        yield module.say(1, f"{module.unit} is not in the list of the house")
        return
    for line, name in module.imports():
        first, *rest = name.split(".")
        if first != "portal" or rest[:1] == [module.unit]:
            continue
        unit, inside = (rest[0] if rest else ""), rest[1:]
        allowed = unit in (*FLOOR, *reach[module.unit])
        allowed |= unit == "web" and module.is_front_end and "forms" not in module.parts
        allowed |= unit in TOP and module.unit in TOP
        if not allowed:
            yield module.say(line, f"{module.unit} may not import {name}")
        elif unit in SLICES and inside and is_file_inside(unit, inside[0]):
            if not (module.unit in TOP and inside[0] == "views"):
                yield module.say(line, f"{name} goes past the front door of {unit}")
        elif line in deferred and module.unit not in TOP:
            yield module.say(line, f"{name} is imported inside a function")


def frameworks_at_the_edge(module: Module) -> Iterator[Breach]:
    """Walls 2 and 3: Flask and forms where pages are, Stripe and WebAuthn each in one file."""
    homes = {"stripe": "billing/gateway.py", "webauthn": "signin/passkeys.py"}
    for line, name in module.imports():
        package = name.split(".")[0]
        web = package.startswith("flask") or package in ("apiflask", "wtforms", "werkzeug")
        in_floor = module.unit == "db" and package in ("flask", "flask_sqlalchemy", "flask_migrate")
        in_mail = module.unit == "notices" and package == "flask_babel"
        if web and not (module.is_front_end or in_floor or in_mail):
            yield module.say(line, f"{package} belongs to views, forms, web, cli or create_app")
        if package in homes and module.path != homes[package]:
            yield module.say(line, f"{package} belongs to {homes[package]}")


def pure_rules(module: Module) -> Iterator[Breach]:
    """Wall 4: rules are arithmetic and decisions. No database, no clock, no Flask."""
    if not module.parts[-1].endswith("rules"):  # rules, price_rules
        return
    for line, name in module.imports():
        outside = name.startswith(("portal.db", "portal.clock", "portal.jobs", "sqlalchemy", "flask"))
        if outside or {"models", "service", "views"} & set(name.split(".")):
            yield module.say(line, f"rules may not import {name}")


def one_clock(module: Module) -> Iterator[Breach]:
    """Only portal/clock.py asks the system clock, so that a run under a changed clock is consistent."""
    asks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and module.path != "clock.py":
            said = ".".join(ast.unparse(node.func).split(".")[-2:])
            if said in asks:
                yield module.say(node.lineno, f"{said}() belongs to portal/clock.py")


def keys_between_slices(module: Module) -> Iterator[Breach]:
    """Wall 5: a foreign key is a string, and a relationship never points upward."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).split(".")[-1]
        if called == "ForeignKey" and not (node.args and isinstance(node.args[0], ast.Constant)):
            yield module.say(node.lineno, "a foreign key is named by a string")
        if called == "relationship" and module.unit in SLICES:
            words = set(re.findall(r"\w+", module.source.splitlines()[node.lineno - 1] + ast.unparse(node)))
            for name in sorted(words & classes_below(module.unit)):
                yield module.say(node.lineno, f"a relationship to {name} points upward")


@cache
def classes_below(unit: str) -> frozenset[str]:
    """Names of the tables' classes in slices that come after `unit`."""
    below = SLICES[SLICES.index(unit) + 1 :]
    models = [module for module in modules() if module.unit in below and module.parts[-1] == "models"]
    return frozenset(
        n.name for module in models for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef)
    )


def commits_at_the_edge(module: Module) -> Iterator[Breach]:
    """Wall 6: only portal/db.py commits, inside `transact`, which edges call."""
    for node in ast.walk(module.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "commit" and module.path != "db.py":
            yield module.say(called.lineno, "only portal/db.py commits; edges call transact()")


def nothing_swallowed(module: Module) -> Iterator[Breach]:
    """A bug raises: who catches everything must raise it again."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = re.findall(r"\w+", ast.unparse(node.type)) if node.type else ["BaseException"]
            last = node.body[-1]
            if {"Exception", "BaseException"} & set(caught) and not (
                isinstance(last, ast.Raise) and last.exc is None
            ):
                yield module.say(node.lineno, "it catches everything; name what is expected")


def names_that_mean_one_thing(module: Module) -> Iterator[Breach]:
    """Words that mean three things name nothing here (house.md, section 4)."""
    named = [(1, part) for part in module.parts]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            named.append((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            named.append((node.lineno, node.arg))
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            named.append((node.lineno, node.id if isinstance(node, ast.Name) else node.attr))
    for line, name in named:
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
        if words & BANNED and name not in NAMED_BY_OTHERS:
            yield module.say(line, f"the name {name} has a banned word")


def small_and_introduced(module: Module) -> Iterator[Breach]:
    """A file says what it owns, and is not longer than a person reads."""
    if not ast.get_docstring(module.tree):
        yield module.say(1, "no docstring says what it owns")
    lines = module.source.count("\n")
    if lines > MOST_LINES:
        yield module.say(lines, f"{lines} lines, at most {MOST_LINES}")


WALLS = (
    *(imports_down_the_list, frameworks_at_the_edge, pure_rules, one_clock, keys_between_slices),
    *(commits_at_the_edge, nothing_swallowed, names_that_mean_one_thing, small_and_introduced),
)


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.__name__)
def test_no_file_breaks_a_wall(wall):
    breaches = [breach for module in modules() for breach in wall(module)]
    assert not breaches, "\n".join([wall.__doc__, *breaches])


@pytest.mark.parametrize(
    ("wall", "path", "source"),
    [
        (imports_down_the_list, "ledger/service.py", "from portal import earning"),
        (imports_down_the_list, "earning/service.py", "def verb():\n    from portal import ledger"),
        (imports_down_the_list, "money.py", "import portal.ledger"),
        (imports_down_the_list, "ledger/service.py", "from portal import create_app"),
        (imports_down_the_list, "ledger/service.py", "from ..web import guards"),
        (imports_down_the_list, "shop/service.py", ""),
        (frameworks_at_the_edge, "ledger/service.py", "from flask import g"),
        (frameworks_at_the_edge, "billing/service.py", "import stripe"),
        (pure_rules, "earning/rules.py", "from portal.clock import now"),
        (pure_rules, "earning/rules.py", "from .models import Order"),
        (pure_rules, "billing/price_rules.py", "from portal.clock import now"),
        (one_clock, "ledger/service.py", "import datetime\nat = datetime.datetime.now()"),
        (keys_between_slices, "ledger/models.py", "ForeignKey(Member.id)"),
        (commits_at_the_edge, "ledger/service.py", "db.session.commit()"),
        (
            nothing_swallowed,
            "ledger/service.py",
            "try:\n    verb()\nexcept (ValueError, Exception):\n    pass",
        ),
        (nothing_swallowed, "ledger/service.py", "try:\n    verb()\nexcept:\n    pass"),
        (names_that_mean_one_thing, "people/models.py", "class UserAccount: pass"),
        (names_that_mean_one_thing, "people/utils.py", ""),
        (small_and_introduced, "people/models.py", "x = 1"),
    ],
)
def test_a_wall_notices_its_breach(wall, path, source):
    assert list(wall(Module(path, source)))


def test_a_slice_may_use_what_is_above_it():
    source = (
        "from portal import ledger\nfrom portal.db import run\nfrom . import rules\nfrom .models import Order"
    )
    assert not list(imports_down_the_list(Module("earning/service.py", source)))
    assert not list(imports_down_the_list(Module("home/views.py", "from portal.web import guards")))


def test_every_route_declares_who_may_use_it(app: Flask):
    """A policy that the guards do not know is none: such a page would be open, or closed, by chance."""
    from portal.web.policies import is_policy

    open_to_question = sorted(
        str(rule)
        for rule in app.url_map.iter_rules()
        if not is_policy(getattr(app.view_functions[rule.endpoint], "policy", None))
    )
    assert not open_to_question, f"no policy at {open_to_question}"


def test_every_policy_is_documented():
    from portal.web.policies import POLICIES

    missing = {name for name in POLICIES if f"`{name}`" not in operating_guide()}
    assert not missing, f"docs/operating.md does not tell of {missing}"


def operating_guide() -> str:
    """What is documented for who runs the portal."""
    guide = ROOT / "docs" / "operating.md"
    return guide.read_text() if guide.exists() else ""


def test_every_setting_is_documented():
    named = {
        name for module in modules() for name in re.findall(r"\bPORTAL_[A-Z][A-Z_]*[A-Z]\b", module.source)
    }
    for module in modules():
        if module.path == "config.py":
            (settings,) = (
                n for n in module.tree.body if isinstance(n, ast.ClassDef) and n.name == "Settings"
            )
            fields = [n.target.id for n in settings.body if isinstance(n, ast.AnnAssign)]  # type: ignore[union-attr]
            named |= {f"PORTAL_{name.upper()}" for name in fields}
    documented = set(re.findall(r"PORTAL_[A-Z_]+", operating_guide()))
    assert named == documented, f"undocumented {named - documented}, gone {documented - named}"


def commands(group: click.Group, said: str) -> Iterator[str]:
    """Every `portal ...` that can be typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{said} {name}")
        else:
            yield f"{said} {name}"


def test_every_command_is_documented():
    from portal.cli import portal

    missing = [command for command in commands(portal, "portal") if command not in operating_guide()]
    assert not missing, f"docs/operating.md does not tell of {missing}"


def test_migrations_build_what_the_models_declare(app: Flask, engine: str):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from portal import lab  # noqa: F401 - its tables are declared when it is imported, which the web server never does
    from portal.db import db

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)
    assert not differences, f"the {engine} schema differs: {differences}"


def test_the_changelog_is_there():
    assert "## " in (ROOT / "CHANGELOG.md").read_text()
