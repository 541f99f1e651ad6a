from .harness import Engine, Suite
class X(Engine):
    name = "cri"
suite = Suite(X)
