"""What the book's cells ask of IPython, where there is none: in the reader's browser."""

version_info = (9, 0)  # Matplotlib asks


def get_ipython():
    return None
