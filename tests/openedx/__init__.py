"""The tool against Open edX's LTI block as platform: ``make test-openedx``. ``make test`` leaves this folder out."""
