from .expected import Expected as Expected
from .expected import expected as expected
from .queue import submit as submit
from .suitability import check_data as check_data
