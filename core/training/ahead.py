"""The next block of examples is made while the device works on this one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from core.training.steps import Block


def ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks, each made by a thread of its own while the one before is in use."""
    with ThreadPoolExecutor(1, "examples") as thread:
        following = thread.submit(next, blocks, None)
        while (block := following.result()) is not None:
            following = thread.submit(next, blocks, None)
            yield block
