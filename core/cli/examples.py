"""Examples at the end of a command's help; a test parses each as the command itself does."""

AS_IT_STANDS = "\b"
"""What keeps click from joining the lines of a paragraph."""


def examples(*lines: str) -> str:
    """Return the examples of a command as click prints them, for `@click.command(epilog=...)`.

    A line is a command that starts with `xpz`, a remark that starts with `#`, or what goes on after
    a line that ends in a backslash. A run of one's own is called RUN_ID, a search SEARCH_ID.
    """
    return "\n".join((AS_IT_STANDS, "Examples:", *(f"  {line}" for line in lines)))
