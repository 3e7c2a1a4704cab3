"""Assignments that grade themselves: text sources, students' notebooks, a sandbox, a judge and reports.

A submission's code runs in a process of its own (:mod:`sandbox`, :mod:`inside.runner`) that holds no solution, no hidden
test and no grade.  The judge (:mod:`judge`) runs the tests outside, and asks that process for values.
"""
