"""Shared by all tests."""

import determinism  # noqa: F401

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("proof", deadline=None, max_examples=10_000)
settings.load_profile("default")
