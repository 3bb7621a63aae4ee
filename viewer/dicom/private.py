"""The private elements of PET vendors without which activity or SUV cannot be had."""

from typing import NamedTuple

from pydicom.dataset import Dataset


class PrivateTag(NamedTuple):
    """An element reserved by ``creator`` in ``group`` (PS3.5 7.8.1); ``maker`` begins its Manufacturer."""

    group: int
    creator: str
    element: int
    maker: str

    def __str__(self) -> str:
        return f"({self.group:04x},xx{self.element:02x}) of {self.creator}"

    def find(self, dataset: Dataset) -> int | None:
        """Return the tag in this data set, or None.

        De-identified files may have lost the creator: then the manufacturer has to vouch for the usual place.
        """
        for reserved in list(dataset.keys()):
            if reserved.group != self.group or not reserved.is_private_creator:
                continue
            if str(dataset[reserved].value).strip(" \0") == self.creator:
                tag = self.group << 16 | reserved.element << 8 | self.element
                return tag if tag in dataset else None
        maker = str(dataset.get("Manufacturer", "")).strip().upper()
        return self.usual if self.is_orphan(dataset) and maker.startswith(self.maker) else None

    @property
    def usual(self) -> int:
        """The tag where nearly everybody has the first block."""
        return self.group << 16 | 0x1000 | self.element

    def is_orphan(self, dataset: Dataset) -> bool:
        """Whether something lies at the usual place that no creator claims."""
        return self.usual in dataset and (self.group, 0x10) not in dataset


PHILIPS_SUV = PrivateTag(0x7053, "Philips PET Private Group", 0x00, "PHILIPS")
PHILIPS_BQ = PrivateTag(0x7053, "Philips PET Private Group", 0x09, "PHILIPS")
GE_SCAN_TIME = PrivateTag(0x0009, "GEMS_PETD_01", 0x0D, "GE")
KEPT = (PHILIPS_SUV, PHILIPS_BQ, GE_SCAN_TIME)
"""What derived series keep of the private elements of their source."""
