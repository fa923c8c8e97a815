from .queue import submit as submit
from .suitability import check_data as check_data
