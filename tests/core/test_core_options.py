"""Options travel with a report: written, read back, the same."""

import json
from datetime import datetime

import pytest

from viewer.core.errors import LowfieldError
from viewer.core.options import AS_THE_FILE_SAYS, MeasureOptions
from viewer.core.pet import UserCorrections


@pytest.mark.parametrize(
    "options",
    [
        AS_THE_FILE_SAYS,
        MeasureOptions("F-18", "Tb-149", "injection", calibration_uncertainty=0.05),
        MeasureOptions(
            reference=datetime(2026, 5, 4, 13, 30, 0, 5),
            corrections=UserCorrections(patient_weight_kg=70.25, injection_time=datetime(2026, 5, 4, 9)),
        ),
    ],
)
def test_written_and_read_back(options):
    document = json.loads(json.dumps(options.document()))
    assert MeasureOptions.from_document(document) == options
    assert MeasureOptions.from_document({}) == AS_THE_FILE_SAYS


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"colour": 3}, "colour are not known"),
        ({"corrections": {"patient_age": 3}}, "patient_age"),
        ({"reference": "noon"}, "is no time"),
        ({"corrections": {"injection_time": 5}}, "5 is no time"),
    ],
)
def test_what_this_version_does_not_know_is_refused(document, says):
    with pytest.raises(LowfieldError, match=says):
        MeasureOptions.from_document(document)
