from .harness import Engine, Suite
class X(Engine):
    name = "podman"
suite = Suite(X)
