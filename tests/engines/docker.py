from .harness import Engine, Suite
class X(Engine):
    name = "docker"
suite = Suite(X)
