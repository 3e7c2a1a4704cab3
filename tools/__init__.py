"""What builds the book.  The Makefile calls these; nothing here is part of lpu_core."""
