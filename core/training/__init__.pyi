from .queue import submit as submit
