"""Mistakes in who comes in, and in what asks for another proof."""

from tests.mutants import Mutant

SIGNIN = (
    Mutant(
        "a mailed code works in any browser that knows what it belongs to",
        "portal/signin/codes.py",
        "if row is None or is_elsewhere(row, visitor.browser):",
        "if row is None:",
        ("tests/signin/test_bound_codes.py::test_a_code_works_only_in_the_browser_that_asked",),
    ),
)
