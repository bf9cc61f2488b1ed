from localcloud.base.world import Resource, World
from localcloud.firestore import access, paths
from localcloud.firestore.messages import Document
from localcloud.firestore.store import Store
from localcloud.providers import effects

NAMES = {name: f"projects/p/databases/{name}/documents/c/d" for name in ("(default)", "second")}


def test_a_deleted_database_is_empty_when_it_is_made_again(tmp_path):
    world = World(tmp_path / "world.db")
    store = Store(world)
    places = {database: paths.document(name) for database, name in NAMES.items()}
    for time in (1, 2):
        store.save({place: Document(name=place.name) for place in places.values()}, time)
    database = Resource(access.DATABASE, "projects/p/databases/(default)", "", {"project": "p", "name": "(default)"})
    world.put(database)
    effects.erase(world, tmp_path, database)
    assert world.resources(access.DATABASE) == []
    world.put(database)
    assert store.get(places["(default)"]) is None
    assert store.get(places["second"]) is not None
    kept = [row[0] for row in world.connection.execute("SELECT DISTINCT database FROM firestore_history")]
    assert kept == ["projects/p/databases/second"]
    world.close()
