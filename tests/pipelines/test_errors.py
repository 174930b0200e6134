import pytest

from barometer.settings import SettingsError
from pipelines.errors import one_line


def test_a_wrong_parameter_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, one_line("train"):
        raise SettingsError("trainer.devices = 9: this machine has 2 CPU cores")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "train: trainer.devices = 9: this machine has 2 CPU cores\n"
