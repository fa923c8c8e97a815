from .expected_time import ExpectedTime as ExpectedTime
from .expected_time import MeasuredTime as MeasuredTime
from .expected_time import expected_time as expected_time
from .expected_time import worked_here as worked_here
from .more_seeds import next_seeds as next_seeds
from .more_seeds import train_more_seeds as train_more_seeds
from .queue import submit as submit
from .suitability import check_data as check_data
