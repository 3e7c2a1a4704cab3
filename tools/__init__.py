"""What builds the book.  The Makefile calls these; nothing here is part of lpu_core."""

import sys

# jsonschema tries it on import, for a format that no notebook has; its grammar takes more than a second of each process.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
