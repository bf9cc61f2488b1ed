"""A provider's own settings, such as `gcp:project`: which it knows, and what resources take over from them."""

from __future__ import annotations

from localcloud.providers.check import INTERNAL, Failure, check
from localcloud.providers.schema import Schema, Shape
from localcloud.providers.values import Properties, is_unknown, plain

ENGINE_SETTINGS = frozenset({"version", "pluginDownloadURL", "parameterization"})
AMBIGUOUS = ""  # stands for a setting on which the provider instances of a program differ


def check_configuration(settings: Properties, schema: Schema) -> list[Failure]:
    """Return the settings that the provider does not know. Values travel as JSON texts, so types are not looked at."""
    known = Shape(schema.inputs.properties)
    unknown = {name: None for name in settings if name not in INTERNAL | ENGINE_SETTINGS}
    return check(unknown, Schema(schema.token, known))


def configured(settings: Properties, given: Properties, names: tuple[str, ...]) -> Properties:
    """Return the settings after one more instance of the provider was configured.

    All instances share this server and no call says whose it is: where two differ, the setting is AMBIGUOUS and a
    resource that needs it has to name it.
    """
    fresh = {name.rpartition(":")[2]: plain(value) for name, value in given.items()}
    told = {name: fresh[name] for name in names if fresh.get(name) and not is_unknown(fresh[name])}
    both = {name: AMBIGUOUS for name in told if settings.get(name, told[name]) != told[name]}
    return {**settings, **told, **both}
