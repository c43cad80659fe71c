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
    Mutant(
        "another device of hers is signed out without a fresh proof",
        "portal/signin/sessions.py",
        "    if session_id != person.session_id:\n        _refuse",
        "    if session_id == person.session_id and not now:\n        _refuse",
        (
            "tests/signin/test_signing_out_elsewhere.py::test_other_sessions_are_ended_after_a_fresh_proof_alone",
        ),
    ),
)
