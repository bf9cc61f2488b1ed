"""Exports of Firestore: the folders of files that Google's service and its emulator write and read."""
