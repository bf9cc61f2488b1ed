"""Every operator, method and function of the language, as Google's reference gives it and beyond its examples."""

from collections.abc import Callable

import pytest

TRUE = r"""
'a' + 'b' == 'ab'
'abc'[0] == 'a'
'abcdef'[0:3] == 'abc'
'abc'[null:2] == 'ab'
'abc'[1:null] == 'bc'
'ABC123'.lower() == 'abc123'
'abc'.upper() == 'ABC'
'ÄB'.lower() == 'Äb'
'user@domain.com'.matches('.*@domain[.]com')
!'banana'.matches('an')
'banana'.replace('a', 'o') == 'bonono'
'banana'.replace('ana', 'ee') == 'beena'
'foo@test.com'.replace('.', '-') == '------------'
'2026-01-31'.replace('(\\d+)-(\\d+)-(\\d+)', '$3.$2.$1') == '31.01.2026'
'a'.replace('(?P<x>a)', '${x}${x}') == 'aa'
'abc'.size() == 3
'😀'.size() == 2
'foo/bar.json'.split('/') == ['foo', 'bar.json']
'a,b,,'.split(',') == ['a', 'b']
'  a b '.trim() == 'a b'
'é'.toUtf8() == b'\xc3\xa9'
'a' < 'b' && 'a' <= 'a' && 'b' > 'a' && 'b' >= 'b'
string(true) == 'true' && string(1) == '1' && string(2.0) == '2.0' && string(null) == 'null'
string(10000000.0) == '1.0E7' && string(0.0001) == '1.0E-4' && string(0.5) == '0.5'
string(/a/b) == '/a/b'
b'abc'.size() == 3
b'\xFE\xED\xFA\xCE'.toBase64() == '_u36zg=='
b'\x2a\xff'.toHexString() == '2AFF'
b'a' < b'b' && b'a' == b'a'
[1, 2][1] == 2
[1, 2, 3][0:2] == [1, 2]
['a', 'b'].concat(['c']) == ['a', 'b', 'c']
['a', 'b'].hasAll(['a']) && !['a'].hasAll(['a', 'b'])
['a', 'b'].hasAny(['c', 'a']) && !['a'].hasAny(['b'])
['a', 'b'].hasOnly(['a', 'b', 'c']) && !['a', 'b'].hasOnly(['a'])
['a', 1, true].join('-') == 'a-1-true'
['a', 'b', 'a'].removeAll(['a']) == ['b']
[1, 2].size() == 2
['a', 'a'].toSet().size() == 1
'a' in ['a'] && !('b' in ['a'])
!(1 in [1.0]) && 1 in [1.0].toSet()
1 == 1.0 && [1] != [1.0] && [1].toSet() == [1.0].toSet()
['a', 'b'].toSet() == ['b', 'a'].toSet()
['a'].toSet().union(['b'].toSet()) == ['a', 'b'].toSet()
['a', 'b'].toSet().intersection(['b', 'c'].toSet()) == ['b'].toSet()
['a', 'b'].toSet().difference(['b'].toSet()) == ['a'].toSet()
['a', 'b'].toSet().hasAll(['a']) && ['a'].toSet().hasAny(['a', 'z'].toSet())
['a'].toSet().hasOnly(['a', 'b'])
{'a': 1}.a == 1 && {'a': 1}['a'] == 1
'a' in {'a': 1} && !('b' in {'a': 1})
{'b': 1, 'a': 2}.keys() == ['a', 'b']
{'b': 1, 'a': 2}.values() == [1, 2]
{'a': 1, 'a': 2}.size() == 1 && {'a': 1, 'a': 2}.a == 2
{'a': 1}.get('b', 7) == 7 && {'a': 1}.get('a', 7) == 1
{'a': {'b': 1}}.get(['a', 'b'], 7) == 1 && {'a': {'b': 1}}.get(['a', 'x'], 7) == 7
{'a': 1} == {'a': 1} && {'a': 1} != {'a': 1.0}
{'a': 1}.diff({}).addedKeys() == ['a'].toSet()
{}.diff({'a': 1}).removedKeys() == ['a'].toSet()
{'a': 0}.diff({'a': 1, 'b': 4}).changedKeys() == ['a'].toSet()
{'a': 0}.diff({'a': 0}).unchangedKeys() == ['a'].toSet()
{'a': 0, 'c': 0, 'u': 0}.diff({'r': 0, 'c': 1, 'u': 0}).affectedKeys() == ['a', 'r', 'c'].toSet()
{'a': 1}.diff({'a': 1.0}).affectedKeys().size() == 0
1 + 2 == 3 && 5 - 7 == -2 && 2 * 3 == 6 && 7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1
1.5 + 1 == 2.5 && 7 / 2.0 == 3.5 && 7.5 % 2 == 1.5
1 < 2 && 1 <= 1.0 && 2.5 > 2 && 2 >= 2
-(1) == -1 && -duration.value(1, 's') == duration.value(-1, 's')
-9223372036854775808 < 0
1 / 0.0 > 9223372036854775807
int('42') == 42 && int(2.9) == 2 && int(-2.9) == -2 && int('-7') == -7
float('1.5') == 1.5 && float(2) == 2.0 && float('1e3') == 1000.0
math.abs(-1) == 1 && math.abs(-1.5) == 1.5
math.ceil(2.1) == 3 && math.ceil(2.1) is int
math.floor(1.9) == 1 && math.floor(-1.1) == -2
math.round(2.5) == 3 && math.round(2.4) == 2 && math.round(-2.5) == -2
math.sqrt(2.25) == 1.5 && math.isNaN(math.sqrt(-1))
math.pow(2, 2) == 4 && math.pow(1.5, 2) == 2.25 && math.pow(4, 0.5) == 2
math.isNaN(0.0 / 0.0) && !math.isNaN(100)
math.isInfinite(1 / 0.0) && !math.isInfinite(100)
0.0 / 0.0 != 0.0 / 0.0
hashing.crc32('foobar').toHexString() == '95E3F69E' || hashing.crc32(b'foobar').size() == 4
hashing.crc32c('foobar').size() == 4
hashing.md5('foobar').toHexString() == '3858F62230AC3C915F300C664312C63F'
hashing.sha256(b'foobar').toHexString() == 'C3AB8FF13720E8AD9047DD39466B3C8974E592C2FA383D4A3960714CAEF0C4F2'
duration.value(1, 'w') == duration.value(7, 'd') && duration.value(60, 'm') == duration.value(1, 'h')
duration.value(1500, 'ms').seconds() == 1 && duration.value(1500, 'ms').nanos() == 500000000
duration.value(-1500, 'ms').seconds() == -1 && duration.value(5, 'ns').nanos() == 5
duration.time(1, 2, 3, 4) == duration.value(3723, 's') + duration.value(4, 'ns')
duration.abs(duration.value(-20, 'm')) == duration.value(20, 'm')
duration.value(1, 'h') > duration.value(1, 'm')
duration.value(1, 'h') - duration.value(1, 'm') == duration.value(59, 'm')
timestamp.date(2026, 2, 3) == timestamp.value('2026-02-03T00:00:00Z')
timestamp.value(1500).seconds() == 1 && timestamp.value(1500).nanos() == 500000000
timestamp.value('2026-02-03T04:05:06.007Z').year() == 2026
timestamp.value('2026-02-03T04:05:06.007Z').month() == 2 && timestamp.value('2026-02-03T04:05:06Z').day() == 3
timestamp.value('2026-02-03T04:05:06Z').hours() == 4 && timestamp.value('2026-02-03T04:05:06Z').minutes() == 5
timestamp.value('2026-02-03T04:05:06Z').dayOfWeek() == 2 && timestamp.value('2026-02-03T04:05:06Z').dayOfYear() == 34
timestamp.value('2026-02-03T04:05:06.007Z').toMillis() == 1770091506007
timestamp.value('2026-02-03T04:05:06Z').date() == timestamp.date(2026, 2, 3)
timestamp.value('2026-02-03T04:05:06Z').time() == duration.time(4, 5, 6, 0)
timestamp.value('2026-02-03T04:05:06+02:00') == timestamp.value('2026-02-03T02:05:06Z')
timestamp.date(2026, 1, 1) + duration.value(1, 'd') == timestamp.date(2026, 1, 2)
timestamp.date(2026, 1, 2) - timestamp.date(2026, 1, 1) == duration.value(24, 'h')
request.time == timestamp.value(1800000000000) && request.time < timestamp.date(2030, 1, 1)
latlng.value(1, 2).latitude() == 1.0 && latlng.value(1, 2).longitude() == 2.0
math.abs(latlng.value(0, 0).distance(latlng.value(0, 1)) - 111195.0) < 2.0
latlng.value(1, 2) == latlng.value(1.0, 2.0)
/a/b == path('a/b') && /a/b[1] == 'b' && (/a/b/c)[0:2] == /a/b
/a/$('b')/c == /a/b/c && /a/$(/b/c) == /a/b/c && /a%20b == path('a b')
/databases/$(database)/documents/things/$(id) == request.path
(/path/$(foo)/$(bar)).bind({'foo': 'something', 'bar': 'another'}) == /path/something/another
(/path/$(foo)).bind({'foo': 'x'}).foo == 'x' && (/path/$(foo)).bind({'foo': 'x'})['foo'] == 'x'
null == null && null != 1
true ? true : false
false ? false : 1 == 1 ? true : false
1 is int && 1 is number && 1.0 is float && 1.0 is number && !(1 is float)
'a' is string && b'a' is bytes && true is bool && [] is list && {} is map && null != 'null'
[].toSet() is set && {}.diff({}) is map_diff && /a is path && latlng.value(0, 0) is latlng
request.time is timestamp && duration.value(1, 's') is duration
request.method == 'get' && request.auth == null && request.path is path && resource == null
debug(1) == 1
id == 'one' && database == '(default)'
{'list': 1}.list == 1 && {'match': {'in': 2}}.match.in == 2
"""

ERRORS = """
1 + 'a' == 'b'
'a' + 1 == 'a1'
[1] + [2] == [1, 2]
9223372036854775807 + 1 > 0
1 / 0 == 1
1 % 0 == 1
1 < 'a'
true < false
null < 1
'a'.missing() == 1
'a'.size(1) == 1
'a'.matches(1)
(1).size() == 1
null.size() == 1
[1, 2][2] == 1
[1, 2][-1] == 1
'abc'[3] == 'a'
'abc'[2:5] == 'c'
{'a': 1}.b == 1
{'a': 1}['b'] == 1
{1: 2} == {}
1 in {'a': 1}
1 in null
1 in 'abc'
request.auth.uid == 'x'
request.missing == 1
missing == 1
missing() == 1
!1
-'a' == 'a'
1 ? true : false
int('x') == 1
float('x') == 1.0
string([]) == ''
timestamp.date(2026, 2, 30) == request.time
timestamp.value('yesterday') == request.time
timestamp.date(10000, 1, 1) == request.time
timestamp.date(9999, 12, 31) + duration.value(1, 'd') > request.time
duration.value(1, 'month') == duration.value(1, 's')
latlng.value(91, 0) == latlng.value(0, 0)
math.abs('a') == 1
math.pow(2) == 4
hashing.md5(1) == b''
path('') == /a
path('a//b') == /a/b
(/a/$(x)).bind({'y': 'z'}) == /a
string(/a/$(x)) == '/a'
['a'].toSet().union(['b']) == ['a'].toSet()
'a'.replace('a', '$1') == ''
'a'.matches('(' + '')
[[]].join('') == ''
get(/things/one) == null
get('a') == null
1
'true'
null
"""


@pytest.mark.parametrize("condition", TRUE.strip().splitlines())
def test_this_is_true(condition: str, comes_to: Callable[..., str]) -> None:
    assert comes_to(condition) == "allow"


@pytest.mark.parametrize("condition", ERRORS.strip().splitlines())
def test_this_has_no_value_and_denies(condition: str, comes_to: Callable[..., str]) -> None:
    assert comes_to(condition) == "error"


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ("request.auth.uid == 'x' || true", "allow"),
        ("true || request.auth.uid == 'x'", "allow"),
        ("request.auth.uid == 'x' && false", "false"),
        ("false && request.auth.uid == 'x'", "false"),
        ("request.auth.uid == 'x' && true", "error"),
        ("request.auth.uid == 'x' || false", "error"),
        ("1 || true", "allow"),
        ("1 && false", "false"),
        ("true && 1", "error"),
        ("!(request.auth.uid == 'x')", "error"),
        ("!(request.auth.uid == 'x' && false)", "allow"),
        ("(request.auth.uid == 'x' ? true : false) || true", "allow"),
        ("1 + 1 == 2 && 2 > 1 || false", "allow"),
        ("false && false || true", "allow"),
        ("true || false && false", "allow"),
        ("1 + 2 * 3 == 7 && (1 + 2) * 3 == 9", "allow"),
        ("!false == true", "allow"),
        ("-1 + 2 == 1", "allow"),
        ("1 < 2 == true", "allow"),
        ("'a' in ['a'] == true", "allow"),
        ("10 - 2 - 3 == 5 && 100 / 5 / 2 == 10", "allow"),
    ],
)
def test_operators_bind_and_absorb_errors_as_documented(
    condition: str, outcome: str, comes_to: Callable[..., str]
) -> None:
    assert comes_to(condition) == outcome
