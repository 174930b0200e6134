import xml.etree.ElementTree as ET

import pytest

from barometer.live.annotation.label_studio import label_config, suggestion


def test_the_interface_offers_every_class_and_not_news_with_its_key() -> None:
    choices = list(ET.fromstring(label_config()).iter("Choice"))
    assert [choice.get("value") for choice in choices] == ["Negative", "Neutral", "Positive", "Not news"]
    assert [choice.get("hotkey") for choice in choices] == ["1", "2", "3", "4"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_label_studio_accepts_interface_and_suggestion() -> None:
    sdk = pytest.importorskip("label_studio_sdk.label_interface")
    interface = sdk.LabelInterface(label_config('<Header value="$source"/>'))
    interface.validate()
    assert interface.validate_prediction(suggestion("v", "Not news", 0.12345))
    assert not interface.validate_prediction(suggestion("v", "Up", 0.5))
