from .bundle import export_bundle as export_bundle
from .bundle import import_bundle as import_bundle
from .document import to_html as to_html
from .document import to_markdown as to_markdown
from .mlflow import mirror as mirror
