from .config import FirstLightConfig as FirstLightConfig
from .config import Folder as Folder
from .steps import first_light as first_light
