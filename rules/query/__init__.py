"""Queries judged as queries: rules are not filters.

A query is allowed only where what it asks for proves that every document it may return satisfies a condition.
Source: https://firebase.google.com/docs/firestore/security/rules-query.
"""
