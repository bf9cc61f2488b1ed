"""The values of security rules.

`null`, bool, int (64 bits), float, string, bytes, list and map are the Python values; the rest are classes of this
package. A string is counted and compared in UTF-16 code units.
"""
