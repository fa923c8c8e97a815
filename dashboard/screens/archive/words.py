"""Messages of the archive, in the words of the screen where the command's differ."""

from dashboard.shared.options import with_fields

FIELDS = {"service": "Archive", "adql": "ADQL", "ids": "Source ids"}


def in_words(message: str) -> str:
    """Return a message on a fetch with the buttons and fields of the screen in place of options."""
    for ours, on_screen in (
        ("run the same command again to continue", "Resume continues"),
        (", with a smaller --chunk if the request is too large for the archive", ""),
        (" Try a smaller --chunk.", " Fetch fewer sources at a time."),
        ("Log in with --login.", "No screen does: the command `xpz fetch` has an option for it."),
        ("(--service, --bulk)", "(--service)"),
    ):
        message = message.replace(ours, on_screen)
    return with_fields(message, FIELDS)
