"""The demo study: made on the fly from one seed, with its truth beside it."""

from viewer.demo.study import DemoStudy, default_folder, make_demo

__all__ = ["DemoStudy", "default_folder", "make_demo"]
