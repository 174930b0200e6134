"""Parameters are typed, and an error names the key, the value and what was expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from barometer.settings import SettingsError, SplitSettings, load_settings, validate

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def write_params(folder: Path, **changes: dict[str, Any]) -> Path:
    """The repository's parameters with some keys of some sections changed."""
    values = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    for section, keys in changes.items():
        values[section].update(keys)
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_the_repositorys_parameters_are_valid() -> None:
    settings = load_settings(PARAMS)
    assert settings.register_.model in settings.model
    assert settings.corpus.label_values in {"auto", "signed", "index", "name"}


def test_numbers_come_as_written(tmp_path: Path) -> None:
    split = load_settings(write_params(tmp_path, split={"folds": 7, "test_share": 0.25})).split
    assert (split.folds, split.test_share) == (7, 0.25)


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("split", "test_share", 0.6, "less than or equal to 0.5"),
        ("split", "test_share", 0, "greater than 0"),
        ("split", "folds", 1, "greater than or equal to 2"),
        ("split", "folds", "many", "valid integer"),
        ("labels", "tie", "coin", "'neutral' or 'first_annotator'"),
        ("corpus", "max_bad_share", float("nan"), "less than or equal to 1"),
        ("corpus", "pth", "data", "Extra inputs are not permitted"),
        ("register", "name", None, "valid string"),
    ],
)
def test_bad_values_name_key_and_file(tmp_path: Path, section: str, key: str, value: object, expected: str) -> None:
    path = write_params(tmp_path, **{section: {key: value}})
    with pytest.raises(SettingsError) as error:
        load_settings(path)
    message = str(error.value)
    assert message.startswith(f"{path}: {section}.{key} = {value!r}: ")
    assert expected in message


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        validate(SplitSettings, {"folds": 1, "test_share": 2}, "here")
    for key in ("folds", "test_share", "temporal_share", "validation_share", "near_duplicate_similarity"):
        assert f"{key} = " in str(error.value)


def test_missing_files_say_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no parameter file .*none\.yaml; run from the repository's root"):
        load_settings(tmp_path / "none.yaml")


@pytest.mark.parametrize(("content", "found"), [("", "NoneType"), ("- 1\n", "list"), ("text", "str")])
def test_a_file_must_hold_a_mapping(tmp_path: Path, content: str, found: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=f"expected a mapping of sections, found {found}"):
        load_settings(path)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=rf"{tmp_path} cannot be read: Is a directory"):
        load_settings(tmp_path)
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"params\.yaml is not YAML: .*decode"):
        load_settings(tmp_path / "params.yaml")


def test_settings_never_change() -> None:
    settings = load_settings(PARAMS)
    with pytest.raises(ValueError, match="frozen"):
        settings.seed = 1
