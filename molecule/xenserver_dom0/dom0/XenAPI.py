# Stands for dom0's client of xapi, which the plugins import. Python 2.


class Failure(Exception):
    pass
