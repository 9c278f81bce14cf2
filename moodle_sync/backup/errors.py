"""Why a backup is refused. Each reason has its own code, so that pages can say what helps."""

from campus.errors import CampusError


class BackupError(CampusError):
    """The upload can't be read as a Moodle course backup."""

    code = "backup.refused"
    status = 422


class BackupDamagedError(BackupError):
    """The archive or one of its files is broken off, overwritten or not what it says it is."""

    code = "backup.damaged"


class BackupMissingFileError(BackupError):
    """A file that the backup's own table of contents names is not in the archive."""

    code = "backup.missing_file"


class BackupTooLargeError(BackupError):
    """The archive, one of its files, or their number is beyond what a learning unit needs."""

    code = "backup.too_large"
    status = 413


class BackupBombError(BackupError):
    """The archive unpacks to far more than it weighs."""

    code = "backup.bomb"


class BackupUnsafePathError(BackupError):
    """A name in the archive points out of it, is absolute, or stands there twice."""

    code = "backup.unsafe_path"


class BackupLinkError(BackupError):
    """The archive holds a link or a device where only files and folders belong."""

    code = "backup.link"


class BackupEncryptedError(BackupError):
    """The archive is protected by a password."""

    code = "backup.encrypted"


class BackupXmlEntitiesError(BackupError):
    """An XML file declares a document type: the way to external entities and entity bombs."""

    code = "backup.xml_entities"


class NotACourseBackupError(BackupError):
    """An archive, but not a Moodle backup of a whole course."""

    code = "backup.not_a_course"


class BackupVersionError(BackupError):
    """Made by a Moodle before 4.0, whose question bank is laid out differently."""

    code = "backup.unsupported_version"
