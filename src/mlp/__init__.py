"""Fully connected softmax networks in plain NumPy: no files, no printing, no global random state.

Several networks of one shape, one a seed, are trained side by side: every array has a leading axis
over networks. Each of its products is the same BLAS call as for one network alone, so the bits are
the same, and the cost of Python is shared.
"""
