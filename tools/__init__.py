"""What builds the book.  The Makefile calls these; nothing here is part of lpu_core."""

import sys

# A grammar of web addresses, which nbformat would load for a second, in each of a dozen processes, and never use.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
