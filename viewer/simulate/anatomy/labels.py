"""The tissues a head is made of; the order is that of ``resources/tissues.json``."""

from enum import IntEnum


class Tissue(IntEnum):
    """Label of a tissue, and its place along the first axis of `HeadPhantom.fractions`."""

    AIR = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    BONE = 4
    MARROW = 5
    CSF = 6
    GREY = 7
    WHITE = 8
    DEEP_GREY = 9
    BRAINSTEM = 10
    DURA = 11
    BLOOD = 12
    VITREOUS = 13
    LENS = 14
    MUCOSA = 15
    LESION = 16
