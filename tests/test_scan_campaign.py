"""A few lives of the scan campaign: killed with SIGKILL, scanned again, the same result."""

import os
from pathlib import Path

import pytest

from tests.campaigns.scan_campaign import ScanCampaign, make_scan_library


@pytest.mark.skipif(os.name != "posix", reason="sessions and SIGKILL")
def test_killed_scans_end_as_undisturbed_ones(tmp_path: Path, tiny_model: Path) -> None:
    library = make_scan_library(tmp_path / "library", photos=8)
    campaign = ScanCampaign(tmp_path, library, tiny_model, seed=1)
    assert campaign.whole["complete"]
    assert len(campaign.whole["groups"]) == 4
    for number in range(2):
        life = campaign.live(f"life {number}")
        assert life.kept + life.again <= campaign.contents
