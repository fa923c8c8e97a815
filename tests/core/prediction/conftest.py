from tests.support.shipped import *  # noqa: F403 - fixtures
