"""What must not survive when pixels change: descriptions of the old pixels, and what nobody can vouch for."""

from pydicom.dataset import Dataset

from viewer.dicom.private import KEPT

ABOUT_OLD_PIXELS = (
    *("SmallestImagePixelValue", "LargestImagePixelValue", "SmallestPixelValueInSeries"),
    *("LargestPixelValueInSeries", "SmallestImagePixelValueInPlane", "LargestImagePixelValueInPlane"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit", "FloatPixelPaddingValue", "DoubleFloatPixelPaddingValue"),
    *("ModalityLUTSequence", "VOILUTSequence", "RealWorldValueMappingSequence", "IconImageSequence"),
    *("PlanarConfiguration", "PixelAspectRatio", "PixelDataProviderURL", "ExtendedOffsetTable"),
    *(
        "ExtendedOffsetTableLengths",
        "InstanceCreatorUID",
        "DataSetTrailingPadding",
    ),
    *("DigitalSignaturesSequence", "MACParametersSequence", "EncryptedAttributesSequence"),
    *("DerivationCodeSequence", "SourceImageSequence"),
    *(
        f"{color}PaletteColorLookupTable{part}"
        for color in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    ),
)
REPEATING_GROUPS = (0x5000, 0x6000)
"""Curves and overlays, 16 groups each: drawings in the grid of the old pixels."""


def remove_stale(dataset: Dataset, source: Dataset) -> None:
    """Remove what described old pixels, and private elements but for those of ``source`` that PET needs."""
    for keyword in ABOUT_OLD_PIXELS:
        if keyword in dataset:
            delattr(dataset, keyword)
    for tag in list(dataset.keys()):
        if tag.group & 0xFF00 in REPEATING_GROUPS or tag.is_private or tag.group in (0x0002, 0x0004):
            del dataset[tag]
    for place in KEPT:
        found = place.find(source)
        if found is not None:
            block = dataset.private_block(place.group, place.creator, create=True)
            block.add_new(place.element, "DT" if place.group == 0x0009 else "DS", _text(source, found))


def _text(source: Dataset, tag: int) -> str:
    raw = source[tag].value
    return (raw.decode("ascii", "replace") if isinstance(raw, bytes) else str(raw)).strip(" \0")
