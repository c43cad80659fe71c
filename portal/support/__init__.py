"""Support: staff find a member and see what she sees, with the same explanations.

It owns no table yet and changes nothing. Visits, adjustments and their audit belong here when they come.
"""
