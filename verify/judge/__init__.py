"""Judges are pure: a promise and an answer in, a finding out. None touches the network, a clock or a file."""
