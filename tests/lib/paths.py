"""Where things are: the source tree and the build folder."""

import os

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CAPBOX_BUILD", os.path.join(SOURCE, "build"))


def capbox():
    return os.environ.get("CAPBOX", os.path.join(BUILD, "release", "capbox"))
