from .bundle import export_bundle as export_bundle
from .bundle import import_bundle as import_bundle
from .mlflow import mirror as mirror
