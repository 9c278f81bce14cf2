"""``python -m lti_tool``: the command ``kommunalcampus`` where no scripts are installed."""

from lti_tool.cli import main

main()
