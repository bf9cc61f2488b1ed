"""Variants of a launch as one table: what founders choose, each played in the rehearsal or dumped as plan JSON.

`python -m tools.variants list | play NAME… | plan FOLDER NAME…`; without a name, all.
"""
