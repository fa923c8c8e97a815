"""What our archive says: refusals, jobs, links, tables, pages; as the real one says it."""

import io

import numpy as np

PAGE = (
    "<html><body><h1>Error {status}</h1><ul><li><b>Message: </b>{message}</li></ul></body></html>"
)
DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><VOTABLE version="1.4"><RESOURCE type="results">'
    '<INFO name="QUERY_STATUS" value="ERROR"><![CDATA[{message}]]></INFO></RESOURCE></VOTABLE>'
)
JOB = (
    '<?xml version="1.0" encoding="UTF-8"?><uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1"><uws:jobId>{job}</uws:jobId>'
    "<uws:phase>{phase}</uws:phase>{rest}</uws:job>"
)
RESULT = '<uws:results><uws:result id="result" xlink:href="{url}/results/result"/></uws:results>'
FAILED = (
    '<uws:errorSummary type="fatal" hasDetail="true"><uws:message>{message}</uws:message>'
    "</uws:errorSummary>"
)
LINKS = """<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">
<INFO name="QUERY_STATUS" value="OK"/><TABLE>
<FIELD name="ID" datatype="char" arraysize="*"/>
<FIELD name="access_url" datatype="char" arraysize="*"/>
<FIELD name="service_def" datatype="char" arraysize="*"/>
<FIELD name="error_message" datatype="char" arraysize="*"/>
<FIELD name="description" datatype="char" arraysize="*"/>
<FIELD name="semantics" datatype="char" arraysize="*"/>
<FIELD name="content_type" datatype="char" arraysize="*"/>
<FIELD name="content_length" datatype="long"/>
<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""
LINK = (
    "<TR><TD>{id}</TD><TD>{url}</TD><TD/><TD/><TD/><TD>#this</TD><TD>application/zip</TD><TD/></TR>"
)
LOGIN_PAGE = (
    b"<html><head><title>Sign in</title></head><body>Please sign in <form action='/login'>"
    b"<input name='user'/><input type='password' name='password'/></form></body></html>"
)
UNREADABLE = "Cannot parse query for job: Encountered '{}'. Was expecting: SELECT"


def votable(table, max_rows=None):
    """Return a table as the archive writes it: binary, the identifier in capitals.

    Of more than `max_rows` the rest is cut off, and it says so.
    """
    from astropy.io.votable import from_table
    from astropy.io.votable.tree import Info
    from astropy.table import MaskedColumn, Table

    cut = max_rows is not None and len(table) > max_rows
    table = table[:max_rows] if cut else table
    columns = {}
    for name, values in table.items():
        values = values.to_numpy()
        if values.dtype.kind == "O" and any(isinstance(cell, str) for cell in values):
            values = values.astype(str)
        if values.dtype.kind != "O":
            missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
            values = MaskedColumn(
                values, mask=missing, unit="deg" if name in ("ra", "dec") else None
            )
        else:
            arrays = np.empty(len(values), object)
            arrays[:] = [np.ma.array(cell, mask=np.zeros(len(cell), bool)) for cell in values]
            values = arrays
        columns["SOURCE_ID" if name == "source_id" else name] = values
    document = from_table(Table(columns))
    if cut:
        document.resources[0].infos.append(Info(name="QUERY_STATUS", value="OVERFLOW"))
    buffer = io.BytesIO()
    document.to_xml(buffer, tabledata_format="binary2")
    return buffer.getvalue()
