from .expected_time import ExpectedTime as ExpectedTime
from .expected_time import MeasuredTime as MeasuredTime
from .expected_time import expected_time as expected_time
from .queue import submit as submit
from .suitability import check_data as check_data
