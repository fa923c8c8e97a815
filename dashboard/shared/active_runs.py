"""Jobs that wait or work: a page that shows them is drawn anew when one changes."""

from collections.abc import Mapping

from core.jobs import JobStatus


def states(statuses: Mapping[str, JobStatus]) -> dict[str, str]:
    """Return the state of each job: where one changes, a page must be drawn anew."""
    return {name: status.state for name, status in statuses.items()}
