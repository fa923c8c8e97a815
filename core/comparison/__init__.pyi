from . import ugc as ugc
from .beside_ugc import with_ugc as with_ugc
from .beside_ugc import without_bad_zones as without_bad_zones
from .galaxies import SAME_Z as SAME_Z
from .galaxies import Common as Common
from .galaxies import aligned as aligned
from .galaxies import common_dataset as common_dataset
from .galaxies import common_test_part as common_test_part
from .galaxies import rows_of_same as rows_of_same
from .prior_trade import CAPS as CAPS
from .prior_trade import NO_CAP as NO_CAP
from .prior_trade import PriorTrade as PriorTrade
from .report import report_on as report_on
from .seeds import seed_groups as seed_groups
from .seeds import seed_table as seed_table
from .settings import FACTS as FACTS
from .settings import facts_table as facts_table
from .settings import settings_table as settings_table
from .subject import Subject as Subject
from .subject import names_of as names_of
from .ugc import BAD_ZONES as BAD_ZONES
from .ugc import LEVEL as LEVEL
from .ugc import NAME as NAME
from .ugc import by_zone as by_zone
from .ugc import in_bad_zone as in_bad_zone
from .ugc import read_ugc_predictions as read_ugc_predictions
from .ugc import zone_name as zone_name

MIN_RUNS: int
MAX_RUNS: int
