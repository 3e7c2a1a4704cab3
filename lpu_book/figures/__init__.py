"""What the pages draw: a module a page (its name with _ for -), a function a figure.

A function takes what a page computed and returns the figure; it computes nothing that the page speaks of.
"""
