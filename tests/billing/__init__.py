"""Tests of paid plans."""
