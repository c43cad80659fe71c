"""Every call to Stripe is held to stripe-python's own types, at exactly the version that is pinned (stripe.md 2.4).

`guarded(client)` is the client with each call's parameters checked before they are sent: unknown and missing names,
types, and words of an enumeration, which at run time the library leaves to Stripe.
"""

import inspect
import re
import sys
import types
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

import stripe
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

OPTIONS = set(RequestOptions.__annotations__)
NAMES = {
    "Mapping": Mapping,
    "StripeContext": object,
    "UntypedStripeObject": dict,
    "Decimal": Decimal,
    "Literal": Literal,
}


class Mistyped(AssertionError):
    """A call that does not fit the library's own description of it."""


def guarded(client: stripe.StripeClient) -> Any:
    """The client, checked: what it reads as `client.v1...` goes out only when it fits."""
    return _Proxy(client)


class _Proxy:
    """Services by name; a method is called after its parameters were checked."""

    def __init__(self, inside: Any) -> None:
        self._inside = inside

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inside, name)
        if inspect.ismethod(value):
            return _checked(value)
        return _Proxy(value) if type(value).__module__.startswith("stripe") else value


def _checked(method: Any) -> Any:
    def call(*words: Any, **named: Any) -> Any:
        signature = inspect.signature(method)
        params = signature.bind(*words, **named).arguments.get("params")
        if params is not None and "params" in signature.parameters:
            check_params(method, params)
        return method(*words, **named)

    return call


def check_params(method: Any, params: Mapping[str, Any]) -> None:
    """Raise Mistyped unless `params` fit the TypedDict that the method names."""
    kind = params_type(
        method.__func__.__module__, str(inspect.signature(method).parameters["params"].annotation)
    )
    faults = list(_faults(params, kind, method.__qualname__))
    faults += [f"{name} belongs to the options" for name in OPTIONS & set(params)]
    if faults:
        raise Mistyped("\n".join(faults))


@cache
def params_type(module: str, annotation: str) -> Any:
    """The TypedDict of an annotation such as `Optional["SessionCreateParams"]`, beside its service."""
    name = re.findall(r"\w+Params", annotation)[0]
    inside = module.removeprefix("stripe").rpartition(".")[0]
    return getattr(import_module(f"stripe.params{inside}"), name)


@cache
def _fields(kind: Any) -> dict[str, Any]:
    place = vars(sys.modules[kind.__module__]) | NAMES
    return get_type_hints(kind, place, NAMES, include_extras=True)


def _faults(value: Any, kind: Any, at: str) -> list[str]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (NotRequired, Required):
        return _faults(value, inner[0], at)
    if origin in (Union, types.UnionType):
        return _of_union(value, inner, at)
    if is_typeddict(kind):
        return _of_object(value, kind, at)
    if origin is list:
        if not isinstance(value, list):
            return [f"{at}: {value!r} is not a list"]
        return [
            fault for place, one in enumerate(value) for fault in _faults(one, inner[0], f"{at}[{place}]")
        ]
    if origin is dict or kind is dict or origin is Mapping:
        return [] if isinstance(value, Mapping) else [f"{at}: {value!r} is not an object"]
    if origin is Literal:
        return [] if value in inner else [f"{at}: {value!r} is none of {inner}"]
    if kind is object or kind is Any:
        return []
    expected = (int, float) if kind is float else kind
    right = isinstance(value, expected) and not (isinstance(value, bool) and kind is not bool)
    return [] if right else [f"{at}: {value!r} is not {kind}"]


def _of_union(value: Any, inner: tuple[Any, ...], at: str) -> list[str]:
    """The first that fits. `Literal[...] | str` is an open enumeration: here its words are all that is known."""
    words = [word for one in inner if get_origin(one) is Literal for word in get_args(one)]
    enumerated = str in inner and any(word != "" for word in words)
    tried = [_faults(value, one, at) for one in inner if not (enumerated and one is str)]
    return min(tried, key=len)


def _of_object(value: Any, kind: Any, at: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{at}: {value!r} is not an object"]
    fields = _fields(kind)
    known = {name: hint for name, hint in fields.items() if name not in OPTIONS}
    faults = [f"{at}: unknown parameter {name}" for name in value if name not in known]
    faults += [f"{at}: {name} is missing" for name in kind.__required_keys__ - set(value) if name in known]
    for name, one in value.items():
        if name in known:
            faults += _faults(one, known[name], f"{at}.{name}")
    return faults
