"""Credentials from elsewhere: read, checked, decided on by an administrator, and then evidence."""
