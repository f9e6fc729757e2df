"""Flower with one more page: every subscriber, trouble on top, and what can be done about it.

Flower's own application is started as its own command starts it; the pages are added to it from outside, in its look,
behind its authentication and its protection against forged requests.
"""
