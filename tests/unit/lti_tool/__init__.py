"""Unit tests of lti_tool."""
