"""What all pages share. A comparison that fails in what many tests share is told in full, as in a test."""

import pytest

pytest.register_assert_rewrite("tests.web.korean")
