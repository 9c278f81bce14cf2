"""Moodle course backups (.mbz): read into values, defensively. Start at ``read_backup``."""

from moodle_sync.backup.archive import Limits
from moodle_sync.backup.errors import BackupError
from moodle_sync.backup.model import BackupActivity, BackupCourse, BackupSection
from moodle_sync.backup.read import read_backup

__all__ = ["BackupActivity", "BackupCourse", "BackupError", "BackupSection", "Limits", "read_backup"]
