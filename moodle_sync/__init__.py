"""Moodle as a source: completions read by web service, backups read as archives."""
