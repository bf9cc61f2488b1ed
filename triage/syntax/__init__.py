"""Parsed source: calls, strings and names with their places, the same for Dart and for TypeScript."""
