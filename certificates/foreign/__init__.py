"""Credentials from elsewhere: handed in, checked, and counted by an administrator's decision, part by part."""
