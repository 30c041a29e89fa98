"""Settings from defaults, file and flags."""

import json
from pathlib import Path

import pytest

from training.config import Config, from_dict, parse


def test_flags_override_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps({"margin": 0.5, "seed": 9}), encoding="utf-8")
    config, resume = parse(["--config", str(file), "--seed", "3", "--resume"])
    assert (config.margin, config.seed, resume) == (0.5, 3, True)
    assert config.distance == Config().distance
    assert parse([]) == (Config(), False)


@pytest.mark.parametrize(
    "values", [{"distance": "l3"}, {"mining": "lazy"}, {"photos_per_batch": 1}, {"colour": "red"}]
)
def test_what_makes_no_sense_is_refused_by_name(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        from_dict(values)
