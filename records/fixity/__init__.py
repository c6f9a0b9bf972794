"""Fixity: a share of all objects is read again every day, and what is damaged comes back whole.

Names of objects are digests and so lie evenly: a share is a range of names, and nothing has to be
remembered of each object. With a second store (the mirror) every object is there twice, and a
damaged or missing one is restored from it.
"""
