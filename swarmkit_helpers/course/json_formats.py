"""Import this before nbformat: jsonschema then builds no grammar of international addresses (RFC 3987).

That takes a second of a processor, more than all else that an examiner or section 00 imports. A notebook has no such
address.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # importing it then fails
