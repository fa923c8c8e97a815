from tests.support.made_runs import *  # noqa: F403 - fixtures
