"""Shared by all tests."""

import determinism  # noqa: F401

import signal

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("proof", deadline=None, max_examples=10_000)
settings.load_profile("default")

# A shell starts its background jobs with Ctrl-C ignored, and whatever these start inherits that:
# then no test could interrupt anything. Programs that are started from here get the default again.
signal.signal(signal.SIGINT, signal.default_int_handler)
