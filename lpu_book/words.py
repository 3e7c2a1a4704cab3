"""Numbers in words, as the pages say them."""


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent, with so many `digits` behind the point; no line breaks before the sign.

    >>> percent(0.25), percent(0.0044, 2)
    ('25\\xa0%', '0.44\\xa0%')
    """
    return f"{100 * share:.{digits}f}\u00a0%"


def count(number: float, digits: int | None = None) -> str:
    """A number of things, to so many `digits`, or to the last one: thousands stand apart, millions and billions are words.

    >>> count(1234), count(123456, 2), count(2.614e6, 3), count(9.97e8, 2)
    ('1\\u202f234', '120\\u202f000', '2.61 million', '1 billion')
    """
    if digits is None:
        return f"{number:,.0f}".replace(",", "\u202f")
    rounded = float(f"{number:.{digits}g}")
    for unit, name in ((1e9, "billion"), (1e6, "million")):
        if rounded >= unit:
            return f"{rounded / unit:g} {name}"
    return count(rounded)
